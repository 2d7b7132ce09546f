// A piece of work in a process of its own, so that whatever happens to it happens to it alone.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/base/units.hpp"

namespace lockstep {

/// How a child ended.
struct ChildEnd {
  enum class How { finished, crashed, deadline, interrupted };
  How how = How::finished;
  int signal = 0;     // that killed it, when it crashed
  int exit_code = 0;  // when it finished
};

struct ChildWork {
  /// Runs in the child; what it passes to `send` (a line without line breaks) arrives at `receive` in the parent.
  std::function<void(const std::function<void(std::string_view line)>& send)> work;
  std::function<void(std::string_view line)> receive;
  /// Called several times a second while waiting; returns true to stop the child.
  std::function<bool()> is_interrupted;
  Seconds deadline{300};
};

/// Forks; the calling process must have one thread. The child does not outlive this process. Throws IoError when no
/// child can be made.
ChildEnd run_in_child(const ChildWork& child);

}  // namespace lockstep
