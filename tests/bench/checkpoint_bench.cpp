// Saving and loading a checkpoint of 100 MiB beside a plain write + fsync and a plain read of as many bytes, in turn,
// in the folder for temporary files. The files are in the page cache when they are read; both reads fill new memory.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/clock.hpp"
#include "harness/base/file_calls.hpp"
#include "harness/base/input_file.hpp"
#include "harness/base/units.hpp"
#include "harness/checkpoint/store.hpp"

namespace lockstep {
namespace {

constexpr std::size_t tensors = 25;
constexpr std::size_t tensor_bytes = 4 * MiB;
constexpr int repetitions = 9;

/// A folder that is gone afterwards.
class Folder {
 public:
  Folder() : path_{std::filesystem::temp_directory_path() / ("checkpoint_bench." + std::to_string(::getpid()))} {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class State {
 public:
  State() : values_(tensors * tensor_bytes / sizeof(float)) {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = static_cast<float>(i);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span{values_}); }
  [[nodiscard]] std::vector<TensorBytes> tensor_views() const {
    std::vector<TensorBytes> views;
    for (std::size_t i = 0; i < tensors; ++i)
      views.push_back({"parameter." + std::to_string(i),
                       "F32",
                       {tensor_bytes / sizeof(float)},
                       bytes().subspan(i * tensor_bytes, tensor_bytes)});
    return views;
  }

 private:
  std::vector<float> values_;
};

template <typename Work>
double seconds_of(const Work& work) {
  const double start = steady_seconds();
  work();
  return steady_seconds() - start;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

/// `ours` and `plain` in turn, so that a disk that becomes slow is slow for both.
template <typename Ours, typename Plain>
void compare(benchmark::State& state, const Ours& ours, const Plain& plain) {
  std::vector<double> our_seconds;
  std::vector<double> plain_seconds;
  for (auto _ : state) {
    plain_seconds.push_back(seconds_of(plain));
    our_seconds.push_back(seconds_of(ours));
    state.SetIterationTime(our_seconds.back());
  }
  state.counters["median_us"] = median(our_seconds) * 1e6;
  state.counters["plain_us"] = median(plain_seconds) * 1e6;
}

void write_plainly(FileOps& files, const std::filesystem::path& path, std::span<const std::byte> bytes) {
  files.remove(path);
  const int file = files.create(path);
  write_all(files, file, bytes, path);
  files.fsync(file);
  files.close(file);
}

void read_plainly(FileOps& files, const std::filesystem::path& path) {
  InputFile file{files, path};
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(file.size());
  file.read({memory.get(), file.size()});
  benchmark::DoNotOptimize(memory.get());
}

void save(benchmark::State& state) {
  const Folder folder;
  const State training;
  SystemFiles files;
  CheckpointStore store{files, folder.path(), 1};
  std::uint64_t step = 0;
  // Each removes what it wrote before: the store keeps one checkpoint.
  compare(
      state, [&] { store.save(++step, training.tensor_views(), {}); },
      [&] { write_plainly(files, folder.path() / "plain", training.bytes()); });
}

void load(benchmark::State& state) {
  const Folder folder;
  SystemFiles files;
  CheckpointStore store{files, folder.path(), 1};
  store.save(1, State{}.tensor_views(), {});
  compare(
      state, [&] { benchmark::DoNotOptimize(store.load_newest()); },
      [&] { read_plainly(files, folder.path() / checkpoint_name(1)); });
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const std::string bytes = "/bytes:" + std::to_string(lockstep::tensors * lockstep::tensor_bytes);
  for (const auto& [name, run] : {std::pair{"save", &lockstep::save}, std::pair{"load", &lockstep::load}})
    benchmark::RegisterBenchmark((name + bytes).c_str(), run)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(lockstep::repetitions);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
