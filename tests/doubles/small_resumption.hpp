// Small trainings that are saved to files in memory and gone on with.
#pragma once

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/resumed_training.hpp"
#include "tests/doubles/memory_files.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {

/// Two layers of equal shape, and an optimizer that keeps two tensors and counts its updates.
inline TrainingWithData adam_training() {
  TrainingWithData subject = real_training();
  subject.training.architecture = make_mlp({20, 16, 16, 10}, Activation::tanh, true);
  subject.training.initial_values = kaiming_uniform(subject.training.architecture.parameter_specs(), 6);
  subject.training.optimizer = kernels::AdamSettings{.learning_rate = 0.01};
  return subject;
}

inline ResumeSubject resumed(const TrainingWithData& subject, FileOps& files) {
  StrategyOptions options = small_buckets;
  options.micro_batches = 4;
  return {.training = subject.training,
          .dataset = subject.dataset,
          .batch = 16,
          .options = options,
          .open_world = [](const RunPlace& place) { return cpu::open_world({.ranks = place.devices}); },
          .files = files,
          .directory = "/checkpoints"};
}

inline RunFacts facts_of(const TrainingWithData& subject, const RunPlace& place) {
  testing::MemoryFiles files;
  return facts_of(resumed(subject, files), place);
}

inline std::vector<CheckResult> resume_with(const ResumeFault& fault, const ResumeCase& one,
                                            const TrainingWithData& subject, Agreement agreement = Agreement::bits) {
  testing::MemoryFiles files;
  return resume_with(fault, one, resumed(subject, files), agreement);
}

}  // namespace lockstep
