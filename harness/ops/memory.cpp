#include "harness/ops/memory.hpp"

#include "kernels/cuda/memory.hpp"
#include "kernels/memory.hpp"

namespace lockstep::ops {
namespace {

constexpr auto zero_body = [](const Tensor& tensor, const auto&... queue) { kernels::zero(queue..., tensor.raw()); };

constexpr auto copy_body = [](const Tensor& from, const Tensor& to, const auto&... queue) {
  kernels::copy(queue..., from.raw(), to.raw());
};

}  // namespace

void zero(Stream& stream, const Tensor& tensor) {
  stream.run(
      {.name = "zero", .cost = {0, static_cast<double>(tensor.bytes())}, .body = KernelBody::of(zero_body, tensor)});
}

void copy(Stream& stream, const Tensor& from, const Tensor& to) {
  require(from.bytes() == to.bytes(), "copy: {} bytes into {}", from.bytes(), to.bytes());
  stream.run(
      {.name = "copy", .cost = {0, 2 * static_cast<double>(to.bytes())}, .body = KernelBody::of(copy_body, from, to)});
}

}  // namespace lockstep::ops
