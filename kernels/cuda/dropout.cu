#include "kernels/check.hpp"
#include "kernels/cuda/bodies/dropout.cuh"
#include "kernels/cuda/dropout.hpp"
#include "kernels/cuda/launch.hpp"

namespace lockstep::kernels {

template <typename T>
void dropout(const CudaQueue& queue, std::span<const T> x, std::span<T> y, const DropoutMask& mask) {
  check_size("dropout", "y", y.size(), x.size());
  check(mask.row_size > 0 && x.size() % mask.row_size == 0, "dropout", "x is not whole rows");
  check(mask.probability >= 0 && mask.probability < 1, "dropout", "the probability is not in [0, 1)");
  if (x.empty()) return;
  const std::size_t rows = x.size() / mask.row_size;
  device::dropout<<<cuda::grid_for(rows * ((mask.row_size + 3) / 4)), cuda::block_threads, 0, queue.stream>>>(
      x.data(), y.data(), rows, mask.row_size, mask.first_row, mask.seed, mask.layer, mask.step, mask.threshold(),
      static_cast<T>(mask.scale()));
  cuda::check_launch("dropout");
}

template void dropout(const CudaQueue&, std::span<const float>, std::span<float>, const DropoutMask&);
template void dropout(const CudaQueue&, std::span<const double>, std::span<double>, const DropoutMask&);

}  // namespace lockstep::kernels
