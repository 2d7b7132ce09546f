#include "kernels/pooling.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using ::testing::ElementsAre;

constexpr PoolingShape shape{.planes = 1, .height = 3, .width = 5, .window_height = 2, .window_width = 2};
const std::vector<float> image{1, 5, 2, 2, 9,  //
                               3, 5, 2, 2, 9,  //
                               9, 9, 9, 9, 9};

TEST(Pooling, takes_the_first_of_the_largest_and_leaves_out_the_rest) {
  std::vector<float> y(2), dx(image.size(), 7);
  max_pool_forward<float>(image, y, shape);
  EXPECT_THAT(y, ElementsAre(5, 2));
  max_pool_backward<float>(image, std::vector<float>{10, 20}, dx, shape);
  EXPECT_THAT(dx, ElementsAre(0, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Pooling, a_nan_is_the_largest) {
  std::vector<float> x = image, y(2), dx(image.size(), 7);
  x[6] = x[7] = std::numeric_limits<float>::quiet_NaN();
  max_pool_forward<float>(x, y, shape);
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_TRUE(std::isnan(y[1]));
  max_pool_backward<float>(x, std::vector<float>{10, 20}, dx, shape);
  EXPECT_EQ(dx[6], 10);
  EXPECT_EQ(dx[7], 20);
}

TEST(Pooling, takes_the_mean) {
  std::vector<float> y(2), dx(image.size(), 7);
  average_pool_forward<float>(image, y, shape);
  EXPECT_THAT(y, ElementsAre(3.5F, 2));
  average_pool_backward<float>(std::vector<float>{4, 8}, dx, shape);
  EXPECT_THAT(dx, ElementsAre(1, 1, 2, 2, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0));
}

TEST(Pooling, gradients_are_those_of_forward) {
  constexpr PoolingShape planes{.planes = 3, .height = 4, .width = 7, .window_height = 2, .window_width = 3};
  const std::vector<double> x = widened(normal_values(planes.in_count(), 1));
  const std::vector<double> dy = widened(normal_values(planes.out_count(), 2));
  const auto loss = [&](auto forward) {
    return [&, forward](const std::vector<double>& at) {
      std::vector<double> y(dy.size());
      forward(at, y, planes);
      return dot(y, dy);
    };
  };
  std::vector<double> largest(x.size()), mean(x.size());
  max_pool_backward<double>(x, dy, largest, planes);
  average_pool_backward<double>(dy, mean, planes);
  const auto numerical_largest = numerical_gradient(loss(max_pool_forward<double>), x, 1e-5);
  const auto numerical_mean = numerical_gradient(loss(average_pool_forward<double>), x, 1e-5);
  // Linear but for ties nearer than h, which these values do not have: only rounding of about 2⁻⁵²·|f|/h is left.
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(largest[i], numerical_largest[i], 1e-8);
    EXPECT_NEAR(mean[i], numerical_mean[i], 1e-8);
  }
}

TEST(Pooling, refuses_what_does_not_fit) {
  std::vector<float> y(2), other(3);
  EXPECT_THROW(max_pool_forward<float>(image, other, shape), std::invalid_argument);
  PoolingShape wide = shape;
  wide.window_width = 6;
  EXPECT_THROW(max_pool_forward<float>(image, y, wide), std::invalid_argument);
  PoolingShape none = shape;
  none.planes = 0;
  EXPECT_NO_THROW(average_pool_forward<float>({}, {}, none));
}

}  // namespace
}  // namespace lockstep::kernels
