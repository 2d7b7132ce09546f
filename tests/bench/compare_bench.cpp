// What judging costs: two results of 1,000 metrics with 50 blocks each, read from files and compared.
#include <benchmark/benchmark.h>

#include "harness/compare/compare.hpp"
#include "harness/compare/comparison_json.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

constexpr std::size_t cases = 250, metrics = 4, blocks = 50;

std::string result_text(const std::string& id, std::uint64_t seed) {
  std::vector<Json> all;
  for (std::size_t i = 0; i < cases; ++i) {
    std::vector<Json> of_case;
    for (std::size_t j = 0; j < metrics; ++j)
      of_case.push_back(metric_json("metric" + std::to_string(j), "s", "lower",
                                    noisy_blocks(0.1, 0.02, blocks, seed + 2 * (i * metrics + j))));
    all.push_back(case_json("case" + std::to_string(i), of_case));
  }
  return result_json(id, all).dump();
}

void compare_two_results(benchmark::State& state) {
  const TemporaryFolder folder;
  const auto before = folder.write("a.json", result_text("a", 0)), after = folder.write("b.json", result_text("b", 1));
  CompareOptions options;
  options.gate.judge_only({"metric0", "metric1", "metric2", "metric3"});
  for (auto _ : state) {
    const Comparison comparison = compare(read_side(before), read_side(after), options);
    benchmark::DoNotOptimize(to_json(comparison).dump());
  }
}
BENCHMARK(compare_two_results)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep

BENCHMARK_MAIN();
