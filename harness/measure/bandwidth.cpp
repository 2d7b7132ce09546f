#include "harness/measure/bandwidth.hpp"

#include <algorithm>

namespace lockstep {
BandwidthRow bandwidth_row(const CollectiveShape& shape, int ranks, std::optional<double> median_seconds,
                           const ComparedElements& comparison) {
  const auto n = static_cast<std::size_t>(ranks);
  const std::size_t elements = shape.bytes / sizeof(float);
  BandwidthRow row{.kind = shape.kind, .placement = shape.placement};
  row.count = has_pieces(shape.kind) ? elements / n : elements;
  row.bytes = row.count * (has_pieces(shape.kind) ? n : 1) * sizeof(float);
  row.wrong = comparison.wrong;
  row.seconds = median_seconds;
  if (ranks > 1 && median_seconds && *median_seconds > 0) {
    row.algbw = static_cast<double>(row.bytes) / *median_seconds;
    row.busbw = *row.algbw * bus_factor(shape.kind, ranks);
  }
  return row;
}

std::string_view reduction_of(Collective kind) {
  const bool sums = kind == Collective::all_reduce || kind == Collective::reduce || kind == Collective::reduce_scatter;
  return sums ? "sum" : "none";
}

int root_of(Collective kind) {
  const bool has_root = kind == Collective::reduce || kind == Collective::broadcast || kind == Collective::scatter ||
                        kind == Collective::gather;
  return has_root ? 0 : -1;
}

Placement usual_placement(Collective kind) { return has_pieces(kind) ? Placement::out_of_place : Placement::in_place; }

std::optional<double> average_busbw(std::span<const BandwidthRow> rows) {
  double sum = 0;
  std::size_t count = 0;
  for (const BandwidthRow& row : rows)
    if (row.busbw) sum += *row.busbw, ++count;
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

double least_traffic(Collective kind, Placement placement, double bytes, int ranks) {
  const double n = ranks;
  // Out of place also what a rank gives itself is written; in place it lies where it must be.
  const double others = placement == Placement::in_place ? (n - 1) / n : 1;
  switch (kind) {
    case Collective::all_reduce:
      return n * bytes + n * bytes;
    case Collective::reduce:
    case Collective::reduce_scatter:
      return n * bytes + bytes;
    case Collective::broadcast:
      return others * bytes * n + bytes;
    case Collective::scatter:
    case Collective::gather:
      return others * (bytes + bytes);
    case Collective::all_gather:
      return others * bytes * n + bytes;
    case Collective::barrier:
      break;
  }
  return 0;
}

double copy_rate(std::span<const CopyTime> copies, std::size_t bytes, int ranks) {
  // A rank touches at least 1/n of S, and a copy twice its own size.
  const std::size_t least = bytes / static_cast<std::size_t>(ranks) / 2;
  double rate = 0;
  for (const CopyTime& copy : copies)
    if (copy.bytes >= least && copy.seconds > 0)
      rate = std::max(rate, 2 * static_cast<double>(copy.bytes) * ranks / copy.seconds);
  return rate;
}

}  // namespace lockstep
