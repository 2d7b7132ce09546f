// Whatever the split, dp and ddp compute what one device computes: devices without a row, also in front of others and
// as device 0, included.
#include "tests/train/fixture.hpp"

namespace lockstep {
namespace {

struct PiecesCase {
  std::string strategy;
  std::vector<std::size_t> sizes;  // of 16 rows
  cpu::Order order;
};

class UnevenPieces : public ::testing::TestWithParam<PiecesCase> {
 protected:
  [[nodiscard]] Plan plan() const {
    Plan plan{
        .strategy = GetParam().strategy, .ranks = static_cast<int>(GetParam().sizes.size()), .order = GetParam().order};
    plan.options.split = weighted(GetParam().sizes);
    return plan;
  }
};

TEST_P(UnevenPieces, equal_one_device_bit_for_bit) {
  const ExactTraining exact;
  const Recording one = record(exact.training, exact.dataset, {});
  const Recording many = record(exact.training, exact.dataset, plan());
  for (std::size_t step = 0; step < one.size(); ++step) {
    double loss = 0;
    for (std::size_t rank = 0; rank < many[step].size(); ++rank) {
      const Snapshot& of_rank = many[step][rank];
      EXPECT_EQ(of_rank.inputs.size(), GetParam().sizes[rank] * ExactTraining::inputs);
      loss += of_rank.updates ? of_rank.loss : 0;
      if (!of_rank.updates) continue;
      ASSERT_EQ(of_rank.gradients, one[step][0].gradients) << "step " << step;
      ASSERT_EQ(of_rank.parameters, one[step][0].parameters) << "step " << step;
    }
    EXPECT_EQ(loss, one[step][0].loss) << "step " << step;
  }
}

std::vector<PiecesCase> all_cases() {
  std::vector<PiecesCase> cases;
  for (const std::string strategy : {"dp", "ddp"})
    for (const std::vector<std::size_t>& sizes : std::vector<std::vector<std::size_t>>{
             {12, 4}, {0, 16}, {16, 0}, {5, 0, 11}, {0, 7, 1, 8}, {1, 2, 3, 4, 3, 2, 1}, {0, 0, 6, 0, 10, 0, 0}})
      for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred})
        cases.push_back({strategy, sizes, order});
  return cases;
}

std::string name_of_case(const ::testing::TestParamInfo<PiecesCase>& test) {
  std::string name = test.param.strategy;
  for (const std::size_t size : test.param.sizes) name += fmt::format("_{}", size);
  return name + (test.param.order == cpu::Order::at_once ? "_at_once" : "_deferred");
}

INSTANTIATE_TEST_SUITE_P(Cpu, UnevenPieces, ::testing::ValuesIn(all_cases()), name_of_case);

// A device that starts without a row has no buffers yet; they must be of the training's type all the same.
TEST(UnevenPiecesInDouble, a_device_may_start_without_rows) {
  const ExactTraining f64{DType::f64};
  const Recording one = record(ExactTraining{}.training, f64.dataset, {});
  for (const std::string strategy : {"dp", "ddp"}) {
    World world = cpu::open_world({.ranks = 3});
    on_every_rank(world, [&](Rank& rank) {
      const auto part = make_strategy(strategy, rank, f64.training, {.split = weighted({0, 5, 11})});
      BatchLoader source{*rank.device, f64.dataset,
                         [](std::size_t step) {
                           std::vector<SampleId> ids(16);
                           for (std::size_t i = 0; i < 16; ++i) ids[i] = static_cast<SampleId>(step * 16 + i);
                           return ids;
                         },
                         DType::f64};
      for (std::size_t step = 0; step < 3; ++step) {
        part->step(step, source);
        if (part->optimizer() == nullptr) continue;
        const auto values = to_host<double>(part->compute(), part->model().parameters().values());
        EXPECT_EQ((std::vector<float>{values.begin(), values.end()}), one[step][0].parameters);
      }
    });
  }
}

}  // namespace
}  // namespace lockstep
