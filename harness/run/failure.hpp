// What an exception amounts to, for the process that waits for the one it was thrown in.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "harness/base/error.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {

struct Failure {
  ExitCode code;
  std::string message;
  Json last_collectives = Json::array();  // of every rank, oldest first; empty where no world of ranks failed
};

/// Runs `work`; what it threw, if it did.
std::optional<Failure> failure_of(const std::function<void()>& work);

/// {"error": {"code", "message", "last_collectives"}}
Json failure_json(const Failure& failure);
/// The failure in such a line; none in others.
std::optional<Failure> failure_in(const Json& line);

}  // namespace lockstep
