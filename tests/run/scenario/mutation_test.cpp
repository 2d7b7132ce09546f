// Damaged scenario files: whatever the bytes, the answer is a case or a typed error.
#include <gtest/gtest.h>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"
#include "harness/run/scenario/dump.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

std::string rich_scenario() {
  return R"(schema = 1
name = "equivalence-mlp"
family = "equivalence"
[model]
widths = [[8, 16, 4], [8, 4]]
activation = "relu"
init = [{ constant = 1.0 }, "kaiming"]
[data]
source = "inline"
inputs = [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8.5]]
targets = [[0], [3]]
[train]
batch = [1, 2]
steps = 50
optimizer = { kind = "sgd", learning_rate = 0.1, momentum = 0.9 }
[run]
devices = [1, 2]
strategy = ["dp", "single"]
device_memory = "512 MiB"
deadline = "60 s"
[output]
dump = ["gradients"]
[expect]
"speedup@strategy=dp,devices=2" = { min = 1.7 }
)";
}

/// One to three bytes changed, taken out or put in; half of what comes in are characters that mean something in TOML.
std::string mutate(std::string text, std::uint64_t number) {
  static constexpr std::string_view meaningful = "[]{}=.,\"'#\n-+_0e\\";
  const RandomStream random{1, number};
  const std::uint64_t changes = 1 + random.below(3, 0);
  for (std::uint64_t change = 0; change < changes; ++change) {
    const std::uint64_t first = 1 + 4 * change;
    const std::size_t at = random.below(text.size(), first);
    const char byte = random.below(2, first + 1) == 0 ? meaningful[random.below(meaningful.size(), first + 2)]
                                                      : static_cast<char>(random.below(256, first + 2));
    switch (random.below(4, first + 3)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + random.bits(first + 2) % 8);
        break;
      default:
        text[at] = static_cast<char>(text[at] ^ (1 << (random.bits(first + 2) % 8)));
        break;
    }
  }
  return text;
}

TEST(Mutation, OnlyTypedErrorsComeOutOfDamagedFiles) {
  ASSERT_EQ(testing::cases_of(rich_scenario()).size(), 24U);
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  for (std::uint64_t number = 0; number < 2000; ++number) {
    const std::string text = mutate(rich_scenario(), number);
    try {
      for (const Case& one : testing::cases_of(text)) {
        // What is accepted can be written and read again.
        ASSERT_EQ(testing::cases_of(dump_config(one)).at(0), one) << text;
      }
      ++accepted;
    } catch (const InputError& error) {
      EXPECT_EQ(std::string_view{error.what()}.substr(0, 7), "s.toml:") << text;
      ++rejected;
    }
  }
  EXPECT_GT(accepted, 20U);
  EXPECT_GT(rejected, 1000U);
}

}  // namespace
}  // namespace lockstep
