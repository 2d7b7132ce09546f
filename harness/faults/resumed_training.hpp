// A training that is saved, loaded and gone on with, with a place for a fault at every joint.
#pragma once

#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "harness/base/file_ops.hpp"
#include "harness/device/world.hpp"
#include "harness/faults/faulty_communicator.hpp"
#include "harness/measure/checks/resume.hpp"

namespace lockstep {

struct RunPlace {
  std::string strategy = "ddp";
  int devices = 2;
};
inline std::ostream& operator<<(std::ostream& out, const RunPlace& place) {
  return out << place.strategy << " on " << place.devices;
}

/// What may go wrong between a training and its continuation. Empty functions do nothing.
struct ResumeFault {
  std::function<void(TrainingState&)> when_captured{};
  std::function<void(std::vector<TensorBytes>&)> in_tensors{};  // that are written
  std::function<void(Metadata&)> in_metadata{};                 // likewise
  std::function<void(FileOps&, const std::filesystem::path&)> in_newest_file{};
  std::function<void(TrainingState&)> when_loaded{};
  std::function<bool(int rank)> is_restored{};       // true by default
  std::function<BatchPlan(BatchPlan)> in_batches{};  // of the run that goes on
};

/// The fault, which counts how often it acts.
ResumeFault counted(ResumeFault fault, Fired fired);

struct ResumeCase {
  RunPlace saver{};
  RunPlace loader{};
  std::size_t micro_batch = 0;  // of 4: where in a step it is saved
  ParameterPrefix prefix = ParameterPrefix::none;
};

inline constexpr std::size_t resume_steps = 10;
inline constexpr std::size_t saved_after = 5;

/// What is trained, and where its checkpoints go. The caller's.
struct ResumeSubject {
  const Training& training;
  const Dataset& dataset;
  std::size_t batch;
  StrategyOptions options;  // with 4 micro-batches
  std::function<World(const RunPlace& place)> open_world;
  FileOps& files;
  std::filesystem::path directory;  // without a checkpoint
};

/// A run of the subject, over all its steps.
RunFacts facts_of(const ResumeSubject& subject, const RunPlace& place);

/// 5 steps, a checkpoint, a fresh world, 5 more steps; what the checks say. What is not loaded is a failed check
/// "load".
std::vector<CheckResult> resume_with(const ResumeFault& fault, const ResumeCase& one, const ResumeSubject& subject,
                                     Agreement agreement = Agreement::bits);

}  // namespace lockstep
