#include "harness/compare/comparison_json.hpp"

#include <gmock/gmock.h>

#include "harness/base/error.hpp"
#include "harness/compare/compare.hpp"
#include "tests/compare/results.hpp"

namespace lockstep {
namespace {

Comparison example() {
  Json candidate = result_json("b", {timed_case_json("one", noisy_blocks(1.2, 0.01, 12, 2)), case_json("new", {})});
  candidate["environment"]["software"]["driver"] = "550";
  return compare(side_of({result_json(
                     "a", {timed_case_json("one", noisy_blocks(1, 0.01, 12, 1)), timed_case_json("gone", {1, 2, 3})})}),
                 side_of({candidate}), {});
}

TEST(ComparisonJson, comes_back_as_it_was) {
  const TemporaryFolder folder;
  const Json written = to_json(example());
  const Comparison read = read_comparison(folder.write("comparison.json", written.dump()));
  EXPECT_EQ(to_json(read), written);
  EXPECT_EQ(read.exit_code, ExitCode::failed);
  EXPECT_EQ(read.cases[0].metrics[0].verdict, Verdict::regressed);
}

TEST(ComparisonJson, no_single_change_does_harm) {
  const TemporaryFolder folder;
  const Json whole = to_json(example()).flatten();
  for (const auto& [pointer, original] : whole.items())
    for (const Json& value : {Json(nullptr), Json(-1), Json("x"), Json(Json::array({nullptr}))}) {
      Json broken = to_json(example());
      broken[Json::json_pointer{pointer}] = value;
      const auto file = folder.write("comparison.json", broken.dump());
      try {
        read_comparison(file);
      } catch (const InputError&) {
      }
    }
}

TEST(ComparisonJson, a_result_is_no_comparison) {
  const TemporaryFolder folder;
  const auto file = folder.write("r.json", result_json("a", {timed_case_json("one", {1, 2, 3})}).dump());
  EXPECT_THROW(read_comparison(file), InputError);
}

}  // namespace
}  // namespace lockstep
