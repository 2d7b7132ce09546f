#include "tests/fakecuda/test_kernels.hpp"

#include "tests/doubles/fakecuda/access.hpp"
#include "tests/doubles/fakecuda/kernels.hpp"

extern "C" cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments,
                                          std::size_t shared, cudaStream_t stream);

namespace fakecuda_tests {
namespace {

using fakecuda::Access;

constexpr unsigned block_size = 64;

int index() {
  const fakecuda::KernelThread& at = *fakecuda::kernel_thread();
  return static_cast<int>(at.block * block_size + at.thread);
}

float read(const float* address) {
  fakecuda::access(address, sizeof(float), Access::read);
  return *address;
}

void write(float* address, float value) {
  fakecuda::access(address, sizeof(float), Access::write);
  *address = value;
}

template <typename T>
T argument(void** arguments, int which) {
  return *static_cast<T*>(arguments[which]);
}

void gradient_body(void** arguments) {
  const auto* weights = argument<const float*>(arguments, 0);
  const auto* inputs = argument<const float*>(arguments, 1);
  auto* gradients = argument<float*>(arguments, 2);
  const int i = index();
  if (i < argument<int>(arguments, 3)) write(gradients + i, read(weights + i) * read(inputs + i));
}

void update_body(void** arguments) {
  auto* weights = argument<float*>(arguments, 0);
  const auto* gradients = argument<const float*>(arguments, 1);
  const int i = index();
  if (i < argument<int>(arguments, 2)) write(weights + i, read(weights + i) - read(gradients + i) / 8);
}

// Only their addresses matter.
void gradient_stub() {}
void update_stub() {}

const void* address_of(void (*stub)()) { return reinterpret_cast<const void*>(stub); }

const bool registered = [] {
  static constexpr std::size_t gradient_bytes[] = {8, 8, 8, 4};
  static constexpr std::size_t update_bytes[] = {8, 8, 4};
  static constexpr fakecuda::KernelBody gradient{&gradient_body, gradient_bytes, 4};
  static constexpr fakecuda::KernelBody update{&update_body, update_bytes, 3};
  lockstep_fakecuda_test_kernel(address_of(&gradient_stub), "gradient", &gradient);
  lockstep_fakecuda_test_kernel(address_of(&update_stub), "update", &update);
  return true;
}();

dim3 blocks_for(int n) { return dim3{(static_cast<unsigned>(n) + block_size - 1) / block_size}; }

}  // namespace

cudaError_t launch_gradient(const float* weights, const float* inputs, float* gradients, int n, cudaStream_t stream) {
  void* arguments[] = {&weights, &inputs, &gradients, &n};
  return cudaLaunchKernel(address_of(&gradient_stub), blocks_for(n), dim3{block_size}, arguments, 0, stream);
}

cudaError_t launch_update(float* weights, const float* gradients, int n, cudaStream_t stream) {
  void* arguments[] = {&weights, &gradients, &n};
  return cudaLaunchKernel(address_of(&update_stub), blocks_for(n), dim3{block_size}, arguments, 0, stream);
}

void launch_too_many_threads(cudaStream_t stream) {
  float* nothing = nullptr;
  int n = 0;
  void* arguments[] = {&nothing, &nothing, &n};
  auto* kernel = reinterpret_cast<cudaKernel_t>(const_cast<void*>(address_of(&update_stub)));
  __cudaLaunchKernel(kernel, dim3{1}, dim3{2048}, arguments, 0, stream);
}

void host_writes(float* values, int n, float value) {
  fakecuda::access(values, static_cast<std::size_t>(n) * sizeof(float), Access::write);
  for (int i = 0; i < n; ++i) values[i] = value + static_cast<float>(i % 4);
}

float host_reads(const float* values, int n) {
  fakecuda::access(values, static_cast<std::size_t>(n) * sizeof(float), Access::read);
  float sum = 0;
  for (int i = 0; i < n; ++i) sum += values[i];
  return sum;
}

}  // namespace fakecuda_tests
