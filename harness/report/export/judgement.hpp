// Verdicts in words: what a result and a comparison have in common for whoever asks whether all is well.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/measure/verdict.hpp"
#include "harness/report/export/exportable.hpp"

namespace lockstep {

/// A name and what it is; both harmless text on one line.
using Fact = std::pair<std::string, std::string>;

struct JudgedCase {
  std::string name, family, tier;
  Verdict verdict = Verdict::error;
  std::string reason;
  std::optional<double> duration_s{};
  std::vector<std::string> grounds{};  // what decided: checks that did not hold, metrics that changed
  std::vector<std::string> numbers{};  // every number, with its interval, for people
  std::vector<Fact> properties{};      // every number, for programs: "step_time [s]" and its value
};

struct Judgement {
  std::string title;        // "run 0123456789abcdef" or "BASELINE against CANDIDATE"
  std::string started;      // UTC, ISO 8601; empty where it is not known
  std::string conclusion;   // of a comparison, one sentence
  std::vector<Fact> facts;  // of program and machine, or of the two sides
  std::vector<JudgedCase> cases;
};

/// Whoever reads only the cases must see what concerns all of them: a run that did not end, or a comparison whose exit
/// code no case explains, adds a case of its own to the family "lockstep".
Judgement judge(const Exportable& what);

/// How bad a verdict is: 0 all is well, 1 skipped, then upwards to a wrong result.
int severity(Verdict verdict);
/// The worst verdict; of nothing it is SKIPPED.
Verdict worst_verdict(const Judgement& judgement);
/// "3 FAIL, 526 PASS", the worst first.
std::string counts_text(const Judgement& judgement);
/// "FAIL" and the like, with the reason where there is one: "FAIL: exact".
std::string verdict_text(const JudgedCase& one);

}  // namespace lockstep
