#include "kernels/activation.hpp"

#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"
#include "kernels/exponential.hpp"

namespace lockstep::kernels {
namespace {

/// tanh(x) = x + x³·q(x²) near 0, q fitted for the least maximum relative error (2⁻²⁷); elsewhere, with e = e^(−2|x|),
/// ±(1 − 2e/(1+e)), which loses digits to cancellation only near 0.
float tanh_of(float x) {
  constexpr float near = 0.625F;
  const float square = x * x;
  const float q =
      (((-0.0057049873F * square + 0.020639088F) * square - 0.053739715F) * square + 0.13331442F) * square - 0.3333328F;
  const float near_zero = q * square * x + x;
  const float e = exp_of_nonpositive(-2.0F * std::abs(x));
  const float far = std::copysign(1.0F - 2.0F * e / (1.0F + e), x);
  return std::abs(x) < near ? near_zero : far;
}

}  // namespace

void relu_forward(std::span<const float> x, std::span<float> y) {
  check_size("relu_forward", "y", y.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] < 0.0F ? 0.0F : x[i];
}

void relu_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_size("relu_backward", "dy", dy.size(), y.size());
  check_size("relu_backward", "dx", dx.size(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) dx[i] = y[i] <= 0.0F ? 0.0F : dy[i];
}

void tanh_forward(std::span<const float> x, std::span<float> y) {
  check_size("tanh_forward", "y", y.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = tanh_of(x[i]);
}

void tanh_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_size("tanh_backward", "dy", dy.size(), y.size());
  check_size("tanh_backward", "dx", dx.size(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) dx[i] = dy[i] * (1.0F - y[i] * y[i]);
}

void relu_forward(std::span<const double> x, std::span<double> y) {
  check_size("relu_forward", "y", y.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] < 0 ? 0 : x[i];
}

void relu_backward(std::span<const double> y, std::span<const double> dy, std::span<double> dx) {
  check_size("relu_backward", "dy", dy.size(), y.size());
  check_size("relu_backward", "dx", dx.size(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) dx[i] = y[i] <= 0 ? 0 : dy[i];
}

void tanh_forward(std::span<const double> x, std::span<double> y) {
  check_size("tanh_forward", "y", y.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = std::tanh(x[i]);
}

void tanh_backward(std::span<const double> y, std::span<const double> dy, std::span<double> dx) {
  check_size("tanh_backward", "dy", dy.size(), y.size());
  check_size("tanh_backward", "dx", dx.size(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
}

}  // namespace lockstep::kernels
