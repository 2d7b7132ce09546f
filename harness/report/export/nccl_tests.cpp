#include <algorithm>

#include "harness/report/collectives_table.hpp"
#include "harness/report/export/formats.hpp"
#include "harness/report/export/shown.hpp"

namespace lockstep {
namespace {

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// Columns are separated by spaces, so a text in one has none.
std::string word(std::string_view text) {
  std::string one = shown(text);
  std::ranges::replace(one, ' ', '_');
  return one.empty() ? "-" : one;
}

Json rows_of(const RecordedCase& one) {
  Json rows = Json::array();
  for (const RecordedBandwidth& row : one.bandwidth)
    rows.push_back({{"bytes", row.bytes},
                    {"count", row.count},
                    {"type", word(row.type)},
                    {"redop", word(row.redop)},
                    {"root", row.root},
                    {"in_place", row.in_place},
                    {"seconds", number(row.seconds)},
                    {"algbw", number(row.algbw)},
                    {"busbw", number(row.busbw)},
                    {"wrong", row.wrong}});
  return rows;
}

}  // namespace

std::string write_nccl_tests(const Exportable& what, const ExportOptions&) {
  std::string text;
  if (const RecordedResult* const result = result_in(what))
    for (const RecordedCase& one : result->cases)
      text += collectives_table(Json{{"name", shown(one.name)}, {"bandwidth", rows_of(one)}});
  if (text.empty()) nothing_to_export("nccl-tests", "no collective was measured by size");
  return text;
}

}  // namespace lockstep
