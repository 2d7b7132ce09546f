// What became of a training with one batch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/device/memory.hpp"

namespace lockstep {

/// Why a batch does not fit.
struct Shortage {
  std::string device;
  std::string use;
  std::size_t requested;  // bytes
  std::size_t free;
  std::string message;        // as the user sees it
  std::size_t advised_batch;  // that the message says would fit
};

struct BatchTrial {
  std::size_t batch;  // of all devices together
  std::size_t micro_batches;
  std::vector<MemoryAccount> accounts;            // of each device at the end, when it fits
  std::optional<Shortage> shortage;               // when not
  std::optional<std::size_t> outside_accounts{};  // the most on any device at the end, where a device can tell

  [[nodiscard]] bool fits() const { return !shortage; }
  /// The most bytes on any device.
  [[nodiscard]] std::size_t peak() const;
};

}  // namespace lockstep
