// What the checks are tried on: a small training, what one device makes of it, and all checks on a run of it.
#pragma once

#include <string>
#include <vector>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/faults/trial.hpp"
#include "tests/doubles/trainings.hpp"

namespace lockstep {

enum class Data { exact, real, exact_bf16, real_bf16 };

constexpr bool is_exact(Data data) { return data == Data::exact || data == Data::exact_bf16; }
constexpr bool is_bf16(Data data) { return data == Data::exact_bf16 || data == Data::real_bf16; }

/// A training with the recordings of one device in its type and in f64.
struct SmallSubject {
  Data data;
  std::uint64_t seed;
  TrainingWithData training;
  std::size_t rows;  // of a global batch
  Recording one;
  Recording oracle;
};

inline constexpr std::size_t recorded_steps = 4;

/// With exact data `rows` must be a power of two, and nothing is clipped.
SmallSubject make_subject(Data data, std::size_t rows, std::uint64_t seed = 5, double clip_norm = 0);

/// An honest plan for the subject.
RecordingPlan plan_for(const SmallSubject& subject, const std::string& strategy);

Recording record_on(int ranks, const SmallSubject& subject, const RecordingPlan& plan,
                    cpu::Order order = cpu::Order::at_once);

/// Every check that applies to the subject's data, by the names of their results.
std::vector<CheckResult> run_checks(const Recording& run, const SmallSubject& subject);

/// The subject, which must outlive it, for faults to be planted in.
FaultSubject for_faults(const SmallSubject& subject, const std::string& strategy, int ranks);

}  // namespace lockstep
