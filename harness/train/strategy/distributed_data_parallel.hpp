#pragma once

#include "harness/train/strategy/buckets.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// torch.nn.parallel.DistributedDataParallel. Parameters are broadcast once; every rank owns a piece of the batch;
/// gradients are all-reduced in buckets on a second stream while backward goes on; every rank updates. The loss of a
/// rank is its part of the global mean, so the summed gradients are the global mean's also for uneven pieces. With
/// several micro-batches only the last one communicates (torch's no_sync). Before the first one rank 0's buffers, if
/// there are any, replace those of the others (torch's broadcast_buffers).
class DistributedDataParallel : public Strategy {
 public:
  /// Throws RunError when the ranks do not hold the same parameters after the broadcast.
  DistributedDataParallel(Rank& rank, const Training& training, const StrategyOptions& options);

  [[nodiscard]] Optimizer* optimizer() const override { return optimizer_.get(); }
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }

 protected:
  void do_accumulate(const MicroBatch& micro, BatchSource& source) override;
  void do_complete_gradients() override;
  void do_update() override;

 private:
  void verify_equal_start();
  /// What makes a sum over this rank's rows its part of the mean.
  [[nodiscard]] double scale_of(const MicroBatch& micro) const;
  /// Launches the next bucket as soon as its last gradient is queued.
  void gradient_ready(const Parameter& parameter);
  void launch(const Bucket& bucket);

  std::unique_ptr<Optimizer> optimizer_;
  std::vector<Bucket> buckets_;
  std::size_t next_bucket_ = 0;
  std::size_t ready_ = 0;         // parameters of the next bucket
  std::size_t awaited_end_ = 0;   // where the flat gradient of the next parameter ends
  std::unique_ptr<Stream> side_;  // last: its queued work uses the members above
};

}  // namespace lockstep
