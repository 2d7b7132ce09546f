#include "kernels/gemm.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include "kernels/blas.hpp"
#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

struct Shape {
  std::size_t m, n, k;
};

constexpr Shape shapes[] = {{1, 1, 1},    {2, 3, 5},      {7, 11, 13},   {1, 19, 23}, {17, 1, 31},
                            {64, 10, 97}, {31, 37, 2048}, {65, 129, 67}, {3, 2, 1},   {128, 64, 256}};
constexpr Transpose transposes[] = {Transpose::no, Transpose::yes};

/// The product of float inputs with everything needed to judge it.
struct Product {
  std::vector<float> computed;
  std::vector<double> expected;
  std::vector<double> magnitude;
};

Product multiply(Shape shape, Transpose transpose_a, Transpose transpose_b, Into into, const std::vector<float>& a,
                 const std::vector<float>& b, const std::vector<float>& c) {
  Product product{c, widened(c), magnitudes(c)};
  const auto [m, n, k] = shape;
  gemm(transpose_a, transpose_b, m, n, k, std::span{a}, std::span{b}, into, std::span{product.computed});
  gemm(transpose_a, transpose_b, m, n, k, std::span<const double>{widened(a)}, std::span<const double>{widened(b)},
       into, std::span{product.expected});
  gemm(transpose_a, transpose_b, m, n, k, std::span<const double>{magnitudes(a)},
       std::span<const double>{magnitudes(b)}, into, std::span{product.magnitude});
  return product;
}

Product multiply_normal_values(Shape shape) {
  const auto [m, n, k] = shape;
  return multiply(shape, Transpose::no, Transpose::yes, Into::overwrite, normal_values(m * k, 1),
                  normal_values(k * n, 2), std::vector<float>(m * n));
}

std::vector<float> truncated_to_tf32(std::vector<float> values) {
  constexpr std::uint32_t kept_bits = 0xFFFFE000;  // sign, exponent, 10 bits of the fraction
  for (float& value : values) value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & kept_bits);
  return values;
}

TEST(Gemm, IsWithinTheOperatorBound) {
  for (const Shape shape : shapes) {
    const auto [m, n, k] = shape;
    for (const Transpose transpose_a : transposes) {
      for (const Transpose transpose_b : transposes) {
        const Product replaced = multiply(shape, transpose_a, transpose_b, Into::overwrite, normal_values(m * k, 1),
                                          normal_values(k * n, 2), normal_values(m * n, 3));
        EXPECT_EQ(count_violations(replaced.computed, replaced.expected, replaced.magnitude, k), 0U)
            << m << " " << n << " " << k;
        const Product added = multiply(shape, transpose_a, transpose_b, Into::add, normal_values(m * k, 1),
                                       normal_values(k * n, 2), normal_values(m * n, 3));
        EXPECT_EQ(count_violations(added.computed, added.expected, added.magnitude, k + 1), 0U)
            << m << " " << n << " " << k;
      }
    }
  }
}

TEST(Gemm, IsExactOnIntegers) {
  for (const Shape shape : shapes) {
    const auto [m, n, k] = shape;
    for (const Transpose transpose_a : transposes) {
      for (const Transpose transpose_b : transposes) {
        for (const Into into : {Into::overwrite, Into::add}) {
          const Product product = multiply(shape, transpose_a, transpose_b, into, integer_values(m * k, 8, 1),
                                           integer_values(k * n, 8, 2), integer_values(m * n, 8, 3));
          EXPECT_EQ(widened(product.computed), product.expected) << m << " " << n << " " << k;
        }
      }
    }
  }
}

TEST(Gemm, ReferenceMultipliesByHand) {
  const std::vector<double> a{1, 2, 3, 4, 5, 6};     // [2, 3]
  const std::vector<double> b{7, 8, 9, 10, 11, 12};  // [3, 2]
  std::vector<double> c(4);
  gemm(Transpose::no, Transpose::no, 2, 2, 3, std::span{a}, std::span{b}, Into::overwrite, std::span{c});
  EXPECT_EQ(c, (std::vector<double>{58, 64, 139, 154}));
  // a as [3, 2] transposed is {1, 3, 5; 2, 4, 6}, b as [2, 3] transposed is {7, 10; 8, 11; 9, 12}.
  gemm(Transpose::yes, Transpose::yes, 2, 2, 3, std::span{a}, std::span{b}, Into::add, std::span{c});
  EXPECT_EQ(c, (std::vector<double>{58 + 76, 64 + 103, 139 + 100, 154 + 136}));
}

TEST(Gemm, OfZeroTermsIsZero) {
  std::vector<float> c{1, 2};
  gemm(Transpose::no, Transpose::no, 1, 2, 0, std::span<const float>{}, std::span<const float>{}, Into::add,
       std::span{c});
  EXPECT_EQ(c, (std::vector<float>{1, 2}));
  gemm(Transpose::no, Transpose::no, 1, 2, 0, std::span<const float>{}, std::span<const float>{}, Into::overwrite,
       std::span{c});
  EXPECT_EQ(c, (std::vector<float>{0, 0}));
}

TEST(Gemm, OfZeroRowsDoesNothing) {
  const std::vector<float> b(6, 1.0F);
  EXPECT_NO_THROW(gemm(Transpose::no, Transpose::no, 0, 2, 3, std::span<const float>{}, std::span{b}, Into::overwrite,
                       std::span<float>{}));
}

TEST(Gemm, OverwritesWithoutReading) {
  for (const Shape shape : shapes) {
    const auto [m, n, k] = shape;
    const std::vector<float> nothing(m * n, std::numeric_limits<float>::quiet_NaN());
    const Product product = multiply(shape, Transpose::no, Transpose::no, Into::overwrite, integer_values(m * k, 8, 1),
                                     integer_values(k * n, 8, 2), nothing);
    EXPECT_EQ(widened(product.computed), product.expected) << m << " " << n << " " << k;
  }
}

TEST(Gemm, NamesTheWrongSize) {
  const std::vector<float> a(6);
  const std::vector<float> b(6);
  std::vector<float> c(5);
  try {
    gemm(Transpose::no, Transpose::no, 2, 2, 3, std::span{a}, std::span{b}, Into::overwrite, std::span{c});
    FAIL() << "not refused";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "gemm: c has 5 elements, expected 4");
  }
  EXPECT_THROW(gemm(Transpose::no, Transpose::no, 3, 2, 3, std::span{a}, std::span{b}, Into::overwrite, std::span{c}),
               std::invalid_argument);
}

TEST(GemmPlant, Tf32InputsViolateTheBound) {
  const auto [m, n, k] = Shape{16, 16, 2048};
  const std::vector<float> a = normal_values(m * k, 1);
  const std::vector<float> b = normal_values(k * n, 2);
  const Product right = multiply_normal_values({m, n, k});
  const Product planted = multiply({m, n, k}, Transpose::no, Transpose::yes, Into::overwrite, truncated_to_tf32(a),
                                   truncated_to_tf32(b), std::vector<float>(m * n));
  EXPECT_EQ(count_violations(right.computed, right.expected, right.magnitude, k), 0U);
  EXPECT_GT(count_violations(planted.computed, right.expected, right.magnitude, k), 0U);
}

TEST(GemmPlant, OneDroppedProductViolatesTheBound) {
  const auto [m, n, k] = Shape{4, 4, 2048};
  Product product = multiply_normal_values({m, n, k});
  const float dropped = normal_values(m * k, 1)[5] * normal_values(k * n, 2)[5];  // of c[0, 0]
  product.computed[0] -= dropped;
  EXPECT_EQ(count_violations(product.computed, product.expected, product.magnitude, k), 1U);
}

TEST(GemmPlant, OneElementNotWrittenViolatesTheBound) {
  for (const Shape shape : shapes) {
    Product product = multiply_normal_values(shape);
    product.computed.back() = 0;
    EXPECT_EQ(count_violations(product.computed, product.expected, product.magnitude, shape.k), 1U);
  }
}

TEST(Gemm, GivesConcurrentCallersTheBitsOfOne) {
  use_one_thread_per_caller();
  use_kernels_for_this_cpu();
  ASSERT_TRUE(blas_is_safe_for_concurrent_callers()) << blas_description();
  const auto [m, n, k] = Shape{48, 80, 112};
  constexpr unsigned callers = 4;
  constexpr int repetitions = 500;
  const auto product_of = [&](unsigned caller) {
    return multiply({m, n, k}, Transpose::no, Transpose::yes, Into::overwrite, normal_values(m * k, 2 * caller),
                    normal_values(k * n, 2 * caller + 1), std::vector<float>(m * n))
        .computed;
  };
  std::vector<std::vector<float>> alone;
  for (unsigned caller = 0; caller < callers; ++caller) alone.push_back(product_of(caller));

  std::vector<int> wrong(callers);
  {
    std::vector<std::jthread> threads;
    for (unsigned caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        const std::vector<float> a = normal_values(m * k, 2 * caller);
        const std::vector<float> b = normal_values(k * n, 2 * caller + 1);
        std::vector<float> c(m * n);
        for (int repetition = 0; repetition < repetitions; ++repetition) {
          gemm(Transpose::no, Transpose::yes, m, n, k, std::span{a}, std::span{b}, Into::overwrite, std::span{c});
          if (c != alone[caller]) ++wrong[caller];
        }
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(callers));
}

}  // namespace
}  // namespace lockstep::kernels
