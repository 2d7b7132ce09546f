// Workflow commands: lines of a job's output that GitHub shows beside it.
#include <fmt/format.h>

#include <algorithm>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/judgement.hpp"

namespace lockstep {
namespace {

/// GitHub shows as many of each kind and step.
constexpr std::size_t shown_of_a_kind = 10;

std::string replaced(std::string_view text, std::string_view characters) {
  std::string escaped;
  for (const char c : text)
    escaped += characters.find(c) != std::string_view::npos ? fmt::format("%{:02X}", static_cast<unsigned char>(c))
                                                            : std::string{c};
  return escaped;
}

std::string data(std::string_view text) { return replaced(text, "%\r\n"); }
std::string property(std::string_view text) { return replaced(text, "%\r\n:,"); }

std::string command(std::string_view kind, std::string_view title, std::string_view message) {
  return fmt::format("::{} title={}::{}\n", kind, property(title), data(message));
}

std::string_view kind_of(Verdict verdict) {
  if (severity(verdict) == 0) return "";
  if (verdict == Verdict::skipped) return "";
  return verdict == Verdict::inconclusive ? "warning" : "error";
}

std::string message_of(const JudgedCase& one) {
  std::string text = verdict_text(one);
  for (const std::string& ground : one.grounds) text += "\n" + ground;
  return text;
}

/// The worst first; where there are more than GitHub shows, the last one says how many.
std::string of_kind(std::string_view kind, const std::vector<const JudgedCase*>& cases) {
  std::string text;
  const bool all_fit = cases.size() <= shown_of_a_kind;
  const std::size_t count = all_fit ? cases.size() : shown_of_a_kind - 1;
  for (std::size_t i = 0; i < count; ++i) text += command(kind, cases[i]->name, message_of(*cases[i]));
  if (!all_fit)
    text += command(kind, fmt::format("{} more", cases.size() - count), "The summary and the result have all of them.");
  return text;
}

}  // namespace

std::string write_github_annotations(const Exportable& what, const ExportOptions&) {
  const Judgement judgement = judge(what);
  if (judgement.cases.empty()) nothing_to_export("github-annotations", "there is no case");
  std::string text;
  for (const std::string_view kind : {"error", "warning"}) {
    std::vector<const JudgedCase*> cases;
    for (const JudgedCase& one : judgement.cases)
      if (kind_of(one.verdict) == kind) cases.push_back(&one);
    std::ranges::stable_sort(cases, std::ranges::greater{},
                             [](const JudgedCase* one) { return severity(one->verdict); });
    text += of_kind(kind, cases);
  }
  return text + command("notice", fmt::format("Lockstep: {}", name_of(worst_verdict(judgement))),
                        fmt::format("{} in {}", counts_text(judgement), judgement.title));
}

}  // namespace lockstep
