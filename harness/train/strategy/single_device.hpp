#pragma once

#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// The plain baseline: one device, no data-parallel code in its path.
class SingleDevice : public Strategy {
 public:
  SingleDevice(Rank& rank, const Training& training, const StrategyOptions& options);

  [[nodiscard]] Optimizer* optimizer() const override { return optimizer_.get(); }

 protected:
  void do_accumulate(const MicroBatch& micro, BatchSource& source) override;
  void do_update() override;

 private:
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace lockstep
