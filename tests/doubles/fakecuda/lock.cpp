#include "tests/doubles/fakecuda/lock.hpp"

#include <pthread.h>

#include <cassert>

namespace fakecuda {
namespace {

std::mutex& the_mutex() {
  static auto* const mutex = new std::mutex;  // outlives the threads that run while the process ends
  return *mutex;
}

thread_local bool held_here = false;

}  // namespace

Lock::Lock() {
  if (held_here) return;
  lock_ = std::unique_lock{the_mutex()};
  held_here = true;
}

Lock::~Lock() {
  if (lock_.owns_lock()) held_here = false;
}

bool Lock::held() { return held_here; }

const pthread_mutex_t* Lock::native() { return the_mutex().native_handle(); }

void Lock::give_up() {
  assert(lock_.owns_lock());
  held_here = false;
  lock_.unlock();
}

void Lock::retake() {
  lock_.lock();
  held_here = true;
}

bool Lock::try_for_a_while() {
  if (held_here) return true;
  constexpr int attempts = 2000;  // about 2 s
  for (int i = 0; i < attempts; ++i) {
    if (the_mutex().try_lock()) {
      held_here = true;
      return true;
    }
    const timespec pause{0, 1'000'000};
    nanosleep(&pause, nullptr);
  }
  return false;
}

void Lock::around_fork() {
  // A child must not inherit it from a thread that does not exist there.
  pthread_atfork([] { the_mutex().lock(); }, [] { the_mutex().unlock(); }, [] { the_mutex().unlock(); });
}

}  // namespace fakecuda
