// What the device, the streams and the events of one rank share.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/base/units.hpp"
#include "harness/device/cuda/owned.hpp"

namespace lockstep::cuda {

/// Looks after something that can make waiting for the GPU hopeless; throws when it has.
class Watch {
 public:
  virtual ~Watch() = default;
  virtual void look() = 0;
  /// Nobody waits any more: takes off the GPU what it may never be done with.
  virtual void give_up() noexcept = 0;
};

/// Where the GPU's time stood when the host's clock did. Reached.
struct Anchor {
  OwnedEvent event;
  std::chrono::steady_clock::time_point host;
};

struct ContextOptions {
  bool tf32 = false;       // products may round their inputs to TF32
  bool graphs = false;     // repeated work is launched as graphs
  bool is_shared = false;  // several ranks use the GPU
  Seconds deadline{0};     // 0: none
};

class Context {
 public:
  Context(int device, const ContextOptions& options)
      : device_{device}, name_{fmt::format("cuda:{}", device)}, options_{options} {}

  [[nodiscard]] int device() const { return device_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool allows_tf32() const { return options_.tf32; }
  [[nodiscard]] bool is_shared() const { return options_.is_shared; }
  [[nodiscard]] bool launches_graphs() const { return options_.graphs; }
  [[nodiscard]] Seconds deadline() const { return options_.deadline; }

  /// An event with timing, a used one where there is one: making one takes longer than recording it.
  OwnedEvent take_event();
  void give_back(OwnedEvent event);

  /// Page-locked memory of at least `bytes`, for copies that do not stop the host; goes back with its last owner.
  std::shared_ptr<std::byte[]> take_pinned(std::size_t bytes);

  /// Keeps page-locked memory that the GPU may still use, and that nobody waits for, until the end.
  void abandon(std::shared_ptr<std::byte[]> block);

  /// Ties the GPU's time to the host's, within about 10 µs, unless that was done less than a second ago. Waits for an
  /// idle stream of its own. Events of two GPUs are compared by way of the host.
  void anchor();
  [[nodiscard]] std::shared_ptr<const Anchor> latest_anchor() const;

  /// Blocks the calling thread until `query()` is no longer cudaErrorNotReady; throws what it is then, or what a watch
  /// throws in the meantime, or, when they have all given up, CollectiveLate after the world's deadline.
  void wait_until(const std::function<cudaError_t()>& query, const char* call);
  void add_watch(std::weak_ptr<Watch> watch);

 private:
  struct PinnedBlocks;

  std::vector<std::shared_ptr<Watch>> watches();
  /// At all of them, so that each takes its operations off the GPU, then throws what the first one threw.
  void look_at_watches();

  const int device_;
  const std::string name_;
  const ContextOptions options_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<OwnedEvent> events_;
  std::shared_ptr<PinnedBlocks> pinned_;
  std::vector<std::shared_ptr<std::byte[]>> abandoned_;
  std::shared_ptr<const Anchor> anchor_;
  std::vector<std::weak_ptr<Watch>> watches_;
};

}  // namespace lockstep::cuda
