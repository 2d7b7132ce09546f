#include "kernels/embedding.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <vector>

#include "tests/kernels/operator_bound.hpp"
#include "tests/kernels/values.hpp"

namespace lockstep::kernels {
namespace {

using ::testing::ElementsAre;

const std::vector<std::int32_t> tokens{2, 0, 2, 2};

TEST(Embedding, copies_the_rows_of_its_tokens) {
  const std::vector<double> table{1, 2, 3, 4, 5, 6};
  std::vector<double> y(8);
  embedding_forward<double>(tokens, table, y, 2);
  EXPECT_THAT(y, ElementsAre(5, 6, 1, 2, 5, 6, 5, 6));
}

TEST(Embedding, adds_the_gradients_of_equal_tokens) {
  const std::vector<double> dy{1, 2, 10, 20, 100, 200, 1000, 2000};
  std::vector<double> dtable{7, 7, 7, 7, 7, 7};
  embedding_backward<double>(tokens, dy, dtable, 2, Into::overwrite);
  EXPECT_THAT(dtable, ElementsAre(10, 20, 0, 0, 1101, 2202));
  embedding_backward<double>(tokens, dy, dtable, 2, Into::add);
  EXPECT_THAT(dtable, ElementsAre(20, 40, 0, 0, 2202, 4404));
}

TEST(Embedding, sums_of_float_are_within_the_bound_of_their_number) {
  constexpr std::size_t count = 500, width = 3;
  const std::vector<std::int32_t> equal(count, 1);
  const std::vector<float> dy = normal_values(count * width, 1);
  std::vector<float> sums(2 * width);
  std::vector<double> expected(2 * width), magnitude(2 * width);
  embedding_backward<float>(equal, dy, sums, width, Into::overwrite);
  embedding_backward<double>(equal, widened(dy), expected, width, Into::overwrite);
  embedding_backward<double>(equal, magnitudes(dy), magnitude, width, Into::overwrite);
  EXPECT_EQ(count_violations(sums, expected, magnitude, count), 0U);
}

TEST(Embedding, adds_its_table_to_every_sample) {
  const std::vector<double> table{1, 2};
  std::vector<double> x{10, 20, 30, 40};
  add_table<double>(x, table, x);
  EXPECT_THAT(x, ElementsAre(11, 22, 31, 42));
}

TEST(Embedding, refuses_tokens_and_sizes_that_do_not_fit) {
  std::vector<float> table(6), y(8);
  for (const std::int32_t stranger : {-1, 3}) {
    const std::vector<std::int32_t> wrong{0, stranger, 0, 0};
    EXPECT_THROW(embedding_forward<float>(wrong, table, y, 2), std::out_of_range);
    EXPECT_THROW(embedding_backward<float>(wrong, y, table, 2, Into::add), std::out_of_range);
  }
  EXPECT_THROW(embedding_forward<float>(tokens, table, y, 4), std::invalid_argument);
  EXPECT_THROW(embedding_backward<float>(tokens, table, table, 2, Into::add), std::invalid_argument);
  EXPECT_THROW(add_table<float>(y, table, y), std::invalid_argument);
}

}  // namespace
}  // namespace lockstep::kernels
