// What a rank did when: the phases of its steps, as pairs of events.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/device/stream.hpp"

namespace lockstep {

enum class Phase { batch, scatter, replicate, forward, gather, loss, backward, reduce, update, wait };

inline constexpr std::array<std::string_view, 10> phase_names{"batch", "scatter",  "replicate", "forward", "gather",
                                                              "loss",  "backward", "reduce",    "update",  "wait"};

constexpr std::string_view name_of(Phase phase) { return phase_names[static_cast<std::size_t>(phase)]; }

constexpr bool is_collective(Phase phase) {
  return phase == Phase::scatter || phase == Phase::replicate || phase == Phase::gather || phase == Phase::reduce;
}

/// Where a phase ran: on the stream of the computation or beside it.
enum class Lane { compute, side };

struct Span {
  std::size_t step;
  Phase phase;
  Lane lane;
  Event begin;
  Event end;
  std::uint64_t bytes = 0;  // S of the collectives that it queued
};

/// One rank's record. Costs two events a phase.
class Timeline {
 public:
  void begin_step(std::size_t step) { step_ = step; }

  /// Records the phase around what `work` queues on `stream`.
  template <typename Work>
  void during(Phase phase, Stream& stream, const Work& work, Lane lane = Lane::compute) {
    const Event begin = stream.record();
    stream.open_range(name_of(phase).data());
    stream.repeated(work);
    stream.close_range();
    spans_.push_back({step_, phase, lane, begin, stream.record()});
  }
  /// Of the phase that was recorded last.
  void set_bytes(std::uint64_t bytes) { spans_.back().bytes = bytes; }

  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }
  void clear() { spans_.clear(); }

 private:
  std::size_t step_ = 0;
  std::vector<Span> spans_;
};

}  // namespace lockstep
