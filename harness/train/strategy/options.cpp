#include "harness/train/strategy/options.hpp"

#include "harness/base/error.hpp"

namespace lockstep {

std::size_t MicroBatch::rows() const {
  std::size_t sum = 0;
  for (const Rows& piece : pieces) sum += piece.count;
  return sum;
}

std::vector<MicroBatch> micro_batches_of(const StrategyOptions& options, std::size_t step, std::size_t rows,
                                         std::size_t devices) {
  std::vector<Rows> parts = chunk(rows, options.micro_batches);
  parts.resize(used_devices(parts));  // a small batch has fewer
  std::vector<MicroBatch> result;
  for (const Rows& part : parts) {
    MicroBatch micro{.step = step, .index = result.size(), .count = parts.size(), .batch_rows = rows, .pieces = {}};
    std::size_t next = part.first;
    for (const Rows& piece : options.split(part.count, devices)) {
      require(part.first + piece.first == next, "a split with a gap before row {}", piece.first);
      micro.pieces.push_back({next, piece.count});
      next += piece.count;
    }
    require(micro.pieces.size() == devices && next == part.first + part.count,
            "a split of {} rows into {} for {} pieces", part.count, next - part.first, devices);
    result.push_back(std::move(micro));
  }
  return result;
}

}  // namespace lockstep
