#include "harness/ops/add.hpp"

#include <array>

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/sum.hpp"
#include "kernels/sum.hpp"

namespace lockstep::ops {
namespace {

constexpr auto add_body = []<typename T>(T, const Tensor& source, const Tensor& target, const auto&... queue) {
  T* const sum = target.values<T>().data();
  const std::array<const T*, 2> terms{sum, source.values<const T>().data()};
  kernels::sum_in_order(queue..., terms, std::array{sum}, target.count());
};

}  // namespace

void add(Stream& stream, const Tensor& source, const Tensor& target) {
  require(source.dtype() == target.dtype() && source.count() == target.count(), "add: {} to {}",
          format_shape(source.shape()), format_shape(target.shape()));
  run_by_dtype(stream, "add", {static_cast<double>(target.count()), 1.5 * bytes_of(source, target)}, target.dtype(),
               add_body, source, target);
}

}  // namespace lockstep::ops
