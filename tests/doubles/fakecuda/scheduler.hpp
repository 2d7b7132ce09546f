// Runs queued operations in a seeded order that streams and events allow, when a host thread waits for something.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "tests/doubles/fakecuda/hang.hpp"
#include "tests/doubles/fakecuda/lock.hpp"
#include "tests/doubles/fakecuda/stream.hpp"

namespace fakecuda {

class Runtime;

/// A host thread that waits.
struct Waiter {
  const std::function<std::string()>& what;  // it waits for
  const std::function<bool()>& reached;
};

/// What a thread runs when it has nothing better to do: those of the program do the devices' work; functions of
/// cudaLaunchHostFunc are called by a thread of the runtime's own, so that the program may make one wait.
enum class Work { of_devices, host_functions };

/// All members need the runtime's lock.
class Scheduler {
 public:
  explicit Scheduler(Runtime& runtime);

  Stream& make_stream(int device, bool blocking, bool legacy, int priority);
  /// Lets its queued work finish in the background, as CUDA does.
  void destroy_stream(Stream& stream);
  /// The living stream of a handle, or the default stream of the thread's device for null; reports anything else and
  /// returns null.
  Stream* find(cudaStream_t handle, const char* function);
  /// Alive, or with work left.
  [[nodiscard]] const std::vector<Stream*>& streams() const { return live_; }
  /// Done, whenever that was: who waits for a device waits for the work of streams that were destroyed, too.
  [[nodiscard]] Point work_of_gone_streams(int device) const;

  /// Appends to the stream's order.
  Operation& enqueue(Stream& stream, Operation operation);
  /// A point after everything queued so far.
  Point last_point(Stream& stream);

  /// Runs queued work until `reached`, whoever queued it; sleeps without the lock while there is none to run. `what`
  /// says what the thread waits for in the report of a hang.
  void wait(Lock& lock, const std::function<std::string()>& what, const std::function<bool()>& reached);
  /// Waits for all points, and the host knows afterwards what happened before them. Does not wait for those of a device
  /// that failed.
  void wait(Lock& lock, const std::string& what, const std::vector<Point>& points);
  /// Runs perhaps one operation: what may happen before a query.
  void let_something_happen(Lock& lock);
  /// Runs everything of a kind that can run: what eager mode does with the devices' work after every call.
  void run_all(Lock& lock, Work work);
  /// When the process ends: work that nobody waited for may still be seen to be wrong. Nothing of the program is
  /// called.
  void run_what_is_left();

  /// Whether the stream's device keeps an error; nothing runs on it any more, and what is queued is dropped.
  [[nodiscard]] bool failed(const Stream& stream) const;
  /// Whether the operation is its stream's head and nothing before it is left.
  [[nodiscard]] bool is_due(const Stream& stream, const Operation& operation) const;
  /// Makes this thread execute the head of `stream`, after what its stream and host did before.
  void begin(Stream& stream);
  /// The thread is host code again; the head has finished and is removed.
  void finish(Stream& stream);
  /// Host code again, but the head stays.
  static void end();

  std::mt19937_64& random() { return random_; }
  /// Rises whenever anything moves on, except by queries.
  [[nodiscard]] std::uint64_t progress() const { return progress_; }
  /// Something changed that operations or threads may wait for.
  void moved();

  // For the detection of hangs.
  [[nodiscard]] const std::list<Waiter*>& waiters() const { return waiters_; }
  [[nodiscard]] bool some_waiter_can_go_on() const;
  [[nodiscard]] bool some_host_function_can_run() const;
  void sleep(Lock& lock, std::chrono::milliseconds time) { changed_.wait_for(lock.raw(), time); }

 private:
  void forget(Stream& stream);
  bool run_one(Lock& lock, Work work);
  void run_head(Lock& lock, Stream& stream);
  [[nodiscard]] bool can_run(const Stream& stream, Work work) const;
  void order_with_default_stream(Stream& stream, Operation& operation);

  Runtime& runtime_;
  std::mt19937_64 random_;
  std::uint64_t progress_ = 0;
  std::condition_variable changed_;
  std::list<Waiter*> waiters_;
  HangWatch questions_;                       // of threads that do not wait
  std::vector<std::unique_ptr<Stream>> all_;  // never freed, so that a stale handle is recognised
  std::vector<Stream*> live_;
  std::map<int, VectorClock> gone_;  // what destroyed streams of a device have done
  std::unordered_set<const void*> handles_;
};

}  // namespace fakecuda
