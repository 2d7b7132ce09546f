#include "harness/report/collectives_table.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

namespace lockstep {
namespace {

constexpr std::string_view head =
    "#                                                       out-of-place                       in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong     time   algbw   busbw  "
    "#wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             (us)  (GB/s)  (GB/s)\n";

/// Seven characters, more digits for short times.
std::string time_text(const Json& seconds) {
  if (seconds.is_null()) return "    N/A";
  const double microseconds = seconds.get<double>() * 1e6;
  return fmt::format("{:7.{}f}", microseconds, microseconds >= 10000 ? 0 : microseconds >= 100 ? 1 : 2);
}

std::string rate_text(const Json& bytes_per_second) {
  if (bytes_per_second.is_null()) return "   N/A";
  return fmt::format("{:6.2f}", bytes_per_second.get<double>() * 1e-9);
}

std::string half_of(const Json& row) {
  return fmt::format("  {}  {}  {}  {:6}", time_text(row["seconds"]), rate_text(row["algbw"]), rate_text(row["busbw"]),
                     row["wrong"].get<std::uint64_t>());
}

/// The rows of one size.
struct Line {
  const Json* out_of_place = nullptr;
  const Json* in_place = nullptr;
};

std::map<std::uint64_t, Line> lines_of(const Json& rows) {
  std::map<std::uint64_t, Line> lines;
  for (const Json& row : rows) {
    Line& line = lines[row["bytes"].get<std::uint64_t>()];
    (row["in_place"].get<bool>() ? line.in_place : line.out_of_place) = &row;
  }
  return lines;
}

std::string line_text(std::uint64_t bytes, const Line& line) {
  static const Json nothing{{"seconds", nullptr}, {"algbw", nullptr}, {"busbw", nullptr}, {"wrong", 0}};
  const Json& either = line.out_of_place != nullptr ? *line.out_of_place : *line.in_place;
  return fmt::format("{:12}  {:12}  {:>8}  {:>6}  {:>6}{}{}\n", bytes, either["count"].get<std::uint64_t>(),
                     either["type"].get<std::string>(), either["redop"].get<std::string>(), either["root"].get<int>(),
                     half_of(line.out_of_place != nullptr ? *line.out_of_place : nothing),
                     half_of(line.in_place != nullptr ? *line.in_place : nothing));
}

std::string foot_of(const Json& rows) {
  std::uint64_t wrong = 0;
  double sum = 0;
  std::size_t timed = 0;
  for (const Json& row : rows) {
    wrong += row["wrong"].get<std::uint64_t>();
    if (!row["busbw"].is_null()) sum += row["busbw"].get<double>(), ++timed;
  }
  const std::string average = timed == 0 ? "N/A" : fmt::format("{:g}", sum / static_cast<double>(timed) * 1e-9);
  return fmt::format("# Out of bounds values : {} {}\n# Avg bus bandwidth    : {}\n#\n", wrong,
                     wrong == 0 ? "OK" : "FAILED", average);
}

}  // namespace

std::string collectives_table(const Json& result) {
  const Json rows = result.value("bandwidth", Json::array());
  if (rows.empty()) return "";
  std::string text = fmt::format("# {}\n#\n{}", result["name"].get<std::string>(), head);
  for (const auto& [bytes, line] : lines_of(rows)) text += line_text(bytes, line);
  return text + foot_of(rows);
}

}  // namespace lockstep
