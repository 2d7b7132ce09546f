// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "kernels/bfloat16.hpp"

namespace lockstep {

using kernels::BFloat16;

enum class DType { f32, f64, bf16, i32 };

constexpr std::size_t size_of(DType dtype) { return dtype == DType::f64 ? 8 : dtype == DType::bf16 ? 2 : 4; }

/// The name in the safetensors format: "F32", "F64", "BF16", "I32".
constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "F32";
    case DType::f64:
      return "F64";
    case DType::bf16:
      return "BF16";
    case DType::i32:
      break;
  }
  return "I32";
}

template <typename T>
constexpr DType dtype_of() {
  using Element = std::remove_const_t<T>;
  static_assert(std::is_same_v<Element, float> || std::is_same_v<Element, double> ||
                std::is_same_v<Element, BFloat16> || std::is_same_v<Element, std::int32_t>);
  return std::is_same_v<Element, float>      ? DType::f32
         : std::is_same_v<Element, double>   ? DType::f64
         : std::is_same_v<Element, BFloat16> ? DType::bf16
                                             : DType::i32;
}

constexpr bool is_float(DType dtype) { return dtype != DType::i32; }

/// visit(T{}) for elements of a float type: T is float, double or BFloat16.
template <typename Visit>
decltype(auto) visit_float(DType dtype, const Visit& visit) {
  if (dtype == DType::f64) return visit(double{});
  if (dtype == DType::bf16) return visit(BFloat16{});
  return visit(float{});
}

/// What an element of `dtype` holds of the value.
constexpr float stored_as(DType dtype, float value) { return dtype == DType::bf16 ? float{BFloat16{value}} : value; }

}  // namespace lockstep
