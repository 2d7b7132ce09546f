#include "tests/run/small_cases.hpp"

#include "harness/base/error.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep::testing {
namespace {

Case only_case(const std::string& text) {
  const std::vector<Case> cases = cases_of(text);
  require(cases.size() == 1, "{} cases", cases.size());
  return cases.front();
}

}  // namespace

Case exact_case(const std::string& run_lines) {
  return only_case(R"(schema = 1
name = "exact"
family = "equivalence"
[model]
widths = [8, 4, 2]
init = "ternary"
[data]
source = "exact"
samples = 64
[train]
batch = 8
steps = 4
loss = "mse"
optimizer = { kind = "ternary", threshold = 0.06 }
[run]
)" + run_lines);
}

Case learning_case(const std::string& run_lines) {
  return only_case(R"(schema = 1
name = "learning"
family = "convergence"
[model]
widths = [8, 16, 4]
[data]
source = "synthetic"
samples = 64
[train]
batch = 8
epochs = 3
[run]
)" + run_lines);
}

Case timed_case(const std::string& run_lines) {
  return only_case(R"(schema = 1
name = "timed"
family = "speedup"
[model]
widths = [8, 16, 4]
[data]
source = "synthetic"
samples = 64
[train]
batch = 8
steps = 4
[run]
warmup_steps = 2
repetitions = 3
max_repetitions = 3
)" + run_lines);
}

Case memory_case(const std::string& run_lines) {
  return only_case(R"(schema = 1
name = "memory"
family = "memory"
[model]
widths = [8, 16, 4]
[data]
source = "synthetic"
samples = 500
[train]
batch = 60
steps = 5
optimizer = { kind = "adam" }
[run]
)" + run_lines);
}

Case endless_case() {
  Case one = learning_case();
  one.name = "endless";
  one.scenario.train.epochs = 1'000'000'000;
  return one;
}

}  // namespace lockstep::testing
