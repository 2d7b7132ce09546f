// The one lock of the fake.
#pragma once

#include <pthread.h>

#include <mutex>

namespace fakecuda {

/// Held by the calling thread for the lifetime of this object; a thread that holds it already only notes that.
class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// Whether the calling thread holds it.
  static bool held();
  /// The mutex itself, which is none of the program's.
  static const pthread_mutex_t* native();
  /// Gives it up for a while: until the matching `retake`.
  void give_up();
  void retake();

  /// For the end of the process: takes it for good, unless some thread keeps it for seconds.
  static bool try_for_a_while();
  /// Keeps it consistent in forked children. Called once.
  static void around_fork();

  /// For a condition variable.
  std::unique_lock<std::mutex>& raw() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace fakecuda
