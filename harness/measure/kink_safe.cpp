#include "harness/measure/kink_safe.hpp"

#include <algorithm>
#include <cmath>

namespace lockstep {

bool is_kink_safe(const PerceptronShape& shape, std::span<const double> parameters, std::span<const float> input,
                  double tau) {
  std::vector<double> a{input.begin(), input.end()};
  for (std::size_t layer = 0; layer + 2 < shape.widths.size(); ++layer) {
    const std::size_t outputs = shape.widths[layer + 1];
    const auto weights = parameters.first(outputs * a.size());
    const auto bias = parameters.subspan(weights.size(), shape.bias ? outputs : 0);
    std::vector<double> next(outputs);
    for (std::size_t out = 0; out < outputs; ++out) {
      double z = shape.bias ? bias[out] : 0;
      double magnitude = std::fabs(z);
      for (std::size_t in = 0; in < a.size(); ++in) {
        const double term = weights[out * a.size() + in] * a[in];
        z += term;
        magnitude += std::fabs(term);
      }
      if (std::fabs(z) < tau * magnitude) return false;
      next[out] = std::max(z, 0.0);
    }
    parameters = parameters.subspan(weights.size() + bias.size());
    a = std::move(next);
  }
  return true;
}

}  // namespace lockstep
