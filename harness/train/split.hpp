// Which device gets which rows of a global batch.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "harness/train/batch.hpp"

namespace lockstep {

/// Consecutive rows for every device, in device order; together all rows of the batch. A device may get none.
using Split = std::function<std::vector<Rows>(std::size_t rows, std::size_t devices)>;

/// Rows for every device; devices beyond the last piece get none. torch.chunk's rule: pieces of ceil(rows/devices), the
/// last one shorter, possibly fewer pieces than devices.
std::vector<Rows> chunk(std::size_t rows, std::size_t devices);

/// Devices that got at least one row.
std::size_t used_devices(const std::vector<Rows>& pieces);

/// Devices up to the last one that got a row.
std::size_t devices_up_to_last(const std::vector<Rows>& pieces);

}  // namespace lockstep
