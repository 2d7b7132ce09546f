#include "harness/measure/batch_trial.hpp"

#include <algorithm>

namespace lockstep {

std::size_t BatchTrial::peak() const {
  std::size_t most = 0;
  for (const MemoryAccount& account : accounts) most = std::max(most, account.total.peak);
  return most;
}

}  // namespace lockstep
