#include "harness/checkpoint/expected_tensors.hpp"

#include <algorithm>
#include <map>

#include "harness/base/error.hpp"
#include "harness/checkpoint/values.hpp"

namespace lockstep {
namespace {

using safetensors::format_shape;

/// The differences of a tensor that is there, as lines.
std::string differences(const TensorBytes& found, const ExpectedTensor& expected) {
  std::string lines;
  if (found.dtype != expected.dtype)
    lines += fmt::format("\n  {}: dtype {}, expected {}", found.name, found.dtype, expected.dtype);
  if (found.shape != expected.shape) {
    const std::vector<std::size_t> transposed{found.shape.rbegin(), found.shape.rend()};
    lines += fmt::format("\n  {}: shape {}, expected {}{}", found.name, format_shape(found.shape),
                         format_shape(expected.shape), transposed == expected.shape ? " (transposed)" : "");
  }
  return lines;
}

void throw_problems(std::string_view where, std::string_view what, const std::string& lines) {
  if (!lines.empty()) throw InputError{fmt::format("{}: {}{}", where, what, lines)};
}

}  // namespace

void require_tensors(std::span<const TensorBytes> found, std::span<const ExpectedTensor> expected,
                     std::string_view where) {
  std::map<std::string_view, const TensorBytes*> left;
  for (const TensorBytes& tensor : found) left[tensor.name] = &tensor;
  std::string lines;
  for (const ExpectedTensor& tensor : expected) {
    const auto match = left.find(tensor.name);
    if (match == left.end()) {
      lines += fmt::format("\n  {}: missing ({} {})", tensor.name, tensor.dtype, format_shape(tensor.shape));
      continue;
    }
    lines += differences(*match->second, tensor);
    left.erase(match);
  }
  for (const auto& [name, tensor] : left)
    lines += fmt::format("\n  {}: not expected ({} {})", name, tensor->dtype, format_shape(tensor->shape));
  throw_problems(where, "holds other tensors than are to be restored:", lines);
}

void require_finite(std::span<const TensorBytes> found, std::string_view where) {
  std::string lines;
  for (const TensorBytes& tensor : found) {
    const std::optional<ValueSummary> values = summarize_values(tensor.dtype, tensor.bytes);
    if (values && values->non_finite > 0)
      lines += fmt::format("\n  {}: {} of {} values, the first at index {}", tensor.name, values->non_finite,
                           values->finite + values->non_finite, values->first_non_finite);
  }
  throw_problems(where, "holds values that are not finite:", lines);
}

}  // namespace lockstep
