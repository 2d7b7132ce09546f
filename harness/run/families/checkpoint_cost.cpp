#include "harness/run/families/checkpoint_cost.hpp"

#include <malloc.h>

#include <algorithm>
#include <functional>

#include "harness/base/clock.hpp"
#include "harness/base/file_calls.hpp"
#include "harness/base/input_file.hpp"
#include "harness/checkpoint/store.hpp"

namespace lockstep {
namespace {

/// Memory that is not cleared first, as the reader of checkpoints takes it.
struct Buffer {
  explicit Buffer(std::size_t count) : memory{std::make_unique_for_overwrite<std::byte[]>(count)}, size{count} {}
  [[nodiscard]] std::span<std::byte> bytes() const { return {memory.get(), size}; }
  std::unique_ptr<std::byte[]> memory;
  std::size_t size;
};

Buffer read_plainly(FileOps& files, const std::filesystem::path& path) {
  InputFile file{files, path};
  Buffer content{file.size()};
  if (file.read(content.bytes()) != content.size) throw IoError{fmt::format("{}: became shorter", path.string())};
  return content;
}

void write_plainly(FileOps& files, const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const int file = uninterrupted([&] { return files.create(path); });
  if (file < 0) throw_io_error(path, "cannot create", file);
  const auto close = std::shared_ptr<void>{nullptr, [&](void*) { files.close(file); }};
  write_all(files, file, bytes, path);
  if (const int error = files.fsync(file); error < 0) throw_io_error(path, "cannot write", error);
}

/// What was freed goes back to the system first, so that nobody's memory is warm from what ran before.
double seconds_of(const std::function<void()>& work) {
  ::malloc_trim(0);
  const double start = steady_seconds();
  work();
  return steady_seconds() - start;
}

/// Does both, the second one first in every other round.
void in_turn(std::size_t round, const std::function<void()>& first, const std::function<void()>& second) {
  if (round % 2 == 1) second();
  first();
  if (round % 2 == 0) second();
}

std::vector<double> ratios(const std::vector<double>& over, const std::vector<double>& under) {
  std::vector<double> result;
  for (std::size_t i = 0; i < over.size(); ++i) result.push_back(over[i] / under[i]);
  return result;
}

}  // namespace

CheckpointTimes time_checkpoints(Trainer& trainer, const RunFacts& run, const std::filesystem::path& folder,
                                 std::size_t rounds) {
  SystemFiles files;
  CheckpointStore store{files, folder / "measured", 1};
  const std::uint64_t step = trainer.position().step;
  const std::filesystem::path plain = folder / "plain";
  CheckpointTimes times;
  TrainingState state;
  NewestCheckpoint newest;
  const auto capture = [&] { state = trainer.state(); };
  const auto save = [&] {
    store.save(step, tensors_of(state, run.training, ParameterPrefix::none),
               metadata_of(run, state, ParameterPrefix::none));
  };
  const auto load = [&] { newest = store.load_newest(); };
  const auto restore = [&] {
    require(newest.checkpoint.has_value(), "{}: no checkpoint", store.directory().string());
    trainer.restore(state_from(newest.checkpoint->content, run, newest.checkpoint->path.string()).state);
  };
  capture();
  save();  // so that every round replaces a file
  const Buffer content = read_plainly(files, store.directory() / checkpoint_name(step));
  times.bytes = content.size;
  for (std::size_t round = 0; round < rounds; ++round) {
    times.capture.push_back(seconds_of(capture));
    in_turn(
        round, [&] { times.save.push_back(seconds_of(save)); },
        [&] { times.plain_write.push_back(seconds_of([&] { write_plainly(files, plain, content.bytes()); })); });
    in_turn(
        round,
        [&] {
          times.load.push_back(seconds_of(load));
          times.restore.push_back(seconds_of(restore));
          newest = {};
        },
        [&] { times.plain_read.push_back(seconds_of([&] { read_plainly(files, plain); })); });
    files.remove(plain);
  }
  return times;
}

std::vector<Metric> cost_metrics(const CheckpointTimes& times) {
  const auto bandwidths = [&](const std::vector<double>& seconds) {
    return ratios(std::vector<double>(seconds.size(), static_cast<double>(times.bytes)), seconds);
  };
  const auto time = [](std::string name, std::string definition) {
    return Metric{.name = std::move(name),
                  .unit = "s",
                  .better = Better::lower,
                  .definition = std::move(definition),
                  .has_samples = true};
  };
  const auto rate = [](std::string name, std::string unit, std::string definition) {
    return Metric{.name = std::move(name),
                  .unit = std::move(unit),
                  .better = Better::higher,
                  .definition = std::move(definition)};
  };
  return {
      {.name = "checkpoint_size",
       .unit = "B",
       .better = Better::lower,
       .value = static_cast<double>(times.bytes),
       .definition = "bytes of the file",
       .exact = true},
      summarised(time("capture_time", "from the devices to host memory"), times.capture),
      summarised(time("save_time", "from host memory until the file survives a crash, hashes included"), times.save),
      summarised(rate("save_bandwidth", "B/s", "bytes of the file / save_time"), bandwidths(times.save)),
      summarised(
          rate("save_efficiency", "1", "time of a plain write and fsync of the same bytes / save_time, in pairs"),
          ratios(times.plain_write, times.save)),
      summarised(time("load_time", "from the directory to host memory, hashes verified"), times.load),
      summarised(rate("load_bandwidth", "B/s", "bytes of the file / load_time"), bandwidths(times.load)),
      summarised(rate("load_efficiency", "1", "time of a plain read of the same bytes / load_time, in pairs"),
                 ratios(times.plain_read, times.load)),
      summarised(time("restore_time", "from host memory until all devices hold the state"), times.restore),
  };
}

std::string cost_finding(const CheckpointTimes& times) {
  const auto sum = [](const std::vector<double>& a, const std::vector<double>& b) {
    return format_duration(Seconds{median(a) + median(b)});
  };
  return fmt::format("A checkpoint of {} holds up the training for {} when it is saved and for {} when it is loaded.",
                     format_bytes(times.bytes), sum(times.capture, times.save), sum(times.load, times.restore));
}

void send_samples(const CheckpointTimes& times, const SampleSink& samples) {
  const auto send = [&](std::string_view metric, const std::vector<double>& values) {
    for (std::size_t round = 0; round < values.size(); ++round)
      samples({.metric = metric, .unit = "s", .index = round, .value = values[round]});
  };
  send("capture_time", times.capture);
  send("save_time", times.save);
  send("plain_write_time", times.plain_write);
  send("load_time", times.load);
  send("restore_time", times.restore);
  send("plain_read_time", times.plain_read);
}

}  // namespace lockstep
