// Results as JSON: the shapes of result.json (reports/result.schema.json) and of the lines of samples.jsonl.
#pragma once

#include <nlohmann/json.hpp>

#include "harness/run/result.hpp"
#include "harness/run/samples.hpp"
#include "harness/run/scenario/scenario.hpp"

namespace lockstep {

using Json = nlohmann::ordered_json;

/// What identifies a case before it has run: name, scenario, hash, family, question, axes, tier.
Json identity_json(const Case& one);
/// The rest of a case. Numbers that are not finite become null.
Json outcome_json(const CaseResult& result);
Json sample_json(const Case& one, const Sample& sample);

}  // namespace lockstep
