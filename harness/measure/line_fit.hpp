// A straight line through measured points.
#pragma once

#include <span>

namespace lockstep {

struct LinePoint {
  double x;
  double y;
};

/// y ≈ slope·x + offset, by least squares.
struct LineFit {
  double slope;
  double offset;
  double residual;  // largest |y − (slope·x + offset)|
};

/// Needs at least two different x.
LineFit fit_line(std::span<const LinePoint> points);

}  // namespace lockstep
