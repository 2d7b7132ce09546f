#include "harness/run/in_child.hpp"

#include <cstring>

#include "harness/base/error.hpp"
#include "harness/run/child.hpp"
#include "harness/run/failure.hpp"

namespace lockstep {
namespace {

/// The child's side. Nothing may leave it but the line: above it is the parent's code.
Json outcome_of(const std::function<Json()>& work) {
  Json outcome;
  const std::optional<Failure> failure = failure_of([&] { outcome = {{"returned", work()}}; });
  return failure ? failure_json(*failure) : outcome;
}

}  // namespace

Json in_child(const std::string& name, Seconds deadline, const std::function<Json()>& work) {
  Json outcome;
  const ChildEnd end =
      run_in_child({.work =
                        [&](const std::function<void(std::string_view)>& send) {
                          send(outcome_of(work).dump(-1, ' ', false, Json::error_handler_t::replace));
                        },
                    .receive = [&](std::string_view line) { outcome = Json::parse(line, nullptr, false); },
                    .is_interrupted = [] { return false; },
                    .deadline = deadline});
  if (end.how == ChildEnd::How::deadline)
    throw Error{ExitCode::deadline, fmt::format("{}: not finished within {}", name, format_duration(deadline))};
  if (end.how == ChildEnd::How::crashed)
    throw RunError{fmt::format("{}: killed by signal {} ({})", name, end.signal, ::strsignal(end.signal))};
  if (const std::optional<Failure> failure = failure_in(outcome))
    throw Error{failure->code, fmt::format("{}: {}", name, failure->message)};
  if (!outcome.contains("returned"))
    throw RunError{fmt::format("{}: ended without a result, exit code {}", name, end.exit_code)};
  return outcome["returned"];
}

}  // namespace lockstep
