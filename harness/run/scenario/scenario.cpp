#include "harness/run/scenario/scenario.hpp"

#include <fmt/format.h>

#include "harness/base/hash.hpp"
#include "harness/run/scenario/keys.hpp"

namespace lockstep {

std::size_t ModelSpec::parameters() const {
  std::size_t count = 0;
  for (std::size_t layer = 0; layer < layers(); ++layer) count += widths[layer + 1] * (widths[layer] + (bias ? 1 : 0));
  return count;
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
  for (std::filesystem::path* path :
       {&meaning.data.images, &meaning.data.labels, &meaning.data.test_images, &meaning.data.test_labels})
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
