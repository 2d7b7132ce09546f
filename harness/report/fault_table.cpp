#include "harness/report/fault_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace lockstep {
namespace {

struct Row {
  std::string id;
  std::string source;
  std::size_t caught = 0;
  std::size_t applies = 0;
  std::set<std::string> expected{};
  std::vector<std::string> survived{};  // case and reason
};

Row& row_of(std::vector<Row>& rows, const Json& fault) {
  const std::string id = fault["id"];
  const auto found = std::ranges::find(rows, id, &Row::id);
  if (found != rows.end()) return *found;
  return rows.emplace_back(Row{.id = id, .source = fault["source"]});
}

void add(Row& row, const Json& fault, const std::string& name) {
  const std::string verdict = fault["verdict"];
  if (verdict == "not_applicable") return;
  ++row.applies;
  for (const Json& check : fault["expected"]) row.expected.insert(check.get<std::string>());
  if (verdict == "caught")
    ++row.caught;
  else
    row.survived.push_back(fmt::format("{}: {}", name, fault["reason"].get<std::string>()));
}

double value_of(const Json& result, std::string_view metric) {
  for (const Json& each : result["metrics"])
    if (each["name"] == metric && each["value"].is_number()) return each["value"];
  return 0;
}

std::string line_of(const Row& row, std::size_t id_width, std::size_t source_width) {
  if (row.applies == 0)
    return fmt::format("  {:<{}}  {:<{}}  {:>9}\n", row.id, id_width, row.source, source_width, "–");
  std::string line = fmt::format("  {:<{}}  {:<{}}  {:>9}  {}\n", row.id, id_width, row.source, source_width,
                                 fmt::format("{} of {}", row.caught, row.applies), fmt::join(row.expected, ", "));
  for (const std::string& survived : row.survived) line += fmt::format("      survived in {}\n", survived);
  return line;
}

}  // namespace

std::string fault_table(const Json& cases) {
  std::vector<Row> rows;
  double runs = 0;
  double alarms = 0;
  std::size_t trainings = 0;
  for (const Json& result : cases) {
    const Json faults = result.value("faults", Json::array());
    if (faults.empty()) continue;
    ++trainings;
    for (const Json& fault : faults) add(row_of(rows, fault), fault, result["name"]);
    runs += value_of(result, "correct_runs");
    alarms += value_of(result, "false_alarms");
  }
  if (rows.empty()) return "";
  std::size_t id_width = 0;
  std::size_t source_width = 0;
  std::size_t caught = 0;
  std::size_t applies = 0;
  std::size_t kinds = 0;
  for (const Row& row : rows) {
    id_width = std::max(id_width, row.id.size());
    source_width = std::max(source_width, row.source.size());
    caught += row.caught;
    applies += row.applies;
    kinds += row.applies > 0 ? 1 : 0;
  }
  std::string table = fmt::format("\n  {:<{}}  {:<{}}  {:>9}  {}\n", "planted fault", id_width, "seen in", source_width,
                                  "caught", "checks that must see it");
  for (const Row& row : rows) table += line_of(row, id_width, source_width);
  const double score = applies == 0 ? 0 : 100 * static_cast<double>(caught) / static_cast<double>(applies);
  // Rounded down: 100 % is all of them.
  table += fmt::format(
      "\nmutation score {} %: {} of {} caught, {} faults in {} trainings; {} false alarms in {} correct runs\n",
      static_cast<int>(score), caught, applies, kinds, trainings, alarms, runs);
  return table;
}

}  // namespace lockstep
