#include "harness/train/split.hpp"

#include <algorithm>

namespace lockstep {

std::vector<Rows> chunk(std::size_t rows, std::size_t devices) {
  require(devices > 0, "a batch over no devices");
  const std::size_t piece = (rows + devices - 1) / devices;
  std::vector<Rows> pieces;
  std::size_t first = 0;
  for (std::size_t device = 0; device < devices; ++device) {
    const std::size_t count = std::min(piece, rows - first);
    pieces.push_back({first, count});
    first += count;
  }
  return pieces;
}

std::size_t used_devices(const std::vector<Rows>& pieces) {
  return static_cast<std::size_t>(std::ranges::count_if(pieces, [](const Rows& piece) { return piece.count > 0; }));
}

std::size_t devices_up_to_last(const std::vector<Rows>& pieces) {
  std::size_t devices = pieces.size();
  while (devices > 0 && pieces[devices - 1].count == 0) --devices;
  return devices;
}

}  // namespace lockstep
