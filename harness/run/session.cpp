#include "harness/run/session.hpp"

#include <csignal>
#include <cstring>

#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/child.hpp"
#include "harness/run/expectations.hpp"
#include "harness/run/failure.hpp"
#include "harness/run/families/family.hpp"
#include "harness/run/out_of_memory.hpp"

namespace lockstep {
namespace {

// Lines from a child: {"sample": …}, and at its end {"result": …} or a failure's.

using Send = std::function<void(std::string_view)>;

/// The child's side.
void run_case(const Case& one, const std::filesystem::path& directory, const Send& send) {
  const std::string_view tier = tier_of(one.scenario);
  const SampleSink samples = [&](const Sample& sample) {
    if (is_recorded(sample, tier)) send(Json{{"sample", sample_json(one, sample)}}.dump());
  };
  const std::optional<Failure> failure = failure_of([&] {
    try {
      CaseResult result = family_named(one.scenario.family).run({one, samples, directory});
      withhold_times(result, tier);
      add_expectations(result, one);
      conclude(result);
      send(Json{{"result", outcome_json(result)}}.dump(-1, ' ', false, Json::error_handler_t::replace));
    } catch (const RankOutOfMemory& error) {
      throw Error{error.code(), explained(error, one.scenario)};
    }
  });
  if (failure) send(failure_json(*failure).dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// What came of a case, for result.json and for the exit code.
struct Ended {
  Json outcome;
  ExitCode code = ExitCode::passed;
};

Ended errored(ExitCode code, const std::string& reason) {
  CaseResult result{.verdict = Verdict::error, .reason = reason};
  return {outcome_json(result), code};
}

/// The parent's side: what the child's last line and its end amount to.
Ended judge(const ChildEnd& end, const Json& last_line, const Scenario& scenario) {
  if (end.how == ChildEnd::How::deadline)
    return errored(ExitCode::deadline, fmt::format("not finished within {}", format_duration(scenario.run.deadline)));
  if (end.how == ChildEnd::How::crashed)
    return errored(end.signal == SIGKILL ? ExitCode::runtime : ExitCode::internal,
                   fmt::format("killed by signal {} ({})", end.signal, ::strsignal(end.signal)));
  if (const auto failure = failure_in(last_line)) {
    Ended ended = errored(failure->code, failure->message);
    if (!failure->last_collectives.empty()) ended.outcome["last_collectives"] = failure->last_collectives;
    return ended;
  }
  if (!last_line.contains("result"))
    return errored(ExitCode::internal, fmt::format("ended without a result, exit code {}", end.exit_code));
  return {last_line["result"], ExitCode::passed};
}

struct CaseRunner {
  ResultFile& file;
  SessionObserver& observer;
  const std::function<int()>& interrupted;

  /// Nothing when interrupted.
  std::optional<Ended> run(const Case& one) const {
    Json last_line = Json::object();
    const ChildEnd end = run_in_child({.work = [&](const Send& send) { run_case(one, file.directory(), send); },
                                       .receive =
                                           [&](std::string_view line) {
                                             Json message = Json::parse(line, nullptr, false);
                                             if (!message.is_object()) return;
                                             if (message.contains("sample")) return file.add_sample(message["sample"]);
                                             last_line = std::move(message);
                                           },
                                       .is_interrupted =
                                           [&] {
                                             observer.waiting();
                                             return interrupted() != 0;
                                           },
                                       .deadline = one.scenario.run.deadline});
    if (end.how == ChildEnd::How::interrupted) return std::nullopt;
    return judge(end, last_line, one.scenario);
  }
};

/// The most serious thing that happened decides: a wrong result, then an error, then one that says nothing.
class ExitCodeOfCases {
 public:
  void add(const std::string& verdict, ExitCode error) {
    if (verdict == name_of(Verdict::fail) || verdict == name_of(Verdict::regressed)) failed_ = true;
    if (verdict == name_of(Verdict::error) && error_ == ExitCode::passed) error_ = error;
    const bool is_good =
        verdict == name_of(Verdict::pass) || verdict == name_of(Verdict::same) || verdict == name_of(Verdict::improved);
    if (is_good) ran_ = true;
    // Whatever else it says, it is not that all is well.
    else if (verdict != name_of(Verdict::skipped))
      doubtful_ = true;
  }
  [[nodiscard]] ExitCode code() const {
    if (failed_) return ExitCode::failed;
    if (error_ != ExitCode::passed) return error_;
    if (doubtful_) return ExitCode::inconclusive;
    return ran_ ? ExitCode::passed : ExitCode::nothing_ran;
  }

 private:
  bool failed_ = false;
  bool doubtful_ = false;
  bool ran_ = false;
  ExitCode error_ = ExitCode::passed;
};

}  // namespace

ExitCode run_session(const std::vector<Case>& cases, ResultFile& file, SessionObserver& observer,
                     const std::function<int()>& interrupted) {
  const CaseRunner runner{file, observer, interrupted};
  ExitCodeOfCases exit_code;
  for (std::size_t index = 0; index < cases.size(); ++index) {
    const Case& one = cases[index];
    Json result = identity_json(one);
    // What is expected now may not be what was expected then.
    const bool may_reuse = one.scenario.expectations.empty();
    if (const Json* finished = may_reuse ? file.finished(result) : nullptr) {
      result = *finished;
      exit_code.add(result["verdict"], ExitCode::passed);
    } else {
      file.start_case(result);
      observer.case_started(index, cases.size(), one);
      const double start = steady_seconds();
      const std::optional<Ended> ended = runner.run(one);
      if (!ended) {
        const ExitCode code = interrupted() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
        file.finish("interrupted", static_cast<int>(code));
        return code;
      }
      result.update(ended->outcome);
      if (result["tier"] != "emulated") result["duration_s"] = steady_seconds() - start;
      exit_code.add(result["verdict"], ended->code);
      file.add_case(result);
    }
    observer.case_finished(index, cases.size(), result);
  }
  file.finish("complete", static_cast<int>(exit_code.code()));
  return exit_code.code();
}

}  // namespace lockstep
