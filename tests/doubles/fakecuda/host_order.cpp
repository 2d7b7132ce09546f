#include "tests/doubles/fakecuda/host_order.hpp"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/doubles/fakecuda/next_definition.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

bool tracked() {
  static const bool wanted = [] {
    const char* value = std::getenv("FAKECUDA_HOST_ORDER");
    return value != nullptr && std::string_view{value} == "tracked";
  }();
  return wanted;
}

/// No mutex: taking one is what is being watched.
class Spinning {
 public:
  explicit Spinning(std::atomic_flag& flag) : flag_{flag} {
    while (flag_.test_and_set(std::memory_order_acquire)) sched_yield();
  }
  ~Spinning() { flag_.clear(std::memory_order_release); }
  Spinning(const Spinning&) = delete;
  Spinning& operator=(const Spinning&) = delete;

 private:
  std::atomic_flag& flag_;
};

/// What the holders of each object knew when they released it.
struct Objects {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::unordered_map<const void*, VectorClock> clocks;
};

Objects& objects() {
  static auto* const all = new Objects;
  return *all;
}

/// The thread's clock before and after it becomes an actor.
struct ThreadClock {
  Actor actor;
  bool introduced = false;
};

ThreadClock& this_clock() {
  thread_local auto* const clock = new ThreadClock;  // points into it may outlive the thread
  return *clock;
}

/// Not while the fake itself is at work: its own lock orders nothing of the program.
bool watched() { return tracked() && !Lock::held(); }

struct Start {
  void* (*routine)(void*);
  void* argument;
  VectorClock clock;  // of the creator
};

const void* end_of(pthread_t thread) { return reinterpret_cast<const void*>(thread); }

void* run_thread(void* data) {
  const std::unique_ptr<Start> start{static_cast<Start*>(data)};
  this_clock().actor.clock.join(start->clock);
  void* result = start->routine(start->argument);
  host_releases(end_of(pthread_self()));
  return result;
}

}  // namespace

Actor& host_actor(Runtime& runtime) {
  if (!tracked()) return runtime.host;
  ThreadClock& mine = this_clock();
  if (!mine.introduced) {
    runtime.introduce(mine.actor);
    mine.actor.name = "host thread " + std::to_string(this_thread().number);
    mine.introduced = true;
  }
  return mine.actor;
}

void host_releases(const void* object) {
  if (!watched()) return;
  Actor& actor = this_clock().actor;
  const Spinning guard{objects().busy};
  objects().clocks[object].join(actor.clock);
  if (this_clock().introduced) actor.clock.tick(actor.id);
}

void host_acquires(const void* object) {
  if (!watched()) return;
  const Spinning guard{objects().busy};
  const auto found = objects().clocks.find(object);
  if (found != objects().clocks.end()) this_clock().actor.clock.join(found->second);
}

}  // namespace fakecuda

using namespace fakecuda;

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto next = next_definition<Create>("pthread_create");
  if (!tracked()) return next(thread, attributes, routine, argument);
  auto start = std::make_unique<Start>(Start{routine, argument, this_clock().actor.clock});
  if (this_clock().introduced) this_clock().actor.clock.tick(this_clock().actor.id);
  const int error = next(thread, attributes, &run_thread, start.get());
  if (error == 0) start.release();  // NOLINT: the thread owns it
  return error;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto next = next_definition<int (*)(pthread_mutex_t*)>("pthread_mutex_lock");
  const int error = next(mutex);
  if (error == 0 && mutex != Lock::native()) host_acquires(mutex);
  return error;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  static const auto next = next_definition<int (*)(pthread_mutex_t*)>("pthread_mutex_trylock");
  const int error = next(mutex);
  if (error == 0 && mutex != Lock::native()) host_acquires(mutex);
  return error;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  static const auto next = next_definition<int (*)(pthread_mutex_t*)>("pthread_mutex_unlock");
  if (mutex != Lock::native()) host_releases(mutex);
  return next(mutex);
}
}
