// Global batches of a dataset, brought to a rank's device.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "harness/data/dataset.hpp"
#include "harness/train/batch.hpp"

namespace lockstep {

/// The samples of each step's global batch, in order.
using BatchPlan = std::function<std::vector<SampleId>(std::size_t step)>;

/// One rank's source. Rows are staged on the host and copied to the same device memory every step. `dataset` and
/// `device` must outlive it.
class BatchLoader : public BatchSource {
 public:
  BatchLoader(Device& device, const Dataset& dataset, BatchPlan plan, DType dtype);
  /// Waits for the copies that are still to read from the host's side.
  ~BatchLoader() override;

  [[nodiscard]] std::size_t rows(std::size_t step) override;
  Batch load(Stream& stream, std::size_t step, Rows rows) override;

 private:
  const std::vector<SampleId>& ids(std::size_t step);
  [[nodiscard]] Shape labels_shape(std::size_t rows) const;
  void stage(std::span<const SampleId> ids);

  Device& device_;
  const Dataset& dataset_;
  BatchPlan plan_;
  DType dtype_;
  std::optional<std::size_t> step_;  // of ids_
  std::vector<SampleId> ids_;
  // The host's side, read by the device until copied_ is reached.
  std::vector<float> floats_;
  std::vector<std::byte> inputs_;
  std::vector<std::byte> targets_;
  std::optional<Event> copied_;
  Tensor device_inputs_;   // [most rows so far, input width]
  Tensor device_targets_;  // [most rows so far], or by row with the target width or the labels of its tokens
};

}  // namespace lockstep
