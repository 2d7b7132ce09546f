#include <algorithm>

#include "harness/measure/checks/resume.hpp"
#include "harness/measure/state/names.hpp"

namespace lockstep {
namespace {

/// Counts values and locates the first one whose bits differ.
class Comparison {
 public:
  Comparison(const Training& training)
      : parameters_{training.architecture.parameter_specs()},
        buffers_{training.architecture.buffer_specs()},
        width_{size_of(training.dtype)} {}

  /// A flat array over all parameters, tensor by tensor; `prefix` comes before the parameters' names.
  void compare(std::span<const std::byte> found, std::span<const std::byte> expected, const std::string& prefix) {
    compare_each(parameters_, found, expected, prefix);
  }
  void compare_buffers(std::span<const std::byte> found, std::span<const std::byte> expected,
                       const std::string& prefix) {
    compare_each(buffers_, found, expected, prefix);
  }
  template <typename T>
  void compare_value(const T& found, const T& expected, const std::string& what) {
    ++compared_;
    if (found != expected) note(fmt::format("{} is {}, was {}", what, found, expected));
  }
  void note(std::string difference) {
    if (wrong_++ == 0) first_ = std::move(difference);
  }
  [[nodiscard]] CheckResult result() const {
    const std::string because = "after loading every tensor has the bits that were saved, on every rank that updates";
    return judged("state", compared_, static_cast<double>(wrong_), 0,
                  wrong_ == 0 ? because : fmt::format("{}; first difference: {}", because, first_));
  }

 private:
  template <typename Spec>
  void compare_each(const std::vector<Spec>& specs, std::span<const std::byte> found,
                    std::span<const std::byte> expected, const std::string& prefix) {
    if (found.size() != expected.size())
      return note(fmt::format("{}: {} bytes instead of {}", prefix, found.size(), expected.size()));
    compared_ += found.size() / width_;
    for (const Spec& spec : specs) {
      const std::size_t bytes = count_of(spec.shape) * width_;
      const auto [at, _] = std::ranges::mismatch(found.first(bytes), expected.first(bytes));
      const auto element = static_cast<std::size_t>(at - found.begin()) / width_;
      if (element * width_ < bytes) note(fmt::format("{}{}[{}]", prefix, spec.name, element));
      found = found.subspan(bytes);
      expected = expected.subspan(bytes);
    }
  }

  std::vector<ParameterSpec> parameters_;
  std::vector<BufferSpec> buffers_;
  std::size_t width_;  // bytes of an element
  std::uint64_t compared_ = 0;
  std::uint64_t wrong_ = 0;  // tensors and single values
  std::string first_;
};

void compare_replica(Comparison& comparison, const Replica& found, const Replica& saved, const std::string& who) {
  comparison.compare(found.parameters, saved.parameters, who);
  comparison.compare_buffers(found.buffers, saved.buffers, who);
  comparison.compare_value(found.optimizer_steps, saved.optimizer_steps, who + "number of updates");
  comparison.compare_value(found.optimizer.size(), saved.optimizer.size(), who + "number of optimizer tensors");
  for (std::size_t i = 0; i < std::min(found.optimizer.size(), saved.optimizer.size()); ++i)
    comparison.compare(found.optimizer[i].values, saved.optimizer[i].values,
                       who + optimizer_prefix(saved.optimizer[i].name));
}

void compare_part(Comparison& comparison, const Accumulated& found, const Accumulated& saved, const std::string& who) {
  comparison.compare(found.gradients, saved.gradients, who + "accumulated ");
  comparison.compare_value(found.loss, saved.loss, who + "loss so far");
}

void compare_parts(Comparison& comparison, std::span<const Accumulated> found, const TrainingState& saved) {
  if (found.size() == saved.accumulated.size()) {
    for (std::size_t part = 0; part < found.size(); ++part)
      compare_part(comparison, found[part], saved.accumulated[part], fmt::format("part {}: ", part));
  } else if (found.empty()) {
    comparison.note("no rank holds a part of the unfinished step");
  } else {
    compare_part(comparison, sum_of(found, saved.dtype), sum_of(saved.accumulated, saved.dtype), "sum of the parts: ");
  }
}

}  // namespace

RankState state_on(Strategy& strategy, const Position& at) {
  return {replica_of(strategy), at.micro_batch > 0 ? accumulated_of(strategy) : std::nullopt};
}

CheckResult check_state(const TrainingState& saved, const Position& position, std::span<const RankState> ranks,
                        const Training& training) {
  Comparison comparison{training};
  comparison.compare_value(position.step, saved.position.step, "step");
  comparison.compare_value(position.micro_batch, saved.position.micro_batch, "micro-batch");
  std::vector<Accumulated> parts;
  std::size_t replicas = 0;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    if (ranks[rank].accumulated) parts.push_back(*ranks[rank].accumulated);
    if (!ranks[rank].replica) continue;
    ++replicas;
    compare_replica(comparison, *ranks[rank].replica, saved.replica, fmt::format("rank {}: ", rank));
  }
  if (replicas == 0) comparison.note("no rank holds a replica");
  if (saved.position.micro_batch > 0) compare_parts(comparison, parts, saved);
  return comparison.result();
}

}  // namespace lockstep
