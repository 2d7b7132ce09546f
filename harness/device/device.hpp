// Memory and queues of one rank.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "harness/device/memory.hpp"
#include "harness/device/stream.hpp"

namespace lockstep {

class Device {
 public:
  virtual ~Device() = default;

  /// "cpu:0": backend and index.
  [[nodiscard]] virtual const std::string& name() const = 0;

  /// Makes the calling thread this device's: pins it or selects the device. Called once by each rank's thread.
  virtual void attach_thread() = 0;

  /// The stream for the rank's computation.
  virtual std::unique_ptr<Stream> make_compute_stream() = 0;
  /// A stream that runs beside the computation. It must not outlive the device.
  virtual std::unique_ptr<Stream> make_side_stream() = 0;

  /// Uninitialised memory (every byte 0xFF: a NaN in any float type), returned to the pool with its last owner.
  /// Throws OutOfMemory.
  virtual std::shared_ptr<std::byte[]> allocate(std::size_t bytes, Use use) = 0;
  /// Bytes that may be allocated at a time.
  [[nodiscard]] virtual std::size_t capacity() const = 0;
  [[nodiscard]] virtual MemoryAccount account() const = 0;
  /// Bytes in use on the hardware beyond this account: by its driver, libraries, the allocator's rounding, other
  /// programs and devices that share it. Nothing where memory is only counted. Called by the rank's thread.
  [[nodiscard]] virtual std::optional<std::size_t> outside_account() const { return std::nullopt; }
};

}  // namespace lockstep
