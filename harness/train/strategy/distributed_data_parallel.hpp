#pragma once

#include "harness/train/strategy/buckets.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// torch.nn.parallel.DistributedDataParallel. Parameters are broadcast once; every rank owns a piece of the batch;
/// gradients are all-reduced in buckets on a second stream while backward goes on; every rank updates. The loss of a
/// rank is its part of the global mean, so the summed gradients are the global mean's also for uneven pieces.
class DistributedDataParallel : public Strategy {
 public:
  /// Throws RunError when the ranks do not hold the same parameters after the broadcast.
  DistributedDataParallel(Rank& rank, const Training& training, const Bucketing& bucketing);

  [[nodiscard]] const Optimizer* optimizer() const override { return optimizer_.get(); }
  [[nodiscard]] std::vector<Rows> pieces(std::size_t rows) const override;
  [[nodiscard]] const std::vector<Bucket>& buckets() const { return buckets_; }

 protected:
  void do_step(std::size_t step, BatchSource& source) override;

 private:
  void verify_equal_start();
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
