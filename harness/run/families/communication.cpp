#include "harness/run/families/communication.hpp"

namespace lockstep {

CaseResult run_communication(const CaseRun& run) {
  return run.one.scenario.is_training() ? measure_training_communication(run) : measure_collective(run);
}

}  // namespace lockstep
