// How N replicas of a model train as one.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/device/world.hpp"
#include "harness/train/batch.hpp"
#include "harness/train/loss.hpp"
#include "harness/train/models/model.hpp"
#include "harness/train/optimizers/optimizer.hpp"
#include "harness/train/strategy/options.hpp"
#include "harness/train/timeline.hpp"

namespace lockstep {

/// What is trained, the same on every rank. Shared; must outlive the strategies.
struct Training {
  Architecture architecture;
  std::vector<float> initial_values;  // of all parameters, in registration order
  OptimizerSettings optimizer;
  Loss loss = Loss::cross_entropy;
  DType dtype = DType::f32;
  UpdateRules rules{};
};

/// One rank's part. Every rank calls the same steps with the same batches.
class Strategy {
 public:
  virtual ~Strategy() = default;

  /// Queues one training step on this rank: `accumulate` for each micro-batch, then `update`. With
  /// `first_micro_batch` > 0 the rest of a step whose micro-batches before it are accumulated.
  void step(std::size_t step, BatchSource& source, std::size_t first_micro_batch = 0);

  /// The micro-batches of a step on a batch of `rows`, with each rank's rows.
  [[nodiscard]] std::vector<MicroBatch> micro_batches(std::size_t step, std::size_t rows) const;
  /// Queues forward, loss and backward of one micro-batch; its gradients replace or join what is accumulated. In order.
  void accumulate(const MicroBatch& micro, BatchSource& source);
  /// Makes the compute stream wait until the step's gradients are the whole batch's on the ranks that update: what
  /// `update` begins with.
  void complete_gradients();
  /// Queues the optimizer's step with the gradients of all micro-batches.
  void update();
  /// What is accumulated on this rank between two micro-batches: the ranks' sum is the gradient so far. Empty on a rank
  /// that holds no part of it.
  [[nodiscard]] virtual Tensor accumulated() const { return model_.parameters().gradients(); }
  /// The first so many ranks hold a part of it.
  [[nodiscard]] virtual std::size_t accumulating_ranks() const { return static_cast<std::size_t>(rank_.group->size()); }

  [[nodiscard]] int rank() const { return rank_.index; }
  /// The model as this rank holds it.
  [[nodiscard]] Model& model() { return model_; }
  /// Null on ranks that do not update.
  [[nodiscard]] virtual Optimizer* optimizer() const = 0;
  [[nodiscard]] Stream& compute() { return *compute_; }
  [[nodiscard]] Timeline& timeline() { return timeline_; }

  // What this rank worked on in the last micro-batch. Valid until the next one.
  [[nodiscard]] const Tensor& inputs() const { return inputs_; }    // rows that went through this rank's replica
  [[nodiscard]] const Tensor& outputs() const { return outputs_; }  // rows whose loss this rank computed; maybe none
  /// [1] of f64: this rank's part of the mean over the step's micro-batches.
  [[nodiscard]] const Tensor& loss() const { return loss_; }
  /// How many rows went through this rank's replica in the last step.
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Collectives queued by this rank so far, those of its subgroups included.
  [[nodiscard]] virtual Traffic traffic() const { return rank_.group->traffic(); }

 protected:
  Strategy(Rank& rank, const Training& training, StrategyOptions options);

  virtual void do_accumulate(const MicroBatch& micro, BatchSource& source) = 0;
  virtual void do_complete_gradients() {}
  virtual void do_update() = 0;

  template <typename Work>
  void during(Phase phase, const Work& work) {
    during(phase, *compute_, work, Lane::compute);
  }
  template <typename Work>
  void during(Phase phase, Stream& stream, const Work& work, Lane lane) {
    const std::uint64_t before = is_collective(phase) ? traffic().bytes() : 0;
    timeline_.during(phase, stream, work, lane);
    if (is_collective(phase)) timeline_.set_bytes(traffic().bytes() - before);
  }
  /// This rank's rows of the micro-batch.
  [[nodiscard]] Rows mine(const MicroBatch& micro) const { return micro.pieces[static_cast<std::size_t>(rank_.index)]; }
  /// Where those are.
  [[nodiscard]] BatchPlace place_of(const MicroBatch& micro) const {
    return {.step = micro.step, .first_row = mine(micro).first};
  }
  /// Room for the gradient of the loss by `outputs`, kept for the next steps.
  Tensor gradient_of(const Tensor& outputs);
  /// Queues the loss of `outputs`, which becomes or joins this rank's part of the step's loss.
  void add_loss(const MicroBatch& micro, const Tensor& outputs, const Tensor& targets, double scale,
                const Tensor& doutputs);
  static kernels::Into into(const MicroBatch& micro) {
    return micro.is_first() ? kernels::Into::overwrite : kernels::Into::add;
  }

  Rank& rank_;
  const Training& training_;
  const StrategyOptions options_;
  std::unique_ptr<Stream> compute_;
  Model model_;
  Timeline timeline_;
  Tensor inputs_;
  Tensor outputs_;
  Tensor loss_;

 private:
  Tensor doutputs_;
  std::size_t rows_ = 0;
  bool are_gradients_complete_ = false;
};

/// The strategies by name: "single", "dp", "ddp".
const std::vector<std::string_view>& strategy_names();

/// Builds one rank's part of the named strategy. With several ranks, all must call it. Throws UsageError for an unknown
/// name.
std::unique_ptr<Strategy> make_strategy(std::string_view name, Rank& rank, const Training& training,
                                        const StrategyOptions& options);

}  // namespace lockstep
