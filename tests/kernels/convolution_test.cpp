#include "kernels/convolution.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "kernels/patches.hpp"
#include "tests/kernels/numerical_gradient.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

const std::vector<ConvolutionShape> shapes{
    {.rows = 2, .channels = 1, .height = 1, .width = 1, .filters = 1},
    {.rows = 0, .channels = 2, .height = 4, .width = 4, .filters = 3, .kernel = 3, .padding = 1},
    {.rows = 3, .channels = 3, .height = 7, .width = 5, .filters = 4, .kernel = 3, .padding = 1},
    {.rows = 2, .channels = 2, .height = 8, .width = 7, .filters = 3, .kernel = 3, .stride = 2, .padding = 1},
    {.rows = 2, .channels = 5, .height = 6, .width = 6, .filters = 7},
    {.rows = 2, .channels = 3, .height = 9, .width = 8, .filters = 2, .kernel = 1, .stride = 2},
    {.rows = 1, .channels = 2, .height = 5, .width = 6, .filters = 2, .kernel = 5, .stride = 3, .padding = 4},
    {.rows = 2, .channels = 1, .height = 2, .width = 2, .filters = 1, .kernel = 2},
};

/// Arrays and results of one convolution; those with `_added` start from 1.
template <typename T>
struct Convolution {
  std::vector<T> x, w, dy;
  std::vector<T> y{}, dx{}, dw{}, dw_added{};

  void run(const ConvolutionShape& shape) {
    std::vector<T> scratch(shape.scratch());
    y.assign(dy.size(), T{7});
    dx.assign(x.size(), T{7});
    dw.assign(w.size(), T{7});
    dw_added.assign(w.size(), T{1});
    const std::span<const T> in{x}, weights{w}, gradient{dy};
    convolution_forward(in, weights, std::span{y}, shape, std::span{scratch});
    convolution_backward_input(gradient, weights, std::span{dx}, shape, std::span{scratch});
    convolution_backward_weight(in, gradient, std::span{dw}, shape, Into::overwrite, std::span{scratch});
    convolution_backward_weight(in, gradient, std::span{dw_added}, shape, Into::add, std::span{scratch});
  }
};

template <typename Values>
Convolution<float> filled(const ConvolutionShape& shape, const Values& values) {
  return {.x = values(shape.rows * shape.image(), 1U),
          .w = values(shape.filters * shape.patch(), 2U),
          .dy = values(shape.rows * shape.out_image(), 3U)};
}

Convolution<float> of_integers(const ConvolutionShape& shape) {
  return filled(shape, [](std::size_t count, unsigned seed) { return integer_values(count, 8, seed); });
}

Convolution<double> reference(const ConvolutionShape& shape, const Convolution<float>& from) {
  Convolution<double> result{.x = widened(from.x), .w = widened(from.w), .dy = widened(from.dy)};
  result.run(shape);
  return result;
}

class ConvolutionKernel : public ::testing::TestWithParam<ConvolutionShape> {};

TEST_P(ConvolutionKernel, has_the_references_bits_on_integers) {
  Convolution<float> computed = of_integers(GetParam());
  computed.run(GetParam());
  const Convolution<double> expected = reference(GetParam(), computed);
  EXPECT_EQ(widened(computed.y), expected.y);
  EXPECT_EQ(widened(computed.dx), expected.dx);
  EXPECT_EQ(widened(computed.dw), expected.dw);
  EXPECT_EQ(widened(computed.dw_added), expected.dw_added);
}

TEST_P(ConvolutionKernel, is_within_the_operator_bound_of_its_reference) {
  const ConvolutionShape& shape = GetParam();
  Convolution<float> computed = filled(shape, normal_values);
  computed.run(shape);
  const Convolution<double> expected = reference(shape, computed);
  Convolution<double> magnitude{
      .x = magnitudes(computed.x), .w = magnitudes(computed.w), .dy = magnitudes(computed.dy)};
  magnitude.run(shape);
  EXPECT_EQ(count_violations(computed.y, expected.y, magnitude.y, shape.patch()), 0U);
  EXPECT_EQ(count_violations(computed.dx, expected.dx, magnitude.dx, shape.filters * shape.kernel * shape.kernel), 0U);
  const std::size_t terms = std::max<std::size_t>(shape.rows * shape.out_plane(), 1);
  EXPECT_EQ(count_violations(computed.dw, expected.dw, magnitude.dw, terms), 0U);
}

/// ⟨conv(x, w), dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩, exactly on integers: the gradients are those of the forward kernel.
TEST_P(ConvolutionKernel, gradients_are_adjoint_to_forward) {
  const Convolution<double> one = reference(GetParam(), of_integers(GetParam()));
  EXPECT_EQ(dot(one.y, one.dy), dot(one.x, one.dx));
  EXPECT_EQ(dot(one.y, one.dy), dot(one.w, one.dw));
}

/// What makes forward the same bits for any split of a batch.
TEST_P(ConvolutionKernel, an_image_has_the_same_bits_in_any_batch) {
  const ConvolutionShape& shape = GetParam();
  if (shape.rows == 0) return;
  Convolution<float> batch = filled(shape, normal_values);
  batch.run(shape);
  ConvolutionShape one = shape;
  one.rows = 1;
  const auto last = [](const std::vector<float>& all, std::size_t size) {
    return std::vector<float>(all.end() - static_cast<std::ptrdiff_t>(size), all.end());
  };
  Convolution<float> alone{.x = last(batch.x, shape.image()), .w = batch.w, .dy = last(batch.dy, shape.out_image())};
  alone.run(one);
  EXPECT_EQ(alone.y, last(batch.y, shape.out_image()));
  EXPECT_EQ(alone.dx, last(batch.dx, shape.image()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionKernel, ::testing::ValuesIn(shapes));

TEST(Convolution, is_the_cross_correlation_of_torch) {
  // By hand: a 2 × 3 image under a 2 × 2 kernel, one column of zeros to each side and one line above and below.
  const ConvolutionShape shape{
      .rows = 1, .channels = 1, .height = 2, .width = 3, .filters = 1, .kernel = 2, .stride = 2, .padding = 1};
  ASSERT_EQ(shape.out_height(), 2U);
  ASSERT_EQ(shape.out_width(), 2U);
  Convolution<float> one{.x = {1, 2, 3, 4, 5, 6}, .w = {1, 10, 100, 1000}, .dy = {1, 1, 1, 1}};
  one.run(shape);
  EXPECT_EQ(one.y, (std::vector<float>{1000, 3200, 40, 65}));
}

TEST(Convolution, patches_and_their_transpose_agree) {
  for (const ConvolutionShape& shape : shapes) {
    const std::vector<float> x = integer_values(shape.image(), 8, 1);
    const std::vector<float> p = integer_values(shape.patch() * shape.out_plane(), 8, 2);
    std::vector<float> gathered(p.size(), 7), scattered(x.size(), 7);
    gather_patches(x, gathered, shape);
    scatter_patches(p, scattered, shape);
    EXPECT_EQ(dot(widened(gathered), widened(p)), dot(widened(x), widened(scattered)));
  }
}

TEST(Convolution, refuses_arrays_of_other_sizes) {
  const ConvolutionShape shape{.rows = 1, .channels = 1, .height = 2, .width = 2, .filters = 1};
  std::vector<float> four(4), three(3), one(1), none;
  const std::span<const float> x{four}, w{one};
  EXPECT_NO_THROW(convolution_forward(x, w, std::span{four}, shape, std::span{none}));
  EXPECT_THROW(convolution_forward(x, w, std::span{three}, shape, std::span{none}), std::invalid_argument);
  EXPECT_THROW(convolution_forward(x, x, std::span{four}, shape, std::span{none}), std::invalid_argument);
  EXPECT_THROW(convolution_forward(x, w, std::span{four}, shape, std::span{one}), std::invalid_argument);
  const ConvolutionShape too_large{.rows = 1, .channels = 1, .height = 2, .width = 2, .filters = 1, .kernel = 3};
  EXPECT_THROW(convolution_forward(x, w, std::span{four}, too_large, std::span{none}), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
