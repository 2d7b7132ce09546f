// Streams, events and the operations queued on them.
#pragma once

#include <driver_types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/clock.hpp"

namespace fakecuda {

struct Capture;  // capture.hpp

/// A point in a stream's order, reached when the operation that carries it has finished.
struct Completion {
  bool done = false;
  VectorClock clock;  // of the stream, at that point
  std::chrono::steady_clock::time_point time;
};
using Point = std::shared_ptr<Completion>;

struct Operation {
  /// `joint`: `run` begins and finishes operations of several streams. `host`: `run` is called without the lock.
  enum class Kind { plain, joint, host };

  std::string name;
  std::function<void()> run = {};             // with the lock held and executing() set; may be empty
  std::function<bool()> ready = {};           // what it waits for beside `after`; empty: nothing
  std::function<std::string()> why_not = {};  // says so in the report of a hang
  std::vector<Point> after = {};              // of other streams, or events
  Kind kind = Kind::plain;
  Point point = {};         // made when somebody waits for it
  VectorClock queued = {};  // of the host, when it queued this
};

struct Stream : Actor {
  int device = 0;
  bool blocking = true;  // ordered with the device's legacy default stream
  bool legacy = false;
  bool alive = true;
  bool busy = false;  // a host function is running
  int priority = 0;
  std::shared_ptr<Capture> capture;  // null: work is queued
  std::deque<std::unique_ptr<Operation>> queue;
};

struct Event {
  int device = 0;
  bool timed = true;
  bool alive = true;
  Point latest;                       // of the latest cudaEventRecord; null when never recorded
  std::shared_ptr<Capture> captured;  // that the latest record is in; null: in none
};

}  // namespace fakecuda
