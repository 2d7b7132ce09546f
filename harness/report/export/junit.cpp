// JUnit XML, in the order of elements that Jenkins' schema fixes: properties, verdict, system-out.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/judgement.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

/// For text and attributes. Every > is escaped, and with it the ]]> that must not occur. Lines within are kept as they
/// are; a reader makes one space of a line break in an attribute, so those get text on one line.
std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  return escaped;
}

enum class Outcome { passed, failure, error, skipped };

Outcome outcome_of(Verdict verdict, const ExportOptions& options) {
  switch (verdict) {
    case Verdict::pass:
    case Verdict::same:
    case Verdict::improved:
      return Outcome::passed;
    case Verdict::skipped:
      return Outcome::skipped;
    case Verdict::inconclusive:
      return options.skip_inconclusive ? Outcome::skipped : Outcome::failure;
    case Verdict::error:
      return Outcome::error;
    case Verdict::fail:
    case Verdict::regressed:
    case Verdict::invalid:
    case Verdict::missing:
      return Outcome::failure;
  }
  return Outcome::error;
}

std::string seconds_text(double seconds) { return fmt::format("{:.6f}", std::max(seconds, 0.0)); }

struct Suite {
  std::string name;
  std::vector<const JudgedCase*> cases;

  [[nodiscard]] std::size_t count(Outcome outcome, const ExportOptions& options) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        cases, [&](const JudgedCase* one) { return outcome_of(one->verdict, options) == outcome; }));
  }
  /// Not set when no case has a duration.
  [[nodiscard]] std::optional<double> seconds() const {
    std::optional<double> sum;
    for (const JudgedCase* one : cases)
      if (one->duration_s) sum = sum.value_or(0) + *one->duration_s;
    return sum;
  }
};

std::vector<Suite> suites_of(const Judgement& judgement) {
  std::vector<Suite> suites;
  for (const JudgedCase& one : judgement.cases) {
    const std::string name = one.family.empty() ? "lockstep" : one.family;
    auto suite = std::ranges::find(suites, name, &Suite::name);
    if (suite == suites.end()) suite = suites.insert(suites.end(), Suite{name, {}});
    suite->cases.push_back(&one);
  }
  return suites;
}

std::string time_attribute(const std::optional<double>& seconds) {
  return seconds ? fmt::format(" time=\"{}\"", seconds_text(*seconds)) : "";
}

/// The counts and the time of one suite, or of all.
std::string totals(const std::vector<Suite>& suites, const ExportOptions& options) {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::optional<double> seconds;
  for (const Suite& suite : suites) {
    tests += suite.cases.size();
    failures += suite.count(Outcome::failure, options);
    errors += suite.count(Outcome::error, options);
    skipped += suite.count(Outcome::skipped, options);
    if (suite.seconds()) seconds = seconds.value_or(0) + *suite.seconds();
  }
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"{}", tests, failures, errors, skipped,
                     time_attribute(seconds));
}

std::string properties(const std::vector<Fact>& facts, std::string_view indent) {
  if (facts.empty()) return "";
  std::string text = fmt::format("{}<properties>\n", indent);
  for (const auto& [name, value] : facts)
    text += fmt::format("{}  <property name=\"{}\" value=\"{}\"/>\n", indent, xml(name), xml(value));
  return text + fmt::format("{}</properties>\n", indent);
}

std::string lines(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += "\n" + text;
  return joined;
}

/// The verdict is in the message and in the body: some readers show only one of them.
std::string verdict_element(const JudgedCase& one, Outcome outcome) {
  const std::string verdict = xml(verdict_text(one));
  const std::string body = verdict + xml(lines(one.grounds));
  switch (outcome) {
    case Outcome::passed:
      return "";
    case Outcome::failure:
      return fmt::format("      <failure message=\"{}\" type=\"{}\">{}</failure>\n", verdict, name_of(one.verdict),
                         body);
    case Outcome::error:
      return fmt::format("      <error message=\"{}\" type=\"{}\">{}</error>\n", verdict, name_of(one.verdict), body);
    case Outcome::skipped:
      return fmt::format("      <skipped message=\"{}\"/>\n", verdict);
  }
  return "";
}

std::string test_case(const JudgedCase& one, const Suite& suite, const ExportOptions& options) {
  return fmt::format(
      "    <testcase classname=\"lockstep.{}\" name=\"{}\"{}>\n{}{}"
      "      <system-out>{}</system-out>\n    </testcase>\n",
      xml(suite.name), xml(one.name), time_attribute(one.duration_s), properties(one.properties, "      "),
      verdict_element(one, outcome_of(one.verdict, options)),
      xml(verdict_text(one) + lines(one.grounds) + lines(one.numbers)));
}

/// " timestamp="2026-01-31T12:00:00"": the schema knows no time zone, so it is UTC without saying so.
std::string timestamp_attribute(std::string_view started) {
  const std::string_view pattern = "0000-00-00T00:00:00";
  if (started.size() < pattern.size()) return "";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_digit = started[i] >= '0' && started[i] <= '9';
    if (pattern[i] == '0' ? !is_digit : started[i] != pattern[i]) return "";
  }
  return fmt::format(" timestamp=\"{}\"", started.substr(0, pattern.size()));
}

}  // namespace

std::string write_junit(const Exportable& what, const ExportOptions& options) {
  const Judgement judgement = judge(what);
  if (judgement.cases.empty()) nothing_to_export("junit", "there is no case");
  const std::vector<Suite> suites = suites_of(judgement);
  const std::string timestamp = timestamp_attribute(judgement.started);
  std::string text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n",
                                 xml("lockstep: " + judgement.title), totals(suites, options));
  for (const Suite& suite : suites) {
    // The schema asks for a host's name; ours is told only on request.
    text += fmt::format("  <testsuite name=\"{}\" {}{} hostname=\"localhost\">\n", xml(suite.name),
                        totals({suite}, options), timestamp);
    text += properties(judgement.facts, "    ");
    for (const JudgedCase* one : suite.cases) text += test_case(*one, suite, options);
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

}  // namespace lockstep
