// A point in a stream's order of work.
#pragma once

#include <memory>
#include <utility>

#include "harness/base/units.hpp"

namespace lockstep {

/// A cheap handle that may outlive its stream. Events of one world share a clock.
class Event {
 public:
  /// What a backend provides.
  class State {
   public:
    virtual ~State() = default;
    /// Blocks the calling thread until the point is reached; rethrows the failure of the work before it.
    virtual void wait() const = 0;
    /// Whether the point is reached; does not block.
    [[nodiscard]] virtual bool is_reached() const noexcept = 0;
    /// Time from `earlier` to this point; blocks until both are reached.
    [[nodiscard]] virtual Seconds since(const State& earlier) const = 0;
  };

  explicit Event(std::shared_ptr<const State> state) : state_{std::move(state)} {}

  [[nodiscard]] const State& state() const { return *state_; }
  friend Seconds operator-(const Event& later, const Event& earlier) { return later.state_->since(*earlier.state_); }

 private:
  std::shared_ptr<const State> state_;
};

}  // namespace lockstep
