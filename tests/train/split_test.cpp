#include "harness/train/split.hpp"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

std::vector<std::size_t> sizes(std::size_t rows, std::size_t devices) {
  std::vector<std::size_t> result;
  for (const Rows& piece : chunk(rows, devices)) result.push_back(piece.count);
  return result;
}

using Sizes = std::vector<std::size_t>;

// Sizes that torch.chunk gives, padded with zeros for the devices that get nothing.
TEST(Chunk, B01_examples_of_torch) {
  EXPECT_EQ(sizes(10, 4), (Sizes{3, 3, 3, 1}));
  EXPECT_EQ(sizes(9, 4), (Sizes{3, 3, 3, 0}));
  EXPECT_EQ(sizes(5, 4), (Sizes{2, 2, 1, 0}));
  EXPECT_EQ(sizes(6, 4), (Sizes{2, 2, 2, 0}));
  EXPECT_EQ(sizes(2, 3), (Sizes{1, 1, 0}));
  EXPECT_EQ(sizes(9, 8), (Sizes{2, 2, 2, 2, 1, 0, 0, 0}));
  EXPECT_EQ(sizes(36, 7), (Sizes{6, 6, 6, 6, 6, 6, 0}));
  EXPECT_EQ(sizes(16, 7), (Sizes{3, 3, 3, 3, 3, 1, 0}));
}

TEST(Chunk, B02_no_rows_give_empty_pieces) { EXPECT_EQ(sizes(0, 4), (Sizes{0, 0, 0, 0})); }

TEST(Chunk, B01_covers_every_row_once_in_order) {
  for (std::size_t rows = 1; rows <= 130; ++rows)
    for (std::size_t devices = 1; devices <= 16; ++devices) {
      const auto pieces = chunk(rows, devices);
      const std::size_t piece = (rows + devices - 1) / devices;
      EXPECT_EQ(used_devices(pieces), (rows + piece - 1) / piece);
      std::size_t next = 0;
      for (const Rows& each : pieces) {
        if (each.count > 0) {
          EXPECT_EQ(each.first, next);
        }
        next += each.count;
        EXPECT_TRUE(each.count == piece || next == rows) << "only the last piece is short";
      }
      EXPECT_EQ(next, rows);
    }
}

}  // namespace
}  // namespace lockstep
