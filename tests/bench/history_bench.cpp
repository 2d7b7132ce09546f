// What a history of 10,000 results costs: adding one more from its file, and the trend of one metric.
#include <benchmark/benchmark.h>

#include "harness/history/trend.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

constexpr std::size_t stored = 10'000, cases = 10, metrics = 4, blocks = 12;

std::string result_text(std::size_t run) {
  std::vector<Json> all;
  for (std::size_t i = 0; i < cases; ++i) {
    std::vector<Json> of_case;
    for (std::size_t j = 0; j < metrics; ++j)
      of_case.push_back(metric_json("metric" + std::to_string(j), "s", "lower",
                                    noisy_blocks(0.1, 0.02, blocks, run * cases * metrics + i * metrics + j)));
    all.push_back(case_json("case" + std::to_string(i), of_case));
  }
  return result_json("run" + std::to_string(run), all).dump();
}

/// A file with so many results, made as users make it.
class FullHistory {
 public:
  FullHistory() {
    History history{file(), History::Missing::create};
    std::vector<Entry> entries;
    for (std::size_t run = 0; run < stored; ++run)
      entries.push_back(entry_of(parse_result(result_text(run), "result.json"), std::nullopt));
    (void)history.add(entries);
  }

  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "history.db"; }
  [[nodiscard]] std::filesystem::path next_result() {
    return folder_.write("result.json", result_text(stored + added_++));
  }

 private:
  TemporaryFolder folder_;
  std::size_t added_ = 0;
};

FullHistory& full_history() {
  static FullHistory history;
  return history;
}

void add_one_result(benchmark::State& state) {
  FullHistory& full = full_history();
  for (auto _ : state) {
    state.PauseTiming();
    const std::filesystem::path result = full.next_result();
    state.ResumeTiming();
    History history{full.file(), History::Missing::create};
    benchmark::DoNotOptimize(history.add({entry_of(read_result(result), std::nullopt)}));
  }
}
BENCHMARK(add_one_result)->Unit(benchmark::kMillisecond)->Iterations(100)->UseRealTime();

void list_all_results(benchmark::State& state) {
  const FullHistory& full = full_history();
  for (auto _ : state) benchmark::DoNotOptimize(History{full.file()}.list());
}
BENCHMARK(list_all_results)->Unit(benchmark::kMillisecond)->UseRealTime();

void trend_of_one_metric(benchmark::State& state) {
  const FullHistory& full = full_history();
  for (auto _ : state) {
    History history{full.file()};
    benchmark::DoNotOptimize(read_trends(history, {.machine = "", .name = "case1", .metric = "metric1"}));
  }
}
BENCHMARK(trend_of_one_metric)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace lockstep

BENCHMARK_MAIN();
