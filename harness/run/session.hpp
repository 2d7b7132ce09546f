// Runs cases one after the other and keeps the result on disk up to date.
#pragma once

#include <functional>
#include <vector>

#include "harness/base/error.hpp"
#include "harness/run/result_file.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// Told what happens; for people. All in the session's thread.
class SessionObserver {
 public:
  virtual ~SessionObserver() = default;
  virtual void case_started(std::size_t index, std::size_t total, const Case& one) = 0;
  /// Called several times a second while a case runs.
  virtual void waiting() = 0;
  virtual void case_finished(std::size_t index, std::size_t total, const Json& result) = 0;
};

/// Each case runs in a child process with its deadline; what happens to it costs that case only. `interrupted` returns
/// the signal that asks to stop, or 0. Returns what the process should exit with.
ExitCode run_session(const std::vector<Case>& cases, ResultFile& file, SessionObserver& observer,
                     const std::function<int()>& interrupted);

}  // namespace lockstep
