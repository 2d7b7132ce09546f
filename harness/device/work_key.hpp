// What a piece of device work depends on, written down so that two of them can be compared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <typeinfo>
#include <vector>

namespace lockstep {

/// Equal keys are of equal work: the same code on the same addresses, shapes and numbers, bit by bit. Holds on to no
/// memory. An operand is a number, a plain struct without padding, or of a type with a function
/// `add_to(WorkKey&, const T&)` beside it; any other does not compile.
class WorkKey {
 public:
  /// Which code: a type for each.
  void add_code(const std::type_info& code) { words_.push_back(reinterpret_cast<std::uintptr_t>(&code)); }

  template <typename... Operands>
  void add(const Operands&... operands) {
    (add_operand(operands), ...);
  }

  friend bool operator==(const WorkKey&, const WorkKey&) = default;

 private:
  template <typename T>
  void add_operand(const T& operand) {
    // Of floating-point numbers the bits: 0 and −0 differ.
    if constexpr (std::is_arithmetic_v<T> || std::has_unique_object_representations_v<T>)
      add_bytes(&operand, sizeof(T));
    else
      add_to(*this, operand);
  }
  void add_bytes(const void* bytes, std::size_t count) {
    const std::size_t first = words_.size();
    words_.resize(first + (count + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    std::memcpy(words_.data() + first, bytes, count);
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace lockstep
