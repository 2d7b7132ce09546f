#include "harness/report/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "harness/base/clock.hpp"
#include "harness/base/units.hpp"
#include "harness/report/collectives_table.hpp"

namespace lockstep {
namespace {

/// Without an exception when it fails: a run does not end because nobody reads along. The stream remembers the failure.
template <typename... Args>
void print(std::FILE* out, fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(fmt::format(text, std::forward<Args>(args)...).c_str(), out);
}

std::size_t terminal_width(std::FILE* out) {
  winsize size{};
  return ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// The metrics that say most, in the order in which they are shown.
std::string main_numbers(const Json& result) {
  static constexpr std::array<std::string_view, 11> shown{
      "speedup",    "dp_tax",        "step_time",           "exposed_fraction", "overlap",      "bus_bandwidth",
      "throughput", "test_accuracy", "loss_curve_distance", "largest_batch",    "device0_ratio"};
  std::string text;
  for (const std::string_view name : shown)
    for (const Json& metric : result["metrics"]) {
      if (metric["name"] != name || metric["value"].is_null()) continue;
      const double value = metric["value"];
      const std::string number = metric["unit"] == "s"     ? format_duration(Seconds{value})
                                 : metric["unit"] == "B/s" ? fmt::format("{:.4g} GB/s", value * 1e-9)
                                                           : fmt::format("{:.4g}", value);
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, number);
      if (metric["unit"] == "samples/s") text += "/s";
    }
  return text;
}

std::string describe_checks(const Json& result) {
  const auto passed =
      std::ranges::count_if(result["checks"], [](const Json& check) { return check["verdict"] == "PASS"; });
  return result["checks"].empty() ? "" : fmt::format("{}/{} checks", passed, result["checks"].size());
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

ConsoleProgress::ConsoleProgress(std::FILE* out, Detail detail)
    : out_{out}, detail_{detail}, is_terminal_{::isatty(::fileno(out)) == 1}, started_{steady_seconds()} {}

void ConsoleProgress::case_started(std::size_t index, std::size_t total, const Case& one) {
  done_ = index;
  total_ = total;
  current_ = one.name;
  if (is_terminal_) draw();
}

void ConsoleProgress::waiting() {
  if (is_terminal_ && steady_seconds() - last_drawn_ > 0.5) draw();
}

void ConsoleProgress::case_finished(std::size_t index, std::size_t total, const Json& result) {
  if (is_terminal_) erase();
  print(out_, "[{:{}}/{}] {:<7} {} ({})\n", index + 1, std::to_string(total).size(), total,
        result["verdict"].get<std::string>(), result["name"].get<std::string>(),
        format_duration(Seconds{result.value("duration_s", 0.0)}));
  if (result["verdict"] != "PASS" && !result["reason"].get<std::string>().empty())
    print(out_, "        {}\n", result["reason"].get<std::string>());
  if (detail_ == Detail::tables) print(out_, "{}", collectives_table(result));
  std::fflush(out_);
}

void ConsoleProgress::draw() {
  const double elapsed = steady_seconds() - started_;
  std::string line = fmt::format("{}/{} cases, {} elapsed", done_, total_, format_duration(Seconds{elapsed}));
  if (done_ > 0)
    line += fmt::format(", about {} left", format_duration(Seconds{elapsed / static_cast<double>(done_) *
                                                                   static_cast<double>(total_ - done_)}));
  line += ": " + current_;
  line.resize(std::min(line.size(), terminal_width(out_) - 1));
  erase();
  print(out_, "{}", line);
  std::fflush(out_);
  last_drawn_ = steady_seconds();
}

void ConsoleProgress::erase() { print(out_, "\r\033[K"); }

void print_table(std::FILE* out, const Json& cases) {
  std::map<std::string, std::vector<const Json*>> families;
  std::map<std::string, int> verdicts;
  std::size_t width = 0;
  for (const Json& result : cases) {
    families[result["family"]].push_back(&result);
    ++verdicts[result["verdict"]];
    width = std::max(width, result["name"].get<std::string>().size());
  }
  for (const auto& [family, results] : families) {
    print(out, "\n{}: {}\n", family, results[0]->at("question").get<std::string>());
    for (const Json* result : results) {
      const std::string note = (*result)["reason"];
      print(out, "  {:<7} {:<{}}  {}\n", (*result)["verdict"].get<std::string>(), (*result)["name"].get<std::string>(),
            width, joined({main_numbers(*result), describe_checks(*result), note}));
      for (const Json& finding : result->value("findings", Json::array()))
        print(out, "          {}\n", finding.get<std::string>());
    }
  }
  std::string counts;
  for (const auto& [verdict, count] : verdicts)
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, verdict);
  print(out, "\n{} cases: {}\n", cases.size(), counts.empty() ? "none" : counts);
}

}  // namespace lockstep
