#include "harness/train/models/backward_plan.hpp"

#include <gmock/gmock.h>

#include "harness/base/error.hpp"
#include "harness/train/layers/activation.hpp"
#include "harness/train/layers/linear.hpp"
#include "harness/train/layers/residual.hpp"
#include "harness/train/models/mlp.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

std::unique_ptr<Layer> linear(std::size_t in, std::size_t out) { return std::make_unique<Linear>("l", in, out, false); }
std::unique_ptr<Layer> sum() { return std::make_unique<Residual>(); }

TEST(BackwardPlan, AChainUsesTwoSlotsInTurn) {
  // Gradients of values 8, 5, 9, 7 wide, from the last on: 7 and 5 share a slot, 9 and 8 the other one.
  const Architecture chain = make_mlp({3, 8, 5, 9, 7, 2}, Activation::tanh, false);
  EXPECT_THAT(BackwardPlan{chain}.widths(), ElementsAre(7, 9));
}

TEST(BackwardPlan, NobodyNeedsTheGradientOfTheBatch) {
  const Architecture one = make_mlp({3, 2}, Activation::none, false);
  EXPECT_THAT(BackwardPlan{one}.widths(), ElementsAre());
  EXPECT_FALSE(BackwardPlan{one}.steps().at(0).inputs.at(0).has_value());
}

TEST(BackwardPlan, AShortcutKeepsOneMoreGradient) {
  Architecture net{.nodes = {}, .sample = {4}};
  const std::size_t x = net.add(linear(4, 4));
  net.add(linear(4, 6));
  const std::size_t branch = net.add(linear(6, 4));
  net.add(sum(), {branch, x});
  net.add(linear(4, 2));
  // That of the sum waits for the branch's, which passes through a wide and a narrow one.
  EXPECT_THAT(BackwardPlan{net}.widths(), ElementsAre(4, 6, 4));
}

/// The planted fault: in place over a gradient that the shortcut still needs, tanh would change both.
TEST(BackwardPlan, NothingIsInPlaceOverASharedGradient) {
  Architecture net{.nodes = {}, .sample = {4}};
  const std::size_t x = net.add(linear(4, 4));
  const std::size_t branch = net.add(std::make_unique<Tanh>(), {x});
  net.add(sum(), {branch, x});
  const BackwardPlan plan{net};
  const BackwardPlan::Step& through_tanh = plan.steps().at(1);
  EXPECT_NE(through_tanh.inputs.at(0)->slot, through_tanh.dy);
  ASSERT_TRUE(through_tanh.inputs.at(0)->join.has_value());
}

TEST(BackwardPlan, RefusesWhatItCannotPlan) {
  Architecture twice{.nodes = {}, .sample = {4}};
  const std::size_t x = twice.add(linear(4, 4));
  twice.add(sum(), {x, x});
  EXPECT_THROW(BackwardPlan{twice}, InternalError);
  Architecture unused{.nodes = {}, .sample = {4}};
  unused.add(linear(4, 4));
  unused.add(linear(4, 4), {0});
  EXPECT_THROW(BackwardPlan{unused}, InternalError);
}

TEST(Architecture, OutputsReplaceInputsThatNobodyElseNeeds) {
  Architecture net{.nodes = {}, .sample = {4}};
  net.add(std::make_unique<Tanh>());                 // of the batch
  const std::size_t x = net.add(linear(4, 4));       //
  net.add(std::make_unique<Tanh>());                 // of a value that the sum takes too
  net.add(std::make_unique<Relu>());                 // over what tanh's backward needs
  const std::size_t branch = net.add(linear(4, 4));  //
  net.add(sum(), {branch, x});                       // may
  net.add(std::make_unique<Tanh>());                 // may
  const std::vector<bool> expected{false, false, false, false, false, true, true};
  for (std::size_t node = 0; node < net.nodes.size(); ++node)
    EXPECT_EQ(net.replaces_input(node), expected[node]) << "node " << node;
}

}  // namespace
}  // namespace lockstep
