// Results as JSON: the shapes of result.json (reports/result.schema.json) and of the lines of samples.jsonl.
#pragma once

#include "harness/base/json.hpp"
#include "harness/run/result.hpp"
#include "harness/run/samples.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

/// What identifies a case before it has run: name, scenario, hash, family, question, axes, tier, and what its numbers
/// depend on most: devices, strategy, batch, precision, number of blocks.
Json identity_json(const Case& one);
/// The rest of a case. Numbers that are not finite become null.
Json outcome_json(const CaseResult& result);
Json sample_json(const Case& one, const Sample& sample);

}  // namespace lockstep
