// The faults that the checks are tried on, with the checks that must catch each.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/doubles/faulty_communicator.hpp"
#include "tests/measure/subject.hpp"

namespace lockstep {

/// One fault and where it is planted: at least one of the `in_…` members is set.
struct PlantedFault {
  std::string name;
  std::vector<std::string> strategies;
  std::set<std::string> caught_on_exact{};  // checks that must fail; others may. Empty: not tried on this data
  std::set<std::string> caught_on_real{};
  std::set<std::string> hidden_by_bf16{};  // checks that need not see it where numbers are stored in bf16

  std::optional<Plant> in_communication{};
  /// The samples that a rank takes for the batch of a step.
  std::function<std::vector<SampleId>(int rank, std::vector<SampleId> honest)> in_batches{};
  /// What is done to a rank after a step.
  std::function<void(std::size_t step, Strategy& strategy)> in_state{};
  /// What is done to a rank's complete gradients before its update.
  std::function<void(Strategy& strategy)> in_update{};
  std::function<void(Training& training)> in_training{};
  std::function<void(Recording& run)> in_recording{};
  double clip_norm = 0;  // of the training, and of the one that it is compared with; 0: none
  std::size_t rows = 0;  // of the global batch; 0: 16 on exact data and 13 on real data
};

/// For a world of `ranks`, at least 2.
std::vector<PlantedFault> planted_faults(int ranks);

/// The checks' verdicts on a run with the fault, by name, and how often the fault fired.
struct Outcome {
  std::set<std::string> failed;
  int fired;
};
Outcome try_fault(const PlantedFault& fault, const std::string& strategy, int ranks, Data data);

}  // namespace lockstep
