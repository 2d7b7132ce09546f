#include "harness/run/in_child.hpp"

#include <cstring>

#include "harness/base/error.hpp"
#include "harness/run/child.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::json;

Json error_json(ExitCode code, const std::string& message) {
  return {{"error", {{"code", static_cast<int>(code)}, {"message", message}}}};
}

/// The child's side. Nothing may leave it but the line: above it is the parent's code.
Json outcome_of(const std::function<Json()>& work) {
  try {
    return {{"returned", work()}};
  } catch (const Error& error) {
    return error_json(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return error_json(ExitCode::runtime, "the host is out of memory");
  } catch (const std::exception& error) {
    return error_json(ExitCode::internal, fmt::format("{}; this is a bug in lockstep", error.what()));
  }
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
  if (outcome.contains("error"))
    throw Error{static_cast<ExitCode>(outcome["error"]["code"].get<int>()),
                fmt::format("{}: {}", name, outcome["error"]["message"].get<std::string>())};
  if (!outcome.contains("returned"))
    throw RunError{fmt::format("{}: ended without a result, exit code {}", name, end.exit_code)};
  return outcome["returned"];
}

}  // namespace lockstep
