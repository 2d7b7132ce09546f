#include "harness/ops/dropout.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/dropout.hpp"

namespace lockstep::kernels {

static void add_to(WorkKey& key, const DropoutMask& mask) {
  const auto& [probability, seed, layer, step, first_row, row_size] = mask;
  key.add(probability, seed, layer, step, first_row, row_size);
}

}  // namespace lockstep::kernels

namespace lockstep::ops {
namespace {

constexpr auto dropout_body = []<typename T>(T, const Tensor& x, const Tensor& y, const kernels::DropoutMask& mask,
                                             const auto&... queue) {
  kernels::dropout(queue..., x.values<const T>(), y.values<T>(), mask);
};

}  // namespace

void dropout(Stream& stream, const Tensor& x, const Tensor& y, const kernels::DropoutMask& mask) {
  run_by_wide_dtype(stream, "dropout", {static_cast<double>(x.count()), bytes_of(x, y)}, x.dtype(), dropout_body, x, y,
                    mask);
}

}  // namespace lockstep::ops
