#include "harness/data/dataset.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"

namespace lockstep {
namespace {

template <typename Rows>
std::size_t row_count(const Rows& rows) {
  require(rows.width > 0 && rows.values.size() % rows.width == 0, "dataset: {} values are not rows of {}",
          rows.values.size(), rows.width);
  return rows.values.size() / rows.width;
}

std::size_t row_count(const ClassLabels& labels) {
  for (const std::int32_t label : labels.values)
    require(label >= 0 && static_cast<std::size_t>(label) < labels.classes, "dataset: label {} of {} classes", label,
            labels.classes);
  return labels.values.size();
}

std::size_t row_count(const TokenWindows& windows) {
  const auto& [tokens, context, stride, vocabulary] = windows;
  require(context > 0 && stride > 0 && tokens.size() > context, "dataset: {} tokens for windows of {}, {} apart",
          tokens.size(), context, stride);
  for (const std::uint16_t token : tokens)
    require(token < vocabulary, "dataset: token {} of a vocabulary of {}", token, vocabulary);
  return (tokens.size() - context - 1) / stride + 1;
}

/// The tokens of each sample, from `offset` places after its first one.
void copy_windows(const TokenWindows& windows, std::size_t samples, std::size_t offset, std::span<const SampleId> ids,
                  std::span<std::int32_t> out) {
  require(out.size() == ids.size() * windows.context, "dataset: {} samples of {} tokens into {} places", ids.size(),
          windows.context, out.size());
  for (const SampleId id : ids) {
    require(id < samples, "dataset: sample {} of {}", id, samples);
    const auto first = windows.tokens.begin() + static_cast<std::ptrdiff_t>(id * windows.stride + offset);
    std::ranges::copy_n(first, static_cast<std::ptrdiff_t>(windows.context), out.begin());
    out = out.subspan(windows.context);
  }
}

template <typename Rows>
auto row(const Rows& rows, SampleId id) {
  return std::span{rows.values}.subspan(id * rows.width, rows.width);
}

void copy_row(const FloatRows& rows, SampleId id, std::span<float> out) {
  std::ranges::copy(row(rows, id), out.begin());
}

void copy_row(const ByteRows& rows, SampleId id, std::span<float> out) {
  std::ranges::transform(row(rows, id), out.begin(), [&](std::uint8_t byte) { return rows.value_of[byte]; });
}

template <typename Rows>
void copy_rows(const Rows& rows, std::size_t samples, std::span<const SampleId> ids, std::span<float> out) {
  require(out.size() == ids.size() * rows.width, "dataset: {} rows of {} into {} values", ids.size(), rows.width,
          out.size());
  for (const SampleId id : ids) {
    require(id < samples, "dataset: sample {} of {}", id, samples);
    copy_row(rows, id, out.first(rows.width));
    out = out.subspan(rows.width);
  }
}

}  // namespace

Dataset::Dataset(Inputs inputs, Targets targets) : inputs_{std::move(inputs)}, targets_{std::move(targets)} {
  const auto count = [](const auto& rows) { return row_count(rows); };
  size_ = std::visit(count, inputs_);
  const std::size_t target_count = std::visit(count, targets_);
  require(size_ == target_count, "dataset: {} inputs and {} targets", size_, target_count);
  require(size_ > 0 && size_ <= std::numeric_limits<SampleId>::max(), "dataset: {} samples", size_);
}

Dataset Dataset::stored_as(DType dtype) && {
  if (dtype != DType::bf16) return std::move(*this);  // wide enough for any float
  const auto round = [dtype](auto& values) {
    for (float& value : values) value = lockstep::stored_as(dtype, value);
  };
  if (auto* floats = std::get_if<FloatRows>(&inputs_)) round(floats->values);
  if (auto* bytes = std::get_if<ByteRows>(&inputs_)) round(bytes->value_of);
  if (auto* floats = std::get_if<FloatRows>(&targets_)) round(floats->values);
  return std::move(*this);
}

Dataset::Dataset(TokenWindows windows)
    : inputs_{std::move(windows)}, targets_{ClassLabels{}}, size_{row_count(std::get<TokenWindows>(inputs_))} {
  require(size_ <= std::numeric_limits<SampleId>::max(), "dataset: {} samples", size_);
}

std::size_t Dataset::input_width() const {
  if (const auto* windows = std::get_if<TokenWindows>(&inputs_)) return windows->context;
  if (const auto* bytes = std::get_if<ByteRows>(&inputs_)) return bytes->width;
  return std::get<FloatRows>(inputs_).width;
}

std::size_t Dataset::classes() const {
  const auto* windows = std::get_if<TokenWindows>(&inputs_);
  return windows != nullptr ? windows->vocabulary : labels().classes;
}

std::size_t Dataset::target_width() const { return values().width; }

void Dataset::copy_inputs(std::span<const SampleId> ids, std::span<float> out) const {
  require(!has_tokens(), "dataset: its inputs are tokens, not values");
  if (const auto* bytes = std::get_if<ByteRows>(&inputs_))
    copy_rows(*bytes, size_, ids, out);
  else
    copy_rows(std::get<FloatRows>(inputs_), size_, ids, out);
}

void Dataset::copy_tokens(std::span<const SampleId> ids, std::span<std::int32_t> out) const {
  require(has_tokens(), "dataset: its inputs are values, not tokens");
  copy_windows(std::get<TokenWindows>(inputs_), size_, 0, ids, out);
}

void Dataset::copy_labels(std::span<const SampleId> ids, std::span<std::int32_t> out) const {
  if (const auto* windows = std::get_if<TokenWindows>(&inputs_)) return copy_windows(*windows, size_, 1, ids, out);
  require(out.size() == ids.size(), "dataset: {} labels into {} places", ids.size(), out.size());
  std::ranges::transform(ids, out.begin(), [&, &of_sample = labels().values](SampleId id) {
    require(id < size_, "dataset: sample {} of {}", id, size_);
    return of_sample[id];
  });
}

void Dataset::copy_values(std::span<const SampleId> ids, std::span<float> out) const {
  copy_rows(values(), size_, ids, out);
}

const ClassLabels& Dataset::labels() const {
  require(std::holds_alternative<ClassLabels>(targets_), "dataset: its targets are values, not labels");
  return std::get<ClassLabels>(targets_);
}

const FloatRows& Dataset::values() const {
  require(!has_labels(), "dataset: its targets are labels, not values");
  return std::get<FloatRows>(targets_);
}

void require_possible(const DataShape& shape) {
  constexpr std::size_t most_values = 16 * GiB / sizeof(float);
  // Divided, not multiplied: a product could wrap around.
  const bool possible = shape.samples >= 1 && shape.samples <= std::numeric_limits<SampleId>::max() &&
                        shape.inputs >= 1 && shape.inputs <= most_values / shape.samples && shape.outputs >= 1 &&
                        shape.outputs <= most_values / shape.samples;
  if (!possible)
    throw InputError{
        fmt::format("{} samples with {} inputs and {} outputs: each must be at least 1, and an array at most {}",
                    shape.samples, shape.inputs, shape.outputs, format_bytes(16 * GiB))};
}

}  // namespace lockstep
