// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace lockstep {

enum class DType { f32, f64, i32 };

constexpr std::size_t size_of(DType dtype) { return dtype == DType::f64 ? 8 : 4; }

/// The name in the safetensors format: "F32", "F64", "I32".
constexpr std::string_view name_of(DType dtype) {
  return dtype == DType::f32 ? "F32" : dtype == DType::f64 ? "F64" : "I32";
}

template <typename T>
constexpr DType dtype_of() {
  using Element = std::remove_const_t<T>;
  static_assert(std::is_same_v<Element, float> || std::is_same_v<Element, double> ||
                std::is_same_v<Element, std::int32_t>);
  return std::is_same_v<Element, float> ? DType::f32 : std::is_same_v<Element, double> ? DType::f64 : DType::i32;
}

}  // namespace lockstep
