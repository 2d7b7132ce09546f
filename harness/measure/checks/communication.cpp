#include "harness/measure/checks/communication.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/units.hpp"

namespace lockstep {
namespace {

std::string_view words(Placement placement) { return placement == Placement::in_place ? "in place" : "out of place"; }

}  // namespace

CheckResult check_collective_results(std::span<const BandwidthRow> rows, std::uint64_t compared) {
  double wrong = 0;
  std::string first;
  for (const BandwidthRow& row : rows) {
    if (row.wrong > 0 && wrong == 0)
      first = fmt::format("; first: {} of {} {}", name_of(row.kind), format_bytes(row.bytes), words(row.placement));
    wrong += static_cast<double>(row.wrong);
  }
  return judged("collective_results", compared, wrong, 0,
                "wrong elements; inputs are integers that differ by rank and element, whose sums are exact in any "
                "order" +
                    first);
}

CheckResult check_memory_bandwidth(std::span<const BandwidthRow> rows, std::span<const CopyTime> copies, int ranks) {
  // A copy counts two bytes for each that it copies; with a store that first reads its cache line three are moved. The
  // other half is for copies that were slowed down by something else that moment.
  constexpr double most = 3;
  std::uint64_t compared = 0;
  double worst = 0;
  std::string where;
  for (const BandwidthRow& row : rows) {
    const double available = copy_rate(copies, row.bytes, ranks);
    if (!row.seconds || available == 0) continue;
    const double moved =
        least_traffic(row.kind, row.placement, static_cast<double>(row.bytes), ranks) / *row.seconds / available;
    ++compared;
    if (moved <= worst) continue;
    worst = moved;
    where = fmt::format("; most: {} {}", format_bytes(row.bytes), words(row.placement));
  }
  CheckResult result =
      judged("plausibility:bandwidth", compared, worst, most,
             "rate at which bytes must have moved, by that of copies with buffers of the same size made beside it; a "
             "store may move three bytes where a copy counts two, and twice that did not happen" +
                 where);
  if (result.verdict == Verdict::fail) result.verdict = Verdict::invalid;
  return result;
}

CheckResult check_traffic(const Traffic& made, const Traffic& expected) {
  std::uint64_t compared = 0;
  double wrong = 0;
  std::string first;
  for (std::size_t kind = 0; kind < collective_names.size(); ++kind) {
    const Traffic::Entry& found = made.by_kind[kind];
    const Traffic::Entry& wanted = expected.by_kind[kind];
    ++compared;
    if (found == wanted) continue;
    if (wrong++ == 0)
      first = fmt::format("; first: {} {} calls of {} bytes, expected {} of {}", collective_names[kind], found.calls,
                          found.bytes, wanted.calls, wanted.bytes);
  }
  return judged("traffic", compared, wrong, 0,
                "kinds of collectives with another number of calls or bytes than the strategy has to make" + first);
}

}  // namespace lockstep
