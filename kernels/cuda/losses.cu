#include <algorithm>

#include "kernels/check.hpp"
#include "kernels/cuda/bodies/losses.cuh"
#include "kernels/cuda/launch.hpp"
#include "kernels/cuda/losses.hpp"

namespace lockstep::kernels {
namespace {

/// One sum a block, each in the queue's scratch.
unsigned blocks_for(std::size_t work, std::size_t work_of_block) {
  return static_cast<unsigned>(std::min((work + work_of_block - 1) / work_of_block, CudaQueue::scratch_size));
}

void finish(const CudaQueue& queue, const char* name, unsigned blocks, double scale, std::span<double> loss,
            Into into) {
  device::finish_loss<<<1, device::loss_threads, 0, queue.stream>>>(queue.scratch, loss.data(), blocks, scale,
                                                                    into == Into::add);
  cuda::check_launch(name);
}

template <typename T>
void cross_entropy(const CudaQueue& queue, std::span<const T> logits, std::span<const std::int32_t> labels,
                   std::size_t classes, double scale, std::span<double> loss, std::span<T> dlogits, Into into) {
  constexpr const char* name = "softmax_cross_entropy";
  check_size(name, "logits", logits.size(), labels.size() * classes);
  check_size(name, "dlogits", dlogits.size(), logits.size());
  check_size(name, "loss", loss.size(), 1);
  const unsigned blocks = blocks_for(labels.size(), device::loss_warps);
  if (blocks > 0) {
    device::softmax_cross_entropy<<<blocks, device::loss_threads, 0, queue.stream>>>(
        logits.data(), labels.data(), dlogits.data(), queue.scratch, labels.size(), classes, scale);
    cuda::check_launch(name);
  }
  finish(queue, name, blocks, scale, loss, into);
}

template <typename T>
void squared_error(const CudaQueue& queue, std::span<const T> outputs, std::span<const T> targets, double scale,
                   std::span<double> loss, std::span<T> doutputs, Into into) {
  constexpr const char* name = "mean_squared_error";
  check_size(name, "targets", targets.size(), outputs.size());
  check_size(name, "doutputs", doutputs.size(), outputs.size());
  check_size(name, "loss", loss.size(), 1);
  const unsigned blocks = blocks_for(outputs.size(), device::loss_threads);
  if (blocks > 0) {
    device::mean_squared_error<<<blocks, device::loss_threads, 0, queue.stream>>>(
        outputs.data(), targets.data(), doutputs.data(), queue.scratch, outputs.size(), scale);
    cuda::check_launch(name);
  }
  finish(queue, name, blocks, scale, loss, into);
}

template <typename T>
void count(const CudaQueue& queue, std::span<const T> logits, std::span<const std::int32_t> labels, std::size_t classes,
           std::span<std::int32_t> correct) {
  check_size("add_correct", "logits", logits.size(), labels.size() * classes);
  check_size("add_correct", "correct", correct.size(), 1);
  if (labels.empty()) return;
  device::add_correct<<<cuda::grid_for(labels.size()), cuda::block_threads, 0, queue.stream>>>(
      logits.data(), labels.data(), correct.data(), labels.size(), classes);
  cuda::check_launch("add_correct");
}

}  // namespace

void softmax_cross_entropy(const CudaQueue& queue, std::span<const float> logits, std::span<const std::int32_t> labels,
                           std::size_t classes, double scale, std::span<double> loss, std::span<float> dlogits,
                           Into into) {
  cross_entropy(queue, logits, labels, classes, scale, loss, dlogits, into);
}
void softmax_cross_entropy(const CudaQueue& queue, std::span<const double> logits, std::span<const std::int32_t> labels,
                           std::size_t classes, double scale, std::span<double> loss, std::span<double> dlogits,
                           Into into) {
  cross_entropy(queue, logits, labels, classes, scale, loss, dlogits, into);
}
void softmax_cross_entropy(const CudaQueue& queue, std::span<const BFloat16> logits,
                           std::span<const std::int32_t> labels, std::size_t classes, double scale,
                           std::span<double> loss, std::span<BFloat16> dlogits, Into into) {
  cross_entropy(queue, logits, labels, classes, scale, loss, dlogits, into);
}

void mean_squared_error(const CudaQueue& queue, std::span<const float> outputs, std::span<const float> targets,
                        double scale, std::span<double> loss, std::span<float> doutputs, Into into) {
  squared_error(queue, outputs, targets, scale, loss, doutputs, into);
}
void mean_squared_error(const CudaQueue& queue, std::span<const double> outputs, std::span<const double> targets,
                        double scale, std::span<double> loss, std::span<double> doutputs, Into into) {
  squared_error(queue, outputs, targets, scale, loss, doutputs, into);
}
void mean_squared_error(const CudaQueue& queue, std::span<const BFloat16> outputs, std::span<const BFloat16> targets,
                        double scale, std::span<double> loss, std::span<BFloat16> doutputs, Into into) {
  squared_error(queue, outputs, targets, scale, loss, doutputs, into);
}

void add_correct(const CudaQueue& queue, std::span<const float> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct) {
  count(queue, logits, labels, classes, correct);
}
void add_correct(const CudaQueue& queue, std::span<const double> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct) {
  count(queue, logits, labels, classes, correct);
}
void add_correct(const CudaQueue& queue, std::span<const BFloat16> logits, std::span<const std::int32_t> labels,
                 std::size_t classes, std::span<std::int32_t> correct) {
  count(queue, logits, labels, classes, correct);
}

}  // namespace lockstep::kernels
