#include "harness/measure/expected_traffic.hpp"

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

void add(Traffic& traffic, Collective kind, std::size_t calls, std::size_t bytes) {
  traffic.of(kind).calls += calls;
  traffic.of(kind).bytes += bytes;
}

}  // namespace

Traffic expected_traffic(std::string_view strategy, const TrainingSizes& sizes,
                         std::span<const std::size_t> micro_batch_rows) {
  Traffic traffic;
  if (strategy == "single") return traffic;
  if (strategy == "ddp") {
    add(traffic, Collective::all_reduce, sizes.buckets, sizes.parameters);
    if (sizes.buffers > 0) add(traffic, Collective::broadcast, 1, sizes.buffers);
    return traffic;
  }
  require(strategy == "dp", "the traffic of strategy {} is not known", strategy);
  for (const std::size_t rows : micro_batch_rows) {
    add(traffic, Collective::scatter, 1, rows * sizes.input_row);
    add(traffic, Collective::broadcast, 1, sizes.parameters);
    if (sizes.buffers > 0) add(traffic, Collective::broadcast, 1, sizes.buffers);
    add(traffic, Collective::gather, 1, rows * sizes.output_row);
    add(traffic, Collective::scatter, 1, rows * sizes.output_row);
    add(traffic, Collective::reduce, 1, sizes.parameters);
  }
  return traffic;
}

double wire_bytes(const Traffic& traffic, int ranks) {
  double sum = 0;
  for (std::size_t kind = 0; kind < collective_names.size(); ++kind)
    sum += bus_factor(static_cast<Collective>(kind), ranks) * static_cast<double>(traffic.by_kind[kind].bytes);
  return sum;
}

}  // namespace lockstep
