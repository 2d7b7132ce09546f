// The kinds of question that a scenario can ask.
#pragma once

#include <filesystem>
#include <string_view>

#include "harness/run/result.hpp"
#include "harness/run/samples.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// A case about to run. Everything is the caller's.
struct CaseRun {
  const Case& one;
  const SampleSink& samples;
  const std::filesystem::path& directory;  // for dumps and checkpoints; exists
};

struct Family {
  std::string_view name;
  std::string_view question;
  CaseResult (*run)(const CaseRun&);  // what was found; the session concludes
};

/// Throws InternalError for a name that the scenario files do not allow.
const Family& family_named(std::string_view name);

/// Does training on N devices compute what one device computes?
CaseResult run_equivalence(const CaseRun& run);
/// How much faster are N devices than one?
CaseResult run_speedup(const CaseRun& run);
/// Does it learn, and along the same curve as one device?
CaseResult run_convergence(const CaseRun& run);
/// How long do collectives take, what of them is hidden, and who waits for whom?
CaseResult run_communication(const CaseRun& run);
/// Does a saved training go on as if it had never stopped?
CaseResult run_checkpoint(const CaseRun& run);
/// What does it take on each device, and which batch fits?
CaseResult run_memory(const CaseRun& run);
/// What do uneven pieces and slower devices cost, and is the result still right?
CaseResult run_imbalance(const CaseRun& run);
/// Do the checks see what they are there for?
CaseResult run_faults(const CaseRun& run);

}  // namespace lockstep
