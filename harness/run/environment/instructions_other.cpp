#include "harness/run/environment/instructions.hpp"

namespace lockstep {

std::uint64_t run_dependent_additions(std::uint64_t) { return 0; }

std::optional<std::string> hypervisor_signature() { return std::nullopt; }

}  // namespace lockstep
