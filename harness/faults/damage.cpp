#include "harness/faults/damage.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace lockstep {
namespace {

float& largest(std::span<float> values) {
  return *std::ranges::max_element(values, {}, [](float value) { return std::fabs(value); });
}

template <typename To, typename From>
std::vector<To> converted(const std::vector<From>& values) {
  std::vector<To> result;
  result.reserve(values.size());
  for (const From& value : values) result.push_back(static_cast<To>(value));
  return result;
}

void store(Stream& stream, const std::vector<float>& values, const Tensor& tensor) {
  if (tensor.dtype() == DType::f32) return from_host<float>(stream, values, tensor);
  if (tensor.dtype() == DType::i32) return from_host<std::int32_t>(stream, converted<std::int32_t>(values), tensor);
  from_host<BFloat16>(stream, converted<BFloat16>(values), tensor);
}

}  // namespace

std::vector<float> floats_of(Stream& stream, const Tensor& tensor) {
  if (tensor.dtype() == DType::f32) return to_host<float>(stream, tensor);
  if (tensor.dtype() == DType::i32) return converted<float>(to_host<std::int32_t>(stream, tensor));
  return converted<float>(to_host<BFloat16>(stream, tensor));
}

bool damage_tensor(Stream& stream, const Tensor& tensor, const Damage& damage) {
  const std::vector<float> honest = floats_of(stream, tensor);
  std::vector<float> values = honest;
  damage(values);
  store(stream, values, tensor);
  const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
  return !std::ranges::equal(honest, floats_of(stream, tensor), {}, bits, bits);
}

void zero_all(std::span<float> values) { std::ranges::fill(values, 0.0F); }

void negate_all(std::span<float> values) {
  for (float& value : values) value = -value;
}

void lose_largest(std::span<float> values) { largest(values) = 0; }

void poison_first(std::span<float> values) { values.front() = std::numeric_limits<float>::quiet_NaN(); }

void truncate_to_bf16(std::span<float> values) {
  for (float& value : values) value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000U);
}

void shift_by_one(std::span<float> values) { std::ranges::rotate(values, values.begin() + 1); }

Damage scale_all(double factor) {
  return [factor](std::span<float> values) {
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) * factor);
  };
}

Damage flip_bit_of_largest(int bit) {
  return [bit](std::span<float> values) {
    float& value = largest(values);
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (std::uint32_t{1} << bit));
  };
}

void keep_old(std::span<float> values, std::span<const float> old) { std::ranges::copy(old, values.begin()); }

void keep_old_tail(std::span<float> values, std::span<const float> old) { values.back() = old.back(); }

}  // namespace lockstep
