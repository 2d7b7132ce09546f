// Batches on a device: the right rows, the right types, reused memory.
#include "harness/data/batch_loader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "harness/data/synthetic.hpp"
#include "harness/device/cpu/cpu_world.hpp"

namespace lockstep {
namespace {

class BatchLoaderTest : public ::testing::TestWithParam<cpu::Order> {
 protected:
  BatchLoaderTest()
      : world_{cpu::open_world({.ranks = 1, .order = GetParam()})},
        device_{*world_.ranks[0]->device},
        stream_{device_.make_compute_stream()},
        labels_{make_synthetic_labels({.samples = 50, .inputs = 3, .outputs = 4}, 1)},
        values_{make_synthetic_values({.samples = 50, .inputs = 3, .outputs = 2}, 1)} {}

  static std::vector<SampleId> ids_of(std::size_t step) {
    return {static_cast<SampleId>(step), 7, static_cast<SampleId>(49 - step), 3, 11};
  }
  BatchLoader loader(const Dataset& dataset, DType dtype = DType::f32) { return {device_, dataset, ids_of, dtype}; }

  World world_;
  Device& device_;
  std::unique_ptr<Stream> stream_;
  Dataset labels_;
  Dataset values_;
};

TEST_P(BatchLoaderTest, loads_the_rows_that_were_asked_for) {
  BatchLoader source = loader(labels_);
  for (std::size_t step = 0; step < 4; ++step) {
    EXPECT_EQ(source.rows(step), 5U);
    const std::vector<SampleId> wanted{ids_of(step)[1], ids_of(step)[2], ids_of(step)[3]};
    std::vector<float> inputs(9);
    std::vector<std::int32_t> classes(3);
    labels_.copy_inputs(wanted, inputs);
    labels_.copy_labels(wanted, classes);
    const Batch batch = source.load(*stream_, step, {1, 3});
    EXPECT_EQ(batch.inputs.shape(), (Shape{3, 3}));
    EXPECT_EQ(to_host<float>(*stream_, batch.inputs), inputs);
    EXPECT_EQ(to_host<std::int32_t>(*stream_, batch.targets), classes);
  }
}

TEST_P(BatchLoaderTest, gives_doubles_the_same_numbers) {
  BatchLoader narrow = loader(values_);
  BatchLoader wide = loader(values_, DType::f64);
  const Batch f32 = narrow.load(*stream_, 0, {0, 5});
  const Batch f64 = wide.load(*stream_, 0, {0, 5});
  const auto floats = to_host<float>(*stream_, f32.targets);
  EXPECT_EQ(to_host<double>(*stream_, f64.targets), (std::vector<double>{floats.begin(), floats.end()}));
  EXPECT_EQ(f64.targets.shape(), (Shape{5, 2}));
}

TEST_P(BatchLoaderTest, gives_bf16_the_nearest_numbers) {
  BatchLoader wide = loader(values_);
  BatchLoader narrow = loader(values_, DType::bf16);
  const Batch f32 = wide.load(*stream_, 0, {0, 5});
  const Batch bf16 = narrow.load(*stream_, 0, {0, 5});
  const auto floats = to_host<float>(*stream_, f32.inputs);
  const auto stored = to_host<BFloat16>(*stream_, bf16.inputs);
  ASSERT_EQ(stored.size(), floats.size());
  for (std::size_t i = 0; i < stored.size(); ++i) EXPECT_EQ(stored[i].bits, BFloat16{floats[i]}.bits);
  EXPECT_EQ(bf16.targets.dtype(), DType::bf16);
}

// A device may get nothing in the first step and something later.
TEST_P(BatchLoaderTest, an_empty_first_load_has_the_right_types) {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16}) {
    BatchLoader source = loader(labels_, dtype);
    const Batch nothing = source.load(*stream_, 0, {5, 0});
    EXPECT_EQ(nothing.inputs.dtype(), dtype);
    EXPECT_EQ(nothing.targets.dtype(), DType::i32);
    EXPECT_EQ(source.load(*stream_, 1, {0, 2}).targets.count(), 2U);
  }
}

TEST_P(BatchLoaderTest, uses_the_same_memory_for_smaller_batches) {
  BatchLoader source = loader(values_);
  source.load(*stream_, 0, {0, 5});
  const std::size_t peak = device_.account().of(Use::batch).peak;
  EXPECT_EQ(peak, 5U * (3 + 2) * sizeof(float));
  source.load(*stream_, 1, {1, 2});
  EXPECT_EQ(device_.account().of(Use::batch).peak, peak);
}

// In deferred order the copy is still to come when the next batch is staged; it must not see the new rows.
TEST_P(BatchLoaderTest, does_not_overwrite_rows_that_are_still_to_be_copied) {
  BatchLoader source = loader(values_);
  const Tensor kept{device_, DType::f32, {5, 3}, Use::workspace};
  const Batch first = source.load(*stream_, 0, {0, 5});
  stream_->run({.name = "keep", .cost = {}, .body = [kept, inputs = first.inputs] {
                  std::copy_n(inputs.values<const float>().data(), 15, kept.values<float>().data());
                }});
  source.load(*stream_, 1, {0, 5});
  std::vector<float> expected(15);
  values_.copy_inputs(ids_of(0), expected);
  EXPECT_EQ(to_host<float>(*stream_, kept), expected);
}

INSTANTIATE_TEST_SUITE_P(Cpu, BatchLoaderTest, ::testing::Values(cpu::Order::at_once, cpu::Order::deferred));

}  // namespace
}  // namespace lockstep
