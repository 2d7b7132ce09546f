#include "harness/run/scenario/scenario.hpp"

#include <fmt/format.h>

#include "harness/base/hash.hpp"
#include "harness/run/scenario/keys.hpp"

namespace lockstep {

namespace {

/// Convolutions, their normalisations and the linear layer of harness/train/models/resnet.hpp.
std::size_t resnet_parameters(const ModelSpec& model) {
  const std::size_t norm = model.normalization == ModelSpec::Normalization::batch ? 2 : 0;
  const auto convolution = [&](std::size_t from, std::size_t to, std::size_t kernel) {
    return to * (from * kernel * kernel + norm);
  };
  std::size_t count = convolution(model.image[0], model.filters, 3);
  std::size_t channels = model.filters;
  for (const std::size_t filters : {model.filters, 2 * model.filters, 4 * model.filters}) {
    count += convolution(channels, filters, 3) + (model.depth - 2) / 6 * 2 * convolution(filters, filters, 3) -
             convolution(filters, filters, 3);
    if (channels != filters) count += convolution(channels, filters, 1);
    channels = filters;
  }
  return count + (channels + 1) * model.classes;
}

/// Embeddings, normalisations, attention and perceptrons of harness/train/models/gpt.hpp.
std::size_t gpt_parameters(const ModelSpec& model) {
  const std::size_t width = model.width;
  return (model.vocabulary + model.context + 2) * width + model.blocks * (12 * width + 13) * width;
}

}  // namespace

std::size_t ModelSpec::inputs() const {
  if (kind == Kind::gpt) return context;
  return kind == Kind::mlp ? widths.front() : image[0] * image[1] * image[2];
}

std::size_t ModelSpec::outputs() const {
  if (kind == Kind::gpt) return vocabulary;
  return kind == Kind::mlp ? widths.back() : classes;
}

std::size_t ModelSpec::parameters() const {
  if (kind == Kind::resnet) return resnet_parameters(*this);
  if (kind == Kind::gpt) return gpt_parameters(*this);
  std::size_t count = 0;
  for (std::size_t layer = 0; layer < layers(); ++layer) count += widths[layer + 1] * (widths[layer] + (bias ? 1 : 0));
  return count;
}

std::vector<int> RunSpec::gpus_of(std::size_t ranks) const {
  std::vector<int> gpus;
  for (const std::size_t gpu : device_map)
    if (gpus.size() < ranks) gpus.push_back(static_cast<int>(gpu));
  return gpus;
}

std::size_t Scenario::global_batch() const {
  const bool weak = run.scaling == RunSpec::Scaling::weak && run.strategy != RunSpec::Strategy::single;
  return weak ? train.batch * run.devices : train.batch;
}

RunSpec Scenario::resumed_run() const {
  RunSpec resumed = run;
  if (checkpoint.resume_strategy == CheckpointSpec::Strategy::single) resumed.strategy = RunSpec::Strategy::single;
  if (checkpoint.resume_strategy == CheckpointSpec::Strategy::dp) resumed.strategy = RunSpec::Strategy::dp;
  if (checkpoint.resume_strategy == CheckpointSpec::Strategy::ddp) resumed.strategy = RunSpec::Strategy::ddp;
  if (checkpoint.resume_devices > 0) resumed.devices = checkpoint.resume_devices;
  return resumed;
}

std::string Scenario::hash() const {
  Scenario meaning = *this;
  // The same files lie elsewhere on another machine.
  for (std::filesystem::path* path : {&meaning.data.images, &meaning.data.labels, &meaning.data.test_images,
                                      &meaning.data.test_labels, &meaning.data.text})
    *path = path->filename();
  // Defaults do not count, so that a new key leaves the hashes of the scenarios that do not use it as they are.
  const Scenario defaults;
  std::string text;
  for (const Key& key : scenario_keys()) {
    const std::string value = key.print(meaning);
    const bool counts = key.hashed && key.used(meaning) && (key.required || value != key.print(defaults));
    if (counts) text += fmt::format("{} = {}\n", key.path, value);
  }
  return format_hash(hash_text(text));
}

}  // namespace lockstep
