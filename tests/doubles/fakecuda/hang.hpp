// Knows when nothing will ever move again, and says who waits for what.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>

#include "tests/doubles/fakecuda/lock.hpp"
#include "tests/doubles/fakecuda/settings.hpp"

namespace fakecuda {

class Scheduler;
struct Waiter;

/// One wait of one thread that found nothing to run. Needs the lock.
class HangWatch {
 public:
  HangWatch(const Settings& settings, Scheduler& scheduler);

  /// Sleeps until something may have changed; before, declares a hang if there is one. Does not return then, or, with
  /// FAKECUDA_HANG=block, does and the caller waits on.
  void pause(Lock& lock);
  /// The same for a thread that asks again and again instead of waiting; cannot be proven.
  void asked(Lock& lock);

 private:
  [[nodiscard]] bool proven();
  [[nodiscard]] bool patience_is_over();
  void declare(Lock& lock, const std::string& why);

  const Settings& settings_;
  Scheduler& scheduler_;
  std::uint64_t progress_;
  std::chrono::steady_clock::time_point since_;
  bool suspected_ = false;
};

}  // namespace fakecuda
