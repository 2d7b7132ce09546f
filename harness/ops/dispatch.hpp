// From tensors to typed kernel bodies.
#pragma once

#include <string_view>

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// Queues function(T{}, operands...) on the CPU, function(T{}, operands..., queue) on a GPU.
template <typename T, typename Function, typename... Operands>
void run_as(Stream& stream, std::string_view name, Cost cost, T type, Function function, const Operands&... operands) {
  stream.run({.name = name, .cost = cost, .body = KernelBody::of(function, type, operands...)});
}

/// Queues `function`, which captures nothing, with T = float for f32, BFloat16 for bf16 and double for f64: the fast
/// kernel, or the double-precision reference.
template <typename Function, typename... Operands>
void run_by_dtype(Stream& stream, std::string_view name, Cost cost, DType dtype, Function function,
                  const Operands&... operands) {
  require(is_float(dtype), "{} computes on F32, BF16 or F64", name);
  visit_float(dtype, [&]<typename T>(T type) { run_as(stream, name, cost, type, function, operands...); });
}

/// Likewise for kernels without a body for bf16.
template <typename Function, typename... Operands>
void run_by_wide_dtype(Stream& stream, std::string_view name, Cost cost, DType dtype, Function function,
                       const Operands&... operands) {
  require(dtype == DType::f32 || dtype == DType::f64, "{} computes on F32 or F64", name);
  dtype == DType::f64 ? run_as(stream, name, cost, double{}, function, operands...)
                      : run_as(stream, name, cost, float{}, function, operands...);
}

/// Bytes of all operands: each is moved once.
template <typename... Tensors>
double bytes_of(const Tensors&... tensors) {
  return (0.0 + ... + static_cast<double>(tensors.bytes()));
}

}  // namespace lockstep::ops
