// The samples of a run, on the host: every source of data ends as one of these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "harness/device/dtype.hpp"

namespace lockstep {

using SampleId = std::uint32_t;

/// [samples, width], row by row.
struct FloatRows {
  std::vector<float> values;
  std::size_t width;
};
/// [samples, width] of bytes that stand for `value_of[byte]`: a quarter of the memory of floats.
struct ByteRows {
  std::vector<std::uint8_t> values;
  std::size_t width;
  std::array<float, 256> value_of;
};
/// [samples], each in [0, classes).
struct ClassLabels {
  std::vector<std::int32_t> values;
  std::size_t classes;
};
/// Samples of `context` tokens that begin `stride` tokens apart; the target of each token is the next one, so that a
/// sample needs context + 1 tokens.
struct TokenWindows {
  std::vector<std::uint16_t> tokens;  // each below the vocabulary
  std::size_t context;
  std::size_t stride;
  std::size_t vocabulary;
};

/// Samples addressed by id: a row of inputs, and as its target either a class or a row of values; or tokens, with those
/// that follow them as classes.
/// Never changes, so that all ranks may read it at the same time.
class Dataset {
 public:
  using Inputs = std::variant<FloatRows, ByteRows, TokenWindows>;
  using Targets = std::variant<ClassLabels, FloatRows>;

  Dataset(Inputs inputs, Targets targets);
  explicit Dataset(TokenWindows windows);

  /// The same samples with the values that elements of `dtype` hold of theirs.
  [[nodiscard]] Dataset stored_as(DType dtype) &&;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t input_width() const;
  [[nodiscard]] bool has_tokens() const { return std::holds_alternative<TokenWindows>(inputs_); }
  [[nodiscard]] bool has_labels() const { return has_tokens() || std::holds_alternative<ClassLabels>(targets_); }
  /// Classes that a sample has as its target; only with labels.
  [[nodiscard]] std::size_t labels_per_sample() const { return has_tokens() ? input_width() : 1; }
  /// Number of classes; only with labels.
  [[nodiscard]] std::size_t classes() const;
  /// Values per target; only without labels.
  [[nodiscard]] std::size_t target_width() const;

  /// `out` is [ids, input_width]; only without tokens. An id may appear more than once.
  void copy_inputs(std::span<const SampleId> ids, std::span<float> out) const;
  /// Likewise; only with tokens.
  void copy_tokens(std::span<const SampleId> ids, std::span<std::int32_t> out) const;
  /// `out` is [ids, labels_per_sample]; only with labels.
  void copy_labels(std::span<const SampleId> ids, std::span<std::int32_t> out) const;
  /// `out` is [ids, target_width]; only without labels.
  void copy_values(std::span<const SampleId> ids, std::span<float> out) const;

 private:
  [[nodiscard]] const ClassLabels& labels() const;
  [[nodiscard]] const FloatRows& values() const;

  Inputs inputs_;
  Targets targets_;
  std::size_t size_;
};

/// What a generated dataset is asked to be. `outputs` counts classes or target values.
struct DataShape {
  std::size_t samples;
  std::size_t inputs;
  std::size_t outputs;
};

/// Throws InputError unless every size is at least 1, ids can number the samples and neither array takes more than 16
/// GiB.
void require_possible(const DataShape& shape);

}  // namespace lockstep
