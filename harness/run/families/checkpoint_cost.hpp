// What a checkpoint costs the training that waits for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/measure/metric.hpp"
#include "harness/measure/state/saved_state.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/samples.hpp"

namespace lockstep {

/// Seconds of each round; all of the same bytes, in the same folder, one after the other.
struct CheckpointTimes {
  std::size_t bytes = 0;            // of the file
  std::vector<double> capture;      // from the devices to host memory
  std::vector<double> save;         // from there until the file survives a crash
  std::vector<double> plain_write;  // write and fsync
  std::vector<double> load;         // from the directory to host memory, hashes verified
  std::vector<double> restore;      // from there until all devices hold the state
  std::vector<double> plain_read;   // read into new memory
};

/// Saves and loads the trainer's state in `folder`, `rounds` times.
CheckpointTimes time_checkpoints(Trainer& trainer, const RunFacts& run, const std::filesystem::path& folder,
                                 std::size_t rounds);

/// Times, bandwidths, and efficiencies: the plain operation's time over the checkpoint's, round by round. Medians with
/// their intervals.
std::vector<Metric> cost_metrics(const CheckpointTimes& times);

/// What the training waits for, in a sentence.
std::string cost_finding(const CheckpointTimes& times);

void send_samples(const CheckpointTimes& times, const SampleSink& samples);

}  // namespace lockstep
