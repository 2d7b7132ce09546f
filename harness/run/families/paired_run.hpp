// A baseline (one device) and a candidate, measured block by block in turn, so that both see the same machine.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/measure/paired_times.hpp"
#include "harness/measure/stopping_rule.hpp"
#include "harness/measure/trainer.hpp"
#include "harness/run/samples.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

struct Measured {
  PairedTimes times;           // median step of each block, seconds
  std::vector<double> silent;  // likewise of the candidate without its communication; empty on one device
  std::vector<double> warmup;  // steps of the candidate before the measurement, seconds
  std::vector<Block> baseline;
  std::vector<Block> candidate;
  std::string stopped;  // why no more blocks were measured
};

/// The trainings of one case, which share the machine. With several devices and `with_silent` the candidate is there
/// twice: its copy is measured without communication.
class PairedRun {
 public:
  /// Everything must outlive the run.
  PairedRun(const Scenario& scenario, const Training& training, const Dataset& dataset, bool with_silent);
  /// The same for trainings made elsewhere, without a silent one.
  PairedRun(const Scenario& scenario, Trainer baseline, Trainer candidate);

  /// Warms up, then measures until `limits` end it: baseline, silent, candidate; candidate, silent, baseline; … Each
  /// step's time goes to `samples` as it comes.
  Measured measure(const StoppingLimits& limits, const SampleSink& samples);

  [[nodiscard]] Trainer& baseline() { return baseline_; }
  [[nodiscard]] Trainer& candidate() { return candidate_; }

 private:
  struct Silent {
    Trainer trainer;
    std::shared_ptr<std::atomic<bool>> is_silent;
  };

  [[nodiscard]] std::vector<double> warm_up(const SampleSink& samples);
  void measure_pair(Measured& measured, const SampleSink& samples);

  const Scenario& scenario_;
  Trainer baseline_;
  Trainer candidate_;
  std::optional<Silent> silent_;
};

}  // namespace lockstep
