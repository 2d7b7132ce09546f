#pragma once

#include <cstddef>
#include <vector>

namespace lockstep::kernels {

/// Central differences (f(x + h) − f(x − h)) / 2h per element; f takes the whole vector. Error O(h²) plus rounding of
/// about 2⁻⁵²·|f|/h.
template <typename Function>
std::vector<double> numerical_gradient(const Function& f, std::vector<double> x, double h) {
  std::vector<double> gradient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double middle = x[i];
    x[i] = middle + h;
    const double above = f(x);
    x[i] = middle - h;
    const double below = f(x);
    x[i] = middle;
    gradient[i] = (above - below) / (2 * h);
  }
  return gradient;
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace lockstep::kernels
