#include "harness/report/export/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

std::string interval_text(const std::optional<double>& low, const std::optional<double>& high, std::string_view unit) {
  return low && high ? fmt::format(" [{}, {}]", shown(*low, unit), shown(*high, unit)) : "";
}

std::string check_text(const RecordedCheck& check) {
  std::string text =
      fmt::format("check {}: {}, compared {}", shown(check.name), name_of(check.verdict), check.compared);
  if (check.worst) text += fmt::format(", worst {:.4g}", *check.worst);
  if (check.limit) text += fmt::format(", limit {:.4g}", *check.limit);
  return check.because.empty() ? text : text + ": " + shown(check.because);
}

JudgedCase judge(const RecordedCase& one) {
  JudgedCase judged{.name = shown(one.name),
                    .family = shown(one.family),
                    .tier = shown(one.tier),
                    .verdict = one.verdict,
                    .reason = shown(one.reason),
                    .duration_s = one.duration_s};
  for (const RecordedCheck& check : one.checks)
    if (severity(check.verdict) > severity(Verdict::skipped)) judged.grounds.push_back(check_text(check));
  for (const std::string& finding : one.findings) judged.numbers.push_back(shown(finding));
  for (const RecordedMetric& metric : one.metrics) {
    if (!metric.value) continue;
    const std::string name = shown(metric.name);
    judged.numbers.push_back(fmt::format("{} {}{}", name, shown(*metric.value, metric.unit),
                                         interval_text(metric.low, metric.high, metric.unit)));
    judged.properties.emplace_back(fmt::format("{} [{}]", name, shown(metric.unit)), exact_text(*metric.value));
  }
  return judged;
}

std::string metric_text(const ComparedMetric& metric) {
  std::string text = fmt::format("{}: {}", shown(metric.name), name_of(metric.verdict));
  if (metric.ratio)
    text +=
        fmt::format(", {} of the baseline{}", shown(*metric.ratio, "1"), interval_text(metric.low, metric.high, "1"));
  if (metric.baseline && metric.candidate)
    text += fmt::format(", {} to {}", shown(*metric.baseline, metric.unit), shown(*metric.candidate, metric.unit));
  return metric.reason.empty() ? text : text + ": " + shown(metric.reason);
}

JudgedCase judge(const ComparedCase& one) {
  JudgedCase judged{.name = shown(one.name),
                    .family = shown(one.family),
                    .tier = shown(one.tier),
                    .verdict = one.verdict,
                    .reason = shown(one.reason)};
  for (const ComparedMetric& metric : one.metrics) {
    const bool is_plain = metric.verdict == Verdict::same || metric.verdict == Verdict::skipped;
    (is_plain ? judged.numbers : judged.grounds).push_back(metric_text(metric));
    const std::string name = shown(metric.name);
    judged.properties.emplace_back(name + " verdict", name_of(metric.verdict));
    if (metric.ratio) judged.properties.emplace_back(name + " ratio", exact_text(*metric.ratio));
    if (metric.q) judged.properties.emplace_back(name + " q", exact_text(*metric.q));
  }
  return judged;
}

JudgedCase of_everything(std::string name, Verdict verdict, std::string reason) {
  return {.name = std::move(name), .family = "lockstep", .tier = "", .verdict = verdict, .reason = std::move(reason)};
}

void add_fact(std::vector<Fact>& facts, std::string name, const std::optional<std::string>& value) {
  if (value && !value->empty()) facts.emplace_back(std::move(name), *value);
}

Judgement judge(const RecordedResult& result) {
  Judgement judgement{.title = result.run_id.empty() ? "run" : "run " + shown(result.run_id),
                      .started = shown(result.started),
                      .conclusion = "",
                      .facts = {},
                      .cases = {}};
  for (const char* key : {"version", "commit", "build_type", "compiler", "flags", "arch", "blas"})
    add_fact(judgement.facts, key, text_at(result.tool, key));
  add_fact(judgement.facts, "cpu", text_at(result.environment, "hardware", "cpu"));
  if (const auto cores = number_at(result.environment, "hardware", "cores"))
    judgement.facts.emplace_back("cores", exact_text(*cores));
  add_fact(judgement.facts, "os", text_at(result.environment, "software", "os"));
  for (const RecordedCase& one : result.cases) judgement.cases.push_back(judge(one));
  if (result.status != "complete")
    judgement.cases.push_back(
        of_everything("the whole run", Verdict::error,
                      fmt::format("the run is {}; it came to {} cases", shown(result.status), result.cases.size())));
  return judgement;
}

std::string side_text(const ComparedSide& side) {
  return side.commit.empty() ? shown(side.label) : fmt::format("{} ({})", shown(side.label), shown(side.commit));
}

/// What an exit code says when no case explains it.
Verdict verdict_of(ExitCode code) {
  if (code == ExitCode::failed) return Verdict::regressed;
  return code == ExitCode::inconclusive || code == ExitCode::nothing_ran ? Verdict::inconclusive : Verdict::error;
}

Judgement judge(const Comparison& comparison) {
  Judgement judgement{
      .title = fmt::format("{} against {}", shown(comparison.candidate.label), shown(comparison.baseline.label)),
      .started = shown(comparison.candidate.started),
      .conclusion = shown(comparison.conclusion),
      .facts = {{"baseline", side_text(comparison.baseline)},
                {"candidate", side_text(comparison.candidate)},
                {"design", shown(comparison.design)},
                {"alpha", exact_text(comparison.alpha)},
                {"compared metrics", fmt::format("{}", comparison.compared)}},
      .cases = {}};
  for (const Difference& difference : comparison.differences)
    judgement.facts.emplace_back(fmt::format("{} differs", shown(difference.what)),
                                 fmt::format("{} against {}{}", shown(difference.candidate), shown(difference.baseline),
                                             difference.forbids ? "; numbers are not comparable" : ""));
  for (const ComparedCase& one : comparison.cases) judgement.cases.push_back(judge(one));
  if (comparison.exit_code != ExitCode::passed && severity(worst_verdict(judgement)) <= severity(Verdict::skipped))
    judgement.cases.push_back(
        of_everything("the whole comparison", verdict_of(comparison.exit_code), shown(comparison.conclusion)));
  return judgement;
}

}  // namespace

Judgement judge(const Exportable& what) {
  return std::visit([](const auto* one) { return judge(*one); }, what);
}

int severity(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
    case Verdict::same:
    case Verdict::improved:
      return 0;
    case Verdict::skipped:
      return 1;
    case Verdict::inconclusive:
      return 2;
    case Verdict::missing:
      return 3;
    case Verdict::invalid:
      return 4;
    case Verdict::error:
      return 5;
    case Verdict::regressed:
      return 6;
    case Verdict::fail:
      return 7;
  }
  return 5;
}

Verdict worst_verdict(const Judgement& judgement) {
  if (judgement.cases.empty()) return Verdict::skipped;
  // Of cases that are well or skipped, one that is well speaks for all: something ran.
  const auto weight = [](const JudgedCase& one) {
    const int bad = severity(one.verdict);
    return bad == 1 ? -1 : bad;
  };
  return std::ranges::max(judgement.cases, {}, weight).verdict;
}

std::string counts_text(const Judgement& judgement) {
  std::array<std::size_t, verdict_names.size()> counts{};
  for (const JudgedCase& one : judgement.cases) ++counts[static_cast<std::size_t>(one.verdict)];
  std::vector<Verdict> verdicts;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) verdicts.push_back(static_cast<Verdict>(i));
  std::ranges::stable_sort(verdicts, std::ranges::greater{}, severity);
  std::string text;
  for (const Verdict verdict : verdicts)
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[static_cast<std::size_t>(verdict)], name_of(verdict));
  return text.empty() ? "no cases" : text;
}

std::string verdict_text(const JudgedCase& one) {
  return one.reason.empty() ? std::string{name_of(one.verdict)}
                            : fmt::format("{}: {}", name_of(one.verdict), one.reason);
}

}  // namespace lockstep
