#include "harness/data/batch_loader.hpp"

#include <cstring>

namespace lockstep {
namespace {

/// `floats` in the device's element type.
void convert(std::span<const float> floats, DType dtype, std::vector<std::byte>& out) {
  out.resize(floats.size() * size_of(dtype));
  if (dtype == DType::f32) {
    if (!floats.empty()) std::memcpy(out.data(), floats.data(), out.size());
    return;
  }
  visit_float(dtype, [&]<typename T>(T) {
    auto* const values = reinterpret_cast<T*>(out.data());
    for (std::size_t i = 0; i < floats.size(); ++i) values[i] = static_cast<T>(floats[i]);
  });
}

std::span<std::int32_t> as_integers(std::vector<std::byte>& bytes) {
  return {reinterpret_cast<std::int32_t*>(bytes.data()), bytes.size() / sizeof(std::int32_t)};
}

}  // namespace

BatchLoader::BatchLoader(Device& device, const Dataset& dataset, BatchPlan plan, DType dtype)
    : device_{device}, dataset_{dataset}, plan_{std::move(plan)}, dtype_{dtype} {}

BatchLoader::~BatchLoader() {
  try {
    if (copied_) copied_->state().wait();
  } catch (...) {  // the copy will not happen; whoever waits for its stream hears why
  }
}

std::size_t BatchLoader::rows(std::size_t step) { return ids(step).size(); }

Batch BatchLoader::load(Stream& stream, std::size_t step, Rows rows) {
  if (copied_) copied_->state().wait();
  stage(std::span{ids(step)}.subspan(rows.first, rows.count));
  const bool has_labels = dataset_.has_labels();
  if (!copied_ || device_inputs_.rows() < rows.count) {
    device_inputs_ = device_targets_ = {};
    device_inputs_ =
        Tensor{device_, dataset_.has_tokens() ? DType::i32 : dtype_, {rows.count, dataset_.input_width()}, Use::batch};
    device_targets_ = has_labels ? Tensor{device_, DType::i32, labels_shape(rows.count), Use::batch}
                                 : Tensor{device_, dtype_, {rows.count, dataset_.target_width()}, Use::batch};
  }
  const Batch batch{device_inputs_.view(0, {rows.count, dataset_.input_width()}),
                    has_labels ? device_targets_.view(0, labels_shape(rows.count))
                               : device_targets_.view(0, {rows.count, dataset_.target_width()})};
  stream.copy_in(inputs_, batch.inputs);
  stream.copy_in(targets_, batch.targets);
  copied_ = stream.record();
  return batch;
}

Shape BatchLoader::labels_shape(std::size_t rows) const {
  return dataset_.has_tokens() ? Shape{rows, dataset_.labels_per_sample()} : Shape{rows};
}

const std::vector<SampleId>& BatchLoader::ids(std::size_t step) {
  if (step_ != step) {
    ids_ = plan_(step);
    step_ = step;
  }
  return ids_;
}

void BatchLoader::stage(std::span<const SampleId> ids) {
  if (dataset_.has_tokens()) {
    inputs_.resize(ids.size() * dataset_.input_width() * sizeof(std::int32_t));
    dataset_.copy_tokens(ids, as_integers(inputs_));
  } else {
    floats_.resize(ids.size() * dataset_.input_width());
    dataset_.copy_inputs(ids, floats_);
    convert(floats_, dtype_, inputs_);
  }
  if (dataset_.has_labels()) {
    targets_.resize(ids.size() * dataset_.labels_per_sample() * sizeof(std::int32_t));
    dataset_.copy_labels(ids, as_integers(targets_));
  } else {
    floats_.resize(ids.size() * dataset_.target_width());
    dataset_.copy_values(ids, floats_);
    convert(floats_, dtype_, targets_);
  }
}

}  // namespace lockstep
