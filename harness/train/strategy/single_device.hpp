#pragma once

#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// The plain baseline: one device, no data-parallel code in its path.
class SingleDevice : public Strategy {
 public:
  SingleDevice(Rank& rank, const Training& training);

  [[nodiscard]] const Optimizer* optimizer() const override { return optimizer_.get(); }
  [[nodiscard]] std::vector<Rows> pieces(std::size_t rows) const override { return {{0, rows}}; }

 protected:
  void do_step(std::size_t step, BatchSource& source) override;

 private:
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace lockstep
