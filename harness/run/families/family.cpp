#include "harness/run/families/family.hpp"

#include <array>

#include "harness/base/error.hpp"

namespace lockstep {

const Family& family_named(std::string_view name) {
  static constexpr std::array<Family, 8> table{{
      {"equivalence", "Does training on N devices compute what one device computes?", run_equivalence},
      {"speedup", "How much faster are N devices than one?", run_speedup},
      {"convergence", "Does it learn, and along the same curve as one device?", run_convergence},
      {"communication", "How long does communication take, and what of it is hidden?", run_communication},
      {"checkpoint", "Does a saved training go on as if it had never stopped?", run_checkpoint},
      {"memory", "What does it take on each device, and which batch fits?", run_memory},
      {"imbalance", "What do uneven pieces and slower devices cost, and is the result still right?", run_imbalance},
      {"faults", "Do the checks see what they are there for?", run_faults},
  }};
  for (const Family& family : table)
    if (family.name == name) return family;
  throw InternalError{fmt::format("no family {}", name)};
}

}  // namespace lockstep
