#include <cpuid.h>

#include <array>
#include <cstring>

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
        "addq %1, %0\n\t"
        ".endr"
        : "+r"(sum)
        : "r"(step)
        : "cc");
  return done;
}

std::optional<std::string> hypervisor_signature() {
  static constexpr unsigned hypervisor_bit = 1U << 31;  // of ECX in leaf 1: set by hypervisors, reserved by processors
  static constexpr unsigned signature_leaf = 0x4000'0000;
  unsigned a = 0;
  std::array<unsigned, 3> bcd{};
  if (__get_cpuid(1, &a, &bcd[0], &bcd[1], &bcd[2]) == 0) return std::nullopt;
  if ((bcd[1] & hypervisor_bit) == 0) return "";
  __cpuid(signature_leaf, a, bcd[0], bcd[1], bcd[2]);
  std::array<char, sizeof bcd + 1> text{};
  std::memcpy(text.data(), bcd.data(), sizeof bcd);
  return std::string{text.data()};
}

}  // namespace lockstep
