#include "tests/doubles/fakecuda/service.hpp"

#include <chrono>
#include <cstdint>
#include <thread>

#include "tests/doubles/fakecuda/hosts.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

constexpr std::chrono::milliseconds patience{20};

/// Calls host functions as soon as their streams come to them, and does what nobody has waited for in a while.
[[noreturn]] void serve() {
  Lock lock;
  Scheduler& scheduler = Runtime::instance().scheduler;
  std::uint64_t seen = 0;
  while (true) {
    scheduler.run_all(lock, Work::host_functions);
    if (scheduler.progress() == seen) scheduler.run_all(lock, Work::of_devices);
    seen = scheduler.progress();
    const Blocked blocked;
    scheduler.sleep(lock, patience);
  }
}

}  // namespace

void start_service() {
  static bool started = false;
  if (started) return;
  started = true;
  std::thread{&serve}.detach();
}

}  // namespace fakecuda
