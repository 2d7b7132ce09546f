// The one owned object behind the faked C API.
#pragma once

#include <driver_types.h>
#include <unistd.h>

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/injection.hpp"
#include "tests/doubles/fakecuda/memory.hpp"
#include "tests/doubles/fakecuda/scheduler.hpp"
#include "tests/doubles/fakecuda/settings.hpp"
#include "tests/doubles/fakecuda/shadow.hpp"

namespace fakecuda {

/// Events, also dead ones, by handle.
using Events = std::map<const void*, std::unique_ptr<Event>>;
/// Other things that a program has to give back, each with what it is called when it does not: cuBLAS handles.
using Handles = std::map<const void*, std::string>;

struct Nccl;

struct Device {
  int index = 0;
  std::size_t used = 0;              // bytes
  std::set<int> peers;               // whose memory its kernels may touch
  cudaError_t sticky = cudaSuccess;  // once set, every later call fails with it
  Stream* default_stream = nullptr;  // the legacy one
};

/// Made by the first call, never destroyed. Everything needs the lock.
class Runtime {
 public:
  static Runtime& instance();
  /// Whether a call was made in this process or the one it was forked from.
  static bool exists();

  const Settings settings = settings_from_environment();
  const pid_t process = getpid();  // a forked child cannot use it
  Shadow shadow;
  Memory memory;
  Injection injection{settings};
  Actor host;  // all host threads: what one of them knows, the others may have been told
  std::vector<Device> devices;
  Scheduler scheduler{*this};
  Events events;
  Handles handles;
  std::shared_ptr<Nccl> nccl;  // nccl_world.hpp

  /// Gives the actor a number and a first clock.
  void introduce(Actor& actor);
  Device& device(int index) { return devices[static_cast<std::size_t>(index)]; }

 private:
  Runtime();
  std::uint32_t actors_ = 0;
};

/// What CUDA keeps per host thread.
struct HostThread {
  int number;  // from 1, never used again
  int device = 0;
  cudaError_t last_error = cudaSuccess;
  const char* unchecked_launch = nullptr;  // the kernel of a failed <<<>>> that nobody has asked about
};
HostThread& this_thread();

}  // namespace fakecuda
