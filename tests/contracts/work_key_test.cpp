// What a kernel depends on tells it from others.
#include <gtest/gtest.h>

#include "harness/device/cpu/cpu_world.hpp"
#include "harness/device/tensor.hpp"
#include "harness/ops/activation.hpp"
#include "harness/ops/dropout.hpp"
#include "harness/ops/losses.hpp"
#include "harness/ops/memory.hpp"
#include "harness/ops/optimizers.hpp"

namespace lockstep {
namespace {

/// Keeps the keys of what it is given and does nothing.
class KeyStream : public Stream {
 public:
  void run(Kernel kernel) override {
    WorkKey key;
    is_known = kernel.body.add_to(key);
    latest = key;
  }
  Event record() override { throw InternalError{"not used"}; }
  void wait(const Event&) override {}
  void synchronize() override {}
  void copy_in(std::span<const std::byte>, const Tensor&) override {}
  void copy_out(const Tensor&, std::span<std::byte>) override {}

  bool is_known = false;
  WorkKey latest;
};

class WorkKeys : public ::testing::Test {
 protected:
  template <typename Queue>
  WorkKey key_of(const Queue& queue) {
    KeyStream stream;
    queue(stream);
    EXPECT_TRUE(stream.is_known);
    return stream.latest;
  }
  Tensor tensor(Shape shape, DType dtype = DType::f32) {
    return {*world_.ranks[0]->device, dtype, std::move(shape), Use::workspace};
  }

 private:
  World world_ = cpu::open_world({.ranks = 1});
};

TEST_F(WorkKeys, AreOfTheSameWorkTheSame) {
  const Tensor x = tensor({4, 6});
  const Tensor y = tensor({4, 6});
  const auto forward = [&](Stream& stream) { ops::relu_forward(stream, x, y); };
  EXPECT_EQ(key_of(forward), key_of(forward));
}

TEST_F(WorkKeys, SeeAddressesShapesTypesAndCode) {
  const Tensor x = tensor({4, 6});
  const Tensor y = tensor({4, 6});
  const WorkKey key = key_of([&](Stream& stream) { ops::relu_forward(stream, x, y); });
  EXPECT_NE(key, key_of([&](Stream& stream) { ops::relu_forward(stream, x, x); }));
  EXPECT_NE(key, key_of([&](Stream& stream) { ops::tanh_forward(stream, x, y); }));
  EXPECT_NE(key, key_of([&](Stream& stream) { ops::relu_forward(stream, x.view_rows(0, 3), y.view_rows(0, 3)); }));
  EXPECT_NE(key, key_of([&](Stream& stream) { ops::relu_forward(stream, x.view(0, {6, 4}), y); }));
  const Tensor wide = tensor({4, 6}, DType::f64);
  EXPECT_NE(key_of([&](Stream& stream) { ops::zero(stream, x.view(0, {12})); }),
            key_of([&](Stream& stream) { ops::zero(stream, x.view(1, {12})); }));
  EXPECT_NE(key, key_of([&](Stream& stream) { ops::relu_forward(stream, wide, wide); }));
}

TEST_F(WorkKeys, SeeEveryNumber) {
  const Tensor values = tensor({8});
  const Tensor gradients = tensor({8});
  const auto sgd = [&](const kernels::SgdSettings& settings) {
    return key_of([&](Stream& stream) { ops::sgd(stream, values, gradients, Tensor{}, settings); });
  };
  const WorkKey key = sgd({.learning_rate = 0.1});
  EXPECT_EQ(key, sgd({.learning_rate = 0.1}));
  EXPECT_NE(key, sgd({.learning_rate = 0.2}));
  EXPECT_NE(key, sgd({.learning_rate = 0.1, .momentum = 0.5}));
  EXPECT_NE(key, sgd({.learning_rate = 0.1, .weight_decay = 0.5}));
  EXPECT_NE(key, sgd({.learning_rate = 0.1, .nesterov = true}));
  EXPECT_NE(sgd({.learning_rate = 0.0}), sgd({.learning_rate = -0.0})) << "the bits, not the values";
  const auto adam = [&](std::int64_t step) {
    return key_of([&](Stream& stream) { ops::adam(stream, values, gradients, values, values, {}, step); });
  };
  EXPECT_NE(adam(1), adam(2));
  const auto dropout = [&](const kernels::DropoutMask& mask) {
    return key_of([&](Stream& stream) { ops::dropout(stream, values, values, mask); });
  };
  EXPECT_EQ(dropout({.step = 1}), dropout({.step = 1}));
  EXPECT_NE(dropout({.step = 1}), dropout({.step = 2})) << "another mask";
  EXPECT_NE(dropout({.first_row = 1}), dropout({.first_row = 2}));
  const auto loss = [&](double scale, kernels::Into into) {
    return key_of([&](Stream& stream) {
      ops::mean_squared_error(stream, values, gradients, scale, tensor({1}, DType::f64), gradients, into);
    });
  };
  EXPECT_NE(loss(1, kernels::Into::overwrite), loss(2, kernels::Into::overwrite));
  EXPECT_NE(loss(1, kernels::Into::overwrite), loss(1, kernels::Into::add));
}

// A body that captures could depend on anything.
TEST_F(WorkKeys, AreNotOfWorkThatDoesNotTell) {
  KeyStream stream;
  const int captured = 3;
  stream.run({.name = "untold", .cost = {}, .body = [captured] { (void)captured; }});
  EXPECT_FALSE(stream.is_known);
}

}  // namespace
}  // namespace lockstep
