// NVIDIA's management library behind values: what cannot be asked or fails is nothing, never an error.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "harness/run/environment/nvml_abi.hpp"

namespace lockstep::nvml {

/// The address of a function by its name; null where the library lacks it.
using Lookup = std::function<void*(const char* name)>;

/// Owns the library while it is initialised. Some drivers leave threads and open files behind, so use it in a process
/// of its own.
class Library {
 public:
  /// Nothing when the library cannot be initialised (no driver, no permission).
  static std::unique_ptr<Library> open(Lookup lookup);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  [[nodiscard]] std::optional<std::string> driver_version() const;
  /// "12.4": the newest CUDA that the driver can run.
  [[nodiscard]] std::optional<std::string> cuda_version() const;
  [[nodiscard]] unsigned device_count() const;
  [[nodiscard]] std::optional<Device> device(unsigned index) const;

  [[nodiscard]] std::optional<std::string> name(Device device) const;
  [[nodiscard]] std::optional<std::string> bus_id(Device device) const;
  [[nodiscard]] std::optional<std::string> compute_capability(Device device) const;
  [[nodiscard]] std::optional<std::uint64_t> memory_bytes(Device device) const;
  [[nodiscard]] std::optional<std::uint64_t> clock_hz(Device device, ClockType clock) const;  // now
  [[nodiscard]] std::optional<std::uint64_t> max_clock_hz(Device device, ClockType clock) const;
  [[nodiscard]] std::optional<double> power_limit_w(Device device) const;
  [[nodiscard]] std::optional<bool> ecc(Device device) const;
  [[nodiscard]] std::optional<bool> persistence_mode(Device device) const;
  [[nodiscard]] std::optional<bool> multi_instance(Device device) const;       // MIG
  [[nodiscard]] std::optional<unsigned> pcie_generation(Device device) const;  // the highest of GPU and slot
  [[nodiscard]] std::optional<unsigned> pcie_width(Device device) const;       // lanes

  [[nodiscard]] bool link_is_active(Device device, unsigned link) const;  // NVLink
  [[nodiscard]] std::optional<unsigned> link_version(Device device, unsigned link) const;
  [[nodiscard]] bool link_ends_at_switch(Device device, unsigned link) const;
  [[nodiscard]] std::optional<std::string> link_end(Device device, unsigned link) const;  // a bus id
  [[nodiscard]] std::optional<int> common_ancestor(Device a, Device b) const;             // TopologyLevel

 private:
  explicit Library(Lookup lookup) : lookup_{std::move(lookup)} {}

  /// Calls a function of the library; whether it is there and succeeded. The types of the parameters are given, because
  /// nothing else checks that they are those of the library.
  template <typename... Parameters>
  bool call(const char* name, std::type_identity_t<Parameters>... arguments) const {
    using Function = Return (*)(Parameters...);
    const auto function = reinterpret_cast<Function>(lookup_(name));
    return function != nullptr && function(arguments...) == success;
  }

  Lookup lookup_;
};

}  // namespace lockstep::nvml
