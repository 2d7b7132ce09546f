// What archives of the distribution call that programs to be copied elsewhere must not need.
#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

// There is no udev here: the archive of hwloc then does without the names of disks and network cards, which nobody asks
// for.
struct udev;
struct udev_device;

extern "C" {

udev* udev_new() { return nullptr; }
udev* udev_unref(udev*) { return nullptr; }
udev_device* udev_device_new_from_subsystem_sysname(udev*, const char*, const char*) { return nullptr; }
udev_device* udev_device_unref(udev_device*) { return nullptr; }
const char* udev_device_get_property_value(udev_device*, const char*) { return nullptr; }

/// For std::random_device of libstdc++'s archive: the C library has it from 2.36 on, all else is in 2.35.
std::uint32_t arc4random() noexcept {
  std::uint32_t value = 0;
  if (::getrandom(&value, sizeof(value), 0) != static_cast<ssize_t>(sizeof(value))) std::abort();
  return value;
}

}  // extern "C"
