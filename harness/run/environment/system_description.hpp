// The machine in the terms of MLPerf.
#pragma once

#include "harness/run/result_json.hpp"

namespace lockstep {

/// The object that submissions to MLPerf keep in systems/NAME.json, with the field names that the checkers of MLPerf
/// inference and training ask for (submission_checker.py, SYSTEM_DESC_REQUIRED_FIELDS). What a program cannot know
/// (submitter, division, system_name, storage, networks, cooling, …) is empty, for people to fill in; what this machine
/// does not have is "N/A". `tool` and `environment` are those of a result.
Json mlperf_system_description(const Json& tool, const Json& environment);

}  // namespace lockstep
