// What a collective's time amounts to, in the terms of nccl-tests.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "harness/measure/collective_shape.hpp"

namespace lockstep {

/// One size of a sweep. Rates are in bytes per second; algbw = S/t and busbw = algbw · factor (collective.hpp). Without
/// a value where nothing was timed; on one rank, where nothing moves, also without rates.
struct BandwidthRow {
  Collective kind;
  Placement placement;
  std::size_t bytes = 0;  // S
  std::size_t count = 0;  // elements of one rank's piece; of S where there are no pieces
  std::optional<double> seconds{};
  std::optional<double> algbw{};
  std::optional<double> busbw{};
  std::uint64_t wrong = 0;  // elements of all ranks
};

/// `median_seconds`: not set when it cannot be measured here.
BandwidthRow bandwidth_row(const CollectiveShape& shape, int ranks, std::optional<double> median_seconds,
                           const ComparedElements& comparison);

/// "float", the name of f32 there.
inline constexpr std::string_view element_type = "float";
/// "sum" where values are added, else "none".
std::string_view reduction_of(Collective kind);
/// 0, or -1 where no rank is special.
int root_of(Collective kind);
/// Where the strategies' calls have their operands: in place, unless pieces are cut or put together.
Placement usual_placement(Collective kind);

/// Mean over the rows, as the last line there; nothing without a rate.
std::optional<double> average_busbw(std::span<const BandwidthRow> rows);

/// The least number of bytes that all ranks together have to read and write.
double least_traffic(Collective kind, Placement placement, double bytes, int ranks);

/// A copy of `bytes` bytes by every rank at the same time: the least of its times.
struct CopyTime {
  std::size_t bytes;
  double seconds;
};

/// The largest rate at which copies moved bytes (read and written, all ranks together), among those whose buffers are
/// not smaller than what a rank touches of a collective on `bytes`: what fits into a cache is compared with what does.
double copy_rate(std::span<const CopyTime> copies, std::size_t bytes, int ranks);

}  // namespace lockstep
