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

/// Sizes that differ by at most one, the larger ones first.
std::vector<Rows> balanced(std::size_t rows, std::size_t devices);

/// In proportion to `weights`, one for each device and not all 0; the weights themselves where they add up to the rows.
/// What the rounded-down shares leave goes to the largest remainders, of equal ones to the lower devices.
Split weighted(std::vector<std::size_t> weights);

/// The least max over devices of rows / speed. `speeds` in rows per second, one for each device, not all 0; each row
/// goes to the device that would be done with it first, of equal ones to the lower one.
Split quickest(std::vector<double> speeds);

/// Devices that got at least one row.
std::size_t used_devices(const std::vector<Rows>& pieces);

/// Devices up to the last one that got a row.
std::size_t devices_up_to_last(const std::vector<Rows>& pieces);

}  // namespace lockstep
