// From tensors to typed kernel bodies.
#pragma once

#include <string_view>
#include <utility>

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep::ops {

/// Queues `body(T{})` with T = float for f32 and double for f64: the fast body or the double-precision reference.
template <typename Body>
void run_by_dtype(Stream& stream, std::string_view name, Cost cost, DType dtype, Body body) {
  require(dtype != DType::i32, "{} computes on F32 or F64", name);
  if (dtype == DType::f64)
    stream.run({.name = name, .cost = cost, .cpu = [body = std::move(body)] { body(double{}); }});
  else
    stream.run({.name = name, .cost = cost, .cpu = [body = std::move(body)] { body(float{}); }});
}

/// Bytes of all operands: each is moved once.
template <typename... Tensors>
double bytes_of(const Tensors&... tensors) {
  return (0.0 + ... + static_cast<double>(tensors.bytes()));
}

}  // namespace lockstep::ops
