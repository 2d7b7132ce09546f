#include "harness/checkpoint/expected_tensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

#include "harness/base/error.hpp"
#include "tests/checkpoint/examples.hpp"

namespace lockstep {
namespace {

using testing::tensor;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

template <typename Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string difference(std::span<const TensorBytes> found, std::span<const ExpectedTensor> expected) {
  return refusal([&] { require_tensors(found, expected, "c.safetensors"); });
}

TEST(ExpectedTensors, TheSameInAnyOrder) {
  const std::array<TensorBytes, 2> found{{{"w", "F32", {2, 3}, {}}, {"b", "F64", {}, {}}}};
  const std::array<ExpectedTensor, 2> expected{{{"b", "F64", {}}, {"w", "F32", {2, 3}}}};
  EXPECT_EQ(difference(found, expected), "");
  EXPECT_EQ(difference({}, {}), "");
}

TEST(ExpectedTensors, EveryDifferenceHasItsText) {  // entries 64 and 70
  const std::array<TensorBytes, 6> found{{{"half", "F16", {4}, {}},
                                          {"w1", "F32", {3, 2}, {}},
                                          {"w2", "F32", {6}, {}},
                                          {"z_extra", "I32", {1}, {}},
                                          {"a_extra", "F32", {}, {}},
                                          {"same", "F32", {5}, {}}}};
  const std::array<ExpectedTensor, 6> expected{{{"half", "F32", {4}},
                                                {"w1", "F32", {2, 3}},
                                                {"w2", "F32", {2, 3}},
                                                {"gone", "F64", {7, 8}},
                                                {"same", "F32", {5}},
                                                {"gone_too", "F32", {}}}};
  EXPECT_EQ(difference(found, expected),
            "c.safetensors: holds other tensors than are to be restored:\n"
            "  half: dtype F16, expected F32\n"
            "  w1: shape [3, 2], expected [2, 3] (transposed)\n"
            "  w2: shape [6], expected [2, 3]\n"
            "  gone: missing (F64 [7, 8])\n"
            "  gone_too: missing (F32 [])\n"
            "  a_extra: not expected (F32 [])\n"
            "  z_extra: not expected (I32 [1])");
}

TEST(ExpectedTensors, ValuesThatAreNotFiniteAreCounted) {  // entry 71
  constexpr std::array<float, 5> bad{1, nan, -infinity, 2, infinity};
  constexpr std::array<double, 2> late{0, std::numeric_limits<double>::quiet_NaN()};
  constexpr std::array<float, 2> good{0, -0.0F};
  const std::array<TensorBytes, 3> found{tensor("w", "F32", bad), tensor("good", "F32", good),
                                         tensor("m", "F64", late)};
  EXPECT_EQ(refusal([&] { require_finite(found, "c.safetensors"); }),
            "c.safetensors: holds values that are not finite:\n"
            "  w: 3 of 5 values, the first at index 1\n"
            "  m: 1 of 2 values, the first at index 1");
}

TEST(ExpectedTensors, DenormalsAndIntegersAreFinite) {  // entry 71
  constexpr std::array<float, 2> denormals{std::numeric_limits<float>::denorm_min(), -1e-40F};
  constexpr std::array<std::uint32_t, 1> bits_of_nan{0x7FC00000};
  const std::array<TensorBytes, 2> found{tensor("w", "F32", denormals), tensor("n", "U32", bits_of_nan)};
  EXPECT_EQ(refusal([&] { require_finite(found, "c"); }), "");
}

}  // namespace
}  // namespace lockstep
