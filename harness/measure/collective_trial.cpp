#include "harness/measure/collective_trial.hpp"

#include <algorithm>

#include "harness/ops/memory.hpp"

namespace lockstep {
namespace {

/// One rank's seconds of each iteration of what `queue` queues.
std::vector<double> time_on(const Rank& rank, Stream& stream, const Repetition& repetition, const auto& queue) {
  struct Ends {
    Event begin;
    Event end;
  };
  std::vector<Ends> all;
  for (std::size_t i = 0; i < repetition.warmup + repetition.iterations; ++i) {
    rank.group->barrier(stream);
    const Event begin = stream.record();
    queue();
    all.push_back({begin, stream.record()});
  }
  rank.group->barrier(stream);  // the operands of all ranks stay until all are done
  stream.synchronize();
  std::vector<double> seconds;
  for (std::size_t i = repetition.warmup; i < all.size(); ++i) seconds.push_back((all[i].end - all[i].begin).count());
  return seconds;
}

std::vector<double> longest(const std::vector<std::vector<double>>& ranks) {
  std::vector<double> result = ranks.front();
  for (const std::vector<double>& seconds : ranks)
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = std::max(result[i], seconds[i]);
  return result;
}

}  // namespace

ComparedElements compare_collective(World& world, const CollectiveShape& shape) {
  const auto ranks = results_of_every_rank<ComparedElements>(world, [&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const CollectiveOperation operation{rank, shape};
    operation.craft(*stream);
    operation.run(*stream);
    return operation.compare(*stream);
  });
  ComparedElements sum;
  for (const ComparedElements& rank : ranks) {
    sum.compared += rank.compared;
    sum.wrong += rank.wrong;
  }
  return sum;
}

std::vector<double> time_collective(World& world, const CollectiveShape& shape, const Repetition& repetition) {
  return longest(results_of_every_rank<std::vector<double>>(world, [&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const CollectiveOperation operation{rank, shape};
    operation.clear(*stream);
    return time_on(rank, *stream, repetition, [&] { operation.run(*stream); });
  }));
}

std::vector<double> time_copies(World& world, std::size_t bytes, const Repetition& repetition) {
  return longest(results_of_every_rank<std::vector<double>>(world, [&](Rank& rank) {
    const auto stream = rank.device->make_compute_stream();
    const Shape shape{bytes / sizeof(float)};
    const Tensor from{*rank.device, DType::f32, shape, Use::communication};
    const Tensor to{*rank.device, DType::f32, shape, Use::communication};
    ops::zero(*stream, from);
    return time_on(rank, *stream, repetition, [&] { ops::copy(*stream, from, to); });
  }));
}

}  // namespace lockstep
