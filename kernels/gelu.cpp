#include "kernels/gelu.hpp"

#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"
#include "kernels/hyperbolic_tangent.hpp"

namespace lockstep::kernels {
namespace {

float tangent(float x) { return tanh_of(x); }
double tangent(double x) { return std::tanh(x); }

}  // namespace

template <typename T>
void gelu_forward(std::span<const T> x, std::span<T> y) {
  check_size("gelu_forward", "y", y.size(), x.size());
  constexpr T outer = static_cast<T>(gelu_sqrt_2_over_pi), cubic = static_cast<T>(gelu_cubic), half{0.5}, one{1};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const T value = x[i];
    y[i] = half * value * (one + tangent(outer * (value + cubic * value * value * value)));
  }
}

template <typename T>
void gelu_backward(std::span<const T> x, std::span<const T> dy, std::span<T> dx) {
  check_size("gelu_backward", "dy", dy.size(), x.size());
  check_size("gelu_backward", "dx", dx.size(), x.size());
  constexpr T outer = static_cast<T>(gelu_sqrt_2_over_pi), cubic = static_cast<T>(gelu_cubic), half{0.5}, one{1};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const T value = x[i], square = value * value;
    const T t = tangent(outer * (value + cubic * value * square));
    const T slope = outer * (one + T{3} * cubic * square);
    dx[i] = dy[i] * half * (one + t + value * (one - t * t) * slope);
  }
}

template void gelu_forward(std::span<const float>, std::span<float>);
template void gelu_backward(std::span<const float>, std::span<const float>, std::span<float>);
template void gelu_forward(std::span<const double>, std::span<double>);
template void gelu_backward(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace lockstep::kernels
