#include "tests/doubles/fakecuda/access.hpp"

#include <string>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/host_order.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

std::string quoted(const char* name) { return std::string{"'"} + name + "'"; }

std::string verb(Access kind) { return kind == Access::read ? " reads " : " writes "; }

/// The part of the access that lies in a living allocation, or 0 bytes after reporting why there is none.
std::size_t bytes_inside(const Allocation& allocation, std::size_t offset, std::size_t bytes, Access kind,
                         const char* name) {
  if (!allocation.alive) {
    report("use after free", quoted(name) + verb(kind) + allocation.describe() + ", which was freed");
    return 0;
  }
  if (offset > allocation.bytes || bytes > allocation.bytes - offset) {
    report("out of bounds", quoted(name) + verb(kind) + "beyond the end of " + allocation.describe(),
           std::to_string(bytes) + " bytes at byte " + std::to_string(offset));
    return offset < allocation.bytes ? allocation.bytes - offset : 0;
  }
  return bytes;
}

/// Whether code that runs on `device` (-1: the host) may touch the allocation at all; says so when not.
bool may_touch(const Runtime& runtime, const Allocation& allocation, int device, Access kind, const char* name) {
  if (allocation.home == Home::pinned) return true;
  if (device < 0) {
    report("host access", "host code" + verb(kind) + allocation.describe());
    return false;
  }
  if (device != allocation.device &&
      !runtime.devices[static_cast<std::size_t>(device)].peers.contains(allocation.device))
    report("wrong device", quoted(name) + " on device " + std::to_string(device) + verb(kind) + allocation.describe() +
                               " without peer access");
  return true;
}

void check(const void* address, std::size_t bytes, Access kind, int device, bool poison) {
  Runtime& runtime = Runtime::instance();
  Executing by = executing();
  if (by.actor == nullptr) by.actor = &host_actor(runtime);
  Allocation* allocation = runtime.memory.find(address);
  if (allocation == nullptr) {
    report("out of bounds", quoted(by.name) + verb(kind) + "an address that was never allocated");
    return;
  }
  if (!may_touch(runtime, *allocation, device, kind, by.name)) return;
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - allocation->start);
  const std::size_t inside = bytes_inside(*allocation, offset, bytes, kind, by.name);
  if (inside != 0) runtime.shadow.touch(*allocation, offset, inside, kind, by, poison);
}

}  // namespace

Executing& executing() {
  thread_local Executing now;
  return now;
}

const KernelThread*& kernel_thread() {
  thread_local const KernelThread* position = nullptr;
  return position;
}

void access(const void* address, std::size_t bytes, Access kind) {
  if (bytes == 0 || !in_arena(address)) return;
  const Lock lock;
  check(address, bytes, kind, executing().device, false);
}

void access_from(int device, const void* address, std::size_t bytes, Access kind) {
  if (bytes == 0 || !in_arena(address)) return;
  const Lock lock;
  check(address, bytes, kind, device, false);
}

void access_poison(void* address, std::size_t bytes) {
  if (bytes == 0 || !in_arena(address)) return;
  const Lock lock;
  check(address, bytes, Access::write, executing().device, true);
}

}  // namespace fakecuda
