#include "kernels/check.hpp"
#include "kernels/cuda/bodies/embedding.cuh"
#include "kernels/cuda/embedding.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {

template <typename T>
void embedding_forward(const CudaQueue& queue, std::span<const std::int32_t> tokens, std::span<const T> table,
                       std::span<T> y, std::size_t width) {
  check(width > 0 && table.size() % width == 0, "embedding_forward", "table is not whole rows");
  check_size("embedding_forward", "y", y.size(), tokens.size() * width);
  if (y.empty()) return;
  device::embedding_forward<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(
      tokens.data(), table.data(), y.data(), table.size() / width, width, y.size());
  cuda::check_launch("embedding_forward");
}

template <typename T>
void embedding_backward(const CudaQueue& queue, std::span<const std::int32_t> tokens, std::span<const T> dy,
                        std::span<T> dtable, std::size_t width, Into into) {
  check(width > 0 && dtable.size() % width == 0, "embedding_backward", "dtable is not whole rows");
  check_size("embedding_backward", "dy", dy.size(), tokens.size() * width);
  if (dtable.empty()) return;
  const auto blocks = static_cast<unsigned>(dtable.size() / width);
  device::embedding_backward<<<blocks, device::token_threads, 0, queue.stream>>>(
      tokens.data(), dy.data(), dtable.data(), tokens.size(), width, into == Into::add);
  cuda::check_launch("embedding_backward");
}

template <typename T>
void add_table(const CudaQueue& queue, std::span<const T> x, std::span<const T> table, std::span<T> y) {
  check_size("add_table", "y", y.size(), x.size());
  check(!table.empty() && x.size() % table.size() == 0, "add_table", "x is not whole samples");
  if (y.empty()) return;
  device::add_table<<<cuda::grid_for(y.size()), cuda::block_threads, 0, queue.stream>>>(
      x.data(), table.data(), y.data(), table.size(), y.size());
  cuda::check_launch("add_table");
}

template void embedding_forward(const CudaQueue&, std::span<const std::int32_t>, std::span<const float>,
                                std::span<float>, std::size_t);
template void embedding_backward(const CudaQueue&, std::span<const std::int32_t>, std::span<const float>,
                                 std::span<float>, std::size_t, Into);
template void add_table(const CudaQueue&, std::span<const float>, std::span<const float>, std::span<float>);
template void embedding_forward(const CudaQueue&, std::span<const std::int32_t>, std::span<const double>,
                                std::span<double>, std::size_t);
template void embedding_backward(const CudaQueue&, std::span<const std::int32_t>, std::span<const double>,
                                 std::span<double>, std::size_t, Into);
template void add_table(const CudaQueue&, std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace lockstep::kernels
