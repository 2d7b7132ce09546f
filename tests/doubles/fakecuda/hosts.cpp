#include "tests/doubles/fakecuda/hosts.hpp"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/doubles/fakecuda/host_order.hpp"
#include "tests/doubles/fakecuda/next_definition.hpp"

namespace fakecuda {
namespace {

std::atomic<int> blocked_threads{0};

/// The state letter of /proc/PID/task/TID/stat, behind the name in parentheses; 0 when the thread has ended.
char state_of(const std::filesystem::path& task) {
  std::ifstream file{task / "stat"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::size_t name_end = text.rfind(") ");
  return name_end == std::string::npos ? '\0' : text[name_end + 2];
}

}  // namespace

Blocked::Blocked() { ++blocked_threads; }
Blocked::~Blocked() { --blocked_threads; }

bool every_other_thread_is_blocked() {
  int others = 0;
  const std::string self = std::to_string(syscall(SYS_gettid));
  std::error_code error;
  std::filesystem::directory_iterator tasks{"/proc/self/task", error};
  if (error) return false;
  for (const std::filesystem::directory_entry& task : tasks) {
    if (task.path().filename() == self) continue;
    ++others;
    // One that was woken a moment ago is still inside its Blocked, but no longer asleep.
    if (state_of(task.path()) != 'S') return false;
  }
  return others <= blocked_threads;
}

void forget_other_threads() { blocked_threads = 0; }

}  // namespace fakecuda

extern "C" {

int pthread_join(pthread_t thread, void** result) {
  static const auto next = fakecuda::next_definition<int (*)(pthread_t, void**)>("pthread_join");
  int error = 0;
  {
    const fakecuda::Blocked blocked;
    error = next(thread, result);
  }
  fakecuda::host_acquires(reinterpret_cast<const void*>(thread));
  return error;
}

// glibc still has definitions of an older and incompatible kind under the same names on x86-64.

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*);
  static const auto next = fakecuda::next_definition<Wait>("pthread_cond_wait", "GLIBC_2.3.2");
  fakecuda::host_releases(mutex);
  int error = 0;
  {
    const fakecuda::Blocked blocked;
    error = next(condition, mutex);
  }
  fakecuda::host_acquires(mutex);
  return error;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*);
  static const auto next = fakecuda::next_definition<Wait>("pthread_cond_timedwait", "GLIBC_2.3.2");
  fakecuda::host_releases(mutex);
  const int error = next(condition, mutex, until);
  fakecuda::host_acquires(mutex);
  return error;
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  using Wait = int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
  static const auto next = fakecuda::next_definition<Wait>("pthread_cond_clockwait");
  fakecuda::host_releases(mutex);
  const int error = next(condition, mutex, clock, until);
  fakecuda::host_acquires(mutex);
  return error;
}

// How std::atomic::wait, and with it std::latch, std::barrier and std::counting_semaphore, go to sleep. Declared with
// all the arguments that there may be, under a name of its own because the header declares it with an ellipsis.
long faked_syscall(long number, long a, long b, long c, long d, long e, long f) __asm__("syscall");

long faked_syscall(long number, long a, long b, long c, long d, long e, long f) {
  using Syscall = long (*)(long, long, long, long, long, long, long);
  // No guarded static: its guard sleeps by this very function when two threads come at once.
  static constinit std::atomic<Syscall> found{nullptr};
  Syscall next = found;
  if (next == nullptr) found = next = fakecuda::next_definition<Syscall>("syscall");
  const bool waits_for_ever = number == SYS_futex && (b & FUTEX_CMD_MASK) == FUTEX_WAIT && d == 0;
  if (!waits_for_ever) return next(number, a, b, c, d, e, f);
  const fakecuda::Blocked blocked;
  return next(number, a, b, c, d, e, f);
}
}
