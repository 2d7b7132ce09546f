#pragma once

#include <map>

#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// torch.nn.DataParallel. Each step: the global batch on device 0 is chunked over the devices, the parameters are
/// broadcast to those that got a piece, outputs are gathered on device 0 where the loss is computed, its gradient is
/// scattered back, and the devices' gradients are summed onto device 0 in rank order, where the optimizer steps. All
/// but the last happens for each micro-batch.
class DataParallel : public Strategy {
 public:
  DataParallel(Rank& rank, const Training& training, const StrategyOptions& options);

  [[nodiscard]] Optimizer* optimizer() const override { return optimizer_.get(); }
  [[nodiscard]] Traffic traffic() const override;
  [[nodiscard]] Tensor accumulated() const override { return accumulated_; }
  [[nodiscard]] std::size_t accumulating_ranks() const override { return 1; }

 protected:
  void do_accumulate(const MicroBatch& micro, BatchSource& source) override;
  void do_update() override;

 private:
  static constexpr int root = 0;
  [[nodiscard]] bool is_root() const { return rank_.index == root; }
  /// The group of the first `ranks` devices; null when this one is not among them.
  Communicator* group_of(std::size_t ranks);
  /// Room for this replica's inputs. The root's are the first rows of the batch, where they are.
  Tensor piece_of(const Batch& batch, std::size_t rows);
  /// Gives the replicas what the root holds. What they do to their buffers is lost with the next one.
  void replicate(Communicator& group);
  /// The sum over the devices joins that of the micro-batches before; the last one's ends in the model's gradients.
  void join_micro_batches(const MicroBatch& micro);

  std::unique_ptr<Optimizer> optimizer_;                         // on device 0
  std::map<std::size_t, std::unique_ptr<Communicator>> groups_;  // by number of ranks
  Tensor accumulated_;                                           // on device 0 with several micro-batches
  Tensor piece_;                                                 // inputs of this replica; not on device 0
  Tensor piece_doutputs_;                                        // gradient by its outputs; not on device 0
  Tensor gathered_;                                              // outputs of all replicas, on device 0
};

}  // namespace lockstep
