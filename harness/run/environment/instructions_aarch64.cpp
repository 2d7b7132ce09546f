#include "harness/run/environment/instructions.hpp"

namespace lockstep {

std::uint64_t run_dependent_additions(std::uint64_t count) {
  static constexpr std::uint64_t in_a_round = 256;  // so many that the loop's own instructions cost nothing beside them
  const std::uint64_t step = 3;
  std::uint64_t sum = 0;
  std::uint64_t done = 0;
  for (; done < count; done += in_a_round)
    asm volatile(
        ".rept 256\n\t"
        "add %0, %0, %1\n\t"
        ".endr"
        : "+r"(sum)
        : "r"(step));
  return done;
}

std::optional<std::string> hypervisor_signature() { return std::nullopt; }

}  // namespace lockstep
