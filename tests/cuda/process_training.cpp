// One rank of a small training with ddp, or all of them on threads to compare with. Prints each rank's parameters as a
// hash after every step. For processes_test.py, which says what goes wrong on the way.
#include <csignal>
#include <cstdio>
#include <map>
#include <string>

#include "harness/base/hash.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "harness/device/cuda/process_world.hpp"
#include "tests/train/fixture.hpp"

namespace lockstep {
namespace {

using Arguments = std::map<std::string, std::string>;

/// Words "name=value".
Arguments parse(int count, char** words) {
  Arguments arguments{{"strategy", "ddp"}, {"steps", "4"}, {"deadline", "30"}};
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const std::size_t equals = word.find('=');
    arguments[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return arguments;
}

int number(const Arguments& arguments, const std::string& name, int otherwise) {
  return arguments.contains(name) ? std::stoi(arguments.at(name)) : otherwise;
}

World open(const Arguments& arguments) {
  const int ranks = number(arguments, "ranks", 1);
  const Seconds deadline{std::stod(arguments.at("deadline"))};
  constexpr std::size_t capacity = 8 * MiB;
  if (!arguments.contains("rank"))
    return cuda::open_world(
        {.ranks = ranks, .collectives = cuda::Collectives::nccl, .capacity = capacity, .deadline = deadline});
  const int rank = number(arguments, "rank", 0);
  return cuda::open_process_world(
      {.rendezvous =
           {.file = arguments.at("rendezvous"), .run = "a test", .rank = rank, .ranks = ranks, .deadline = deadline},
       .gpu = number(arguments, "gpu", rank),
       .capacity = capacity,
       .deadline = deadline});
}

/// Every operation, so that a fault in any is seen in the hashes.
void communicate(Rank& rank, Stream& stream, std::vector<std::byte>& seen) {
  Communicator& group = *rank.group;
  const auto ranks = static_cast<std::size_t>(group.size());
  const auto own = static_cast<std::size_t>(rank.index);
  const auto note = [&](const Tensor& tensor) {
    const std::vector<float> values = to_host<float>(stream, tensor);
    const auto bytes = std::as_bytes(std::span{values});
    seen.insert(seen.end(), bytes.begin(), bytes.end());
  };
  const auto made = [&](std::size_t count) {
    const Tensor tensor{*rank.device, DType::f32, {count}, Use::workspace};
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = 1.0F / static_cast<float>(3 + 7 * own + i);
    from_host<float>(stream, values, tensor);
    return tensor;
  };
  const Tensor piece = made(own + 1);
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < ranks; ++i) counts.push_back(i + 1);
  const Tensor all = made(ranks * (ranks + 1) / 2);
  const int last = group.size() - 1;
  group.gather(stream, piece, all, counts, last);
  note(all);
  group.scatter(stream, all, piece, counts, last);
  note(piece);
  const Tensor wide = made(5 * ranks);
  const Tensor narrow = made(5);
  group.reduce_scatter(stream, wide, narrow);
  note(narrow);
  group.all_gather(stream, narrow, wide);
  note(wide);
  group.reduce(stream, narrow, last);
  note(narrow);
  group.barrier(stream);
}

void train(Rank& rank, const Arguments& arguments) {
  ExactTraining exact;
  Training& training = exact.training;
  training.optimizer = kernels::SgdSettings{.learning_rate = 0.01, .momentum = 0.9};
  // Not exact: the order of every sum shows in the bits.
  training.initial_values = kaiming_uniform(training.architecture.parameter_specs(), 4);
  BatchLoader source{*rank.device, exact.dataset,
                     [](std::size_t step) {
                       std::vector<SampleId> ids;
                       for (std::size_t i = 0; i < 17; ++i) ids.push_back(static_cast<SampleId>(step * 17 + i));
                       return ids;
                     },
                     DType::f32};
  const auto strategy =
      make_strategy(arguments.at("strategy"), rank, training, {.buckets = {.first = 64, .others = 1024}});
  Stream& stream = strategy->compute();
  for (int step = 0; step < number(arguments, "steps", 0); ++step) {
    if (step == number(arguments, "kill_at", -1)) std::raise(SIGKILL);
    if (step == number(arguments, "fail_at", -1)) throw RunError{"this rank was told to fail"};
    if (step == number(arguments, "leave_at", -1)) return;
    if (step == number(arguments, "stop_at", -1)) std::raise(SIGSTOP);
    if (step == number(arguments, "other_at", -1)) rank.group->barrier(stream);
    strategy->step(static_cast<std::size_t>(step), source);
    const std::vector<float> values = to_host<float>(stream, strategy->model().parameters().values());
    std::printf("rank %d step %d parameters %s\n", rank.index, step,
                format_hash(hash_bytes(std::as_bytes(std::span{values}))).c_str());
  }
  std::vector<std::byte> seen;
  communicate(rank, stream, seen);
  std::printf("rank %d collectives %s\n", rank.index, format_hash(hash_bytes(seen)).c_str());
}

}  // namespace
}  // namespace lockstep

int main(int count, char** words) {
  using namespace lockstep;
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    const Arguments arguments = parse(count, words);
    World world = open(arguments);
    std::printf("world of %d\n", world.size());
    on_every_rank(world, [&](Rank& rank) { train(rank, arguments); });
    if (arguments.contains("again")) {
      recover(world);
      on_every_rank(world, [&](Rank& rank) { train(rank, arguments); });
    }
    return 0;
  } catch (const RankError& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    for (const auto& of_rank : error.last_collectives())
      for (const CollectiveRecord& one : of_rank)
        std::fprintf(stderr, "collective %d %s\n", static_cast<int>(one.sequence), name_of(one.kind).data());
    return static_cast<int>(error.code());
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
