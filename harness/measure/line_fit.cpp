#include "harness/measure/line_fit.hpp"

#include <algorithm>
#include <cmath>

#include "harness/base/error.hpp"

namespace lockstep {

LineFit fit_line(std::span<const LinePoint> points) {
  const auto count = static_cast<double>(points.size());
  double mean_x = 0;
  double mean_y = 0;
  for (const LinePoint& point : points) mean_x += point.x / count, mean_y += point.y / count;
  double squares = 0;
  double products = 0;
  for (const LinePoint& point : points) {
    squares += (point.x - mean_x) * (point.x - mean_x);
    products += (point.x - mean_x) * (point.y - mean_y);
  }
  require(squares > 0, "a line through {} points with one x", points.size());
  LineFit fit{.slope = products / squares, .offset = mean_y - products / squares * mean_x, .residual = 0};
  for (const LinePoint& point : points)
    fit.residual = std::max(fit.residual, std::abs(point.y - (fit.slope * point.x + fit.offset)));
  return fit;
}

}  // namespace lockstep
