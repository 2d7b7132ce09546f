#include "kernels/activation.hpp"

#include <cmath>
#include <cstddef>

#include "kernels/check.hpp"
#include "kernels/hyperbolic_tangent.hpp"

namespace lockstep::kernels {
namespace {

/// y[i] = formula(x[i])
template <typename T, typename Formula>
void map(const char* name, std::span<const T> x, std::span<T> y, const Formula& formula) {
  check_size(name, "y", y.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<T>(formula(static_cast<float>(x[i])));
}

/// dx[i] = formula(y[i], dy[i])
template <typename T, typename Formula>
void map_back(const char* name, std::span<const T> y, std::span<const T> dy, std::span<T> dx, const Formula& formula) {
  check_size(name, "dy", dy.size(), y.size());
  check_size(name, "dx", dx.size(), y.size());
  for (std::size_t i = 0; i < y.size(); ++i)
    dx[i] = static_cast<T>(formula(static_cast<float>(y[i]), static_cast<float>(dy[i])));
}

constexpr auto relu = [](float x) { return x < 0.0F ? 0.0F : x; };
constexpr auto relu_gradient = [](float y, float dy) { return y <= 0.0F ? 0.0F : dy; };
constexpr auto tanh_gradient = [](float y, float dy) { return dy * (1.0F - y * y); };

}  // namespace

void relu_forward(std::span<const float> x, std::span<float> y) { map("relu_forward", x, y, relu); }
void relu_forward(std::span<const BFloat16> x, std::span<BFloat16> y) { map("relu_forward", x, y, relu); }

void relu_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  map_back("relu_backward", y, dy, dx, relu_gradient);
}
void relu_backward(std::span<const BFloat16> y, std::span<const BFloat16> dy, std::span<BFloat16> dx) {
  map_back("relu_backward", y, dy, dx, relu_gradient);
}

void tanh_forward(std::span<const float> x, std::span<float> y) {
  map("tanh_forward", x, y, [](float value) { return tanh_of(value); });
}
void tanh_forward(std::span<const BFloat16> x, std::span<BFloat16> y) {
  map("tanh_forward", x, y, [](float value) { return tanh_of(value); });
}

void tanh_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  map_back("tanh_backward", y, dy, dx, tanh_gradient);
}
void tanh_backward(std::span<const BFloat16> y, std::span<const BFloat16> dy, std::span<BFloat16> dx) {
  map_back("tanh_backward", y, dy, dx, tanh_gradient);
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
