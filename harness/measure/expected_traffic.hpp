// What a strategy has to communicate, by its definition.
#pragma once

#include <span>
#include <string_view>

#include "harness/device/collective.hpp"

namespace lockstep {

/// Sizes in bytes.
struct TrainingSizes {
  std::size_t parameters = 0;  // of all gradients too
  std::size_t buffers = 0;
  std::size_t input_row = 0;
  std::size_t output_row = 0;
  std::size_t buckets = 0;  // how many of them ddp has
};

/// The collectives of rank 0 in one step, by bytes of collective.hpp. dp scatters the inputs of each micro-batch,
/// broadcasts parameters and buffers, gathers the outputs, scatters their gradients and reduces the gradients; ddp
/// reduces each bucket once and broadcasts the buffers; single does nothing. Throws InternalError for a strategy that
/// is not known.
Traffic expected_traffic(std::string_view strategy, const TrainingSizes& sizes,
                         std::span<const std::size_t> micro_batch_rows);

/// Bytes that the busiest rank sends: S times the factors of collective.hpp, 2(n−1)/n·P for ddp.
double wire_bytes(const Traffic& traffic, int ranks);

}  // namespace lockstep
