#include "tests/fakecuda/trainer.hpp"

#include <vector>

#include "tests/fakecuda/test_kernels.hpp"

namespace fakecuda_tests {
namespace {

std::string& the_fault() {
  static std::string fault;
  return fault;
}

constexpr std::size_t bytes = parameters * sizeof(float);

float* device_memory() {
  void* memory = nullptr;
  require(cudaMalloc(&memory, bytes));
  return static_cast<float*>(memory);
}

float* pinned_memory() {
  void* memory = nullptr;
  require(cudaMallocHost(&memory, bytes));
  return static_cast<float*>(memory);
}

cudaStream_t stream() {
  cudaStream_t made = nullptr;
  require(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking));
  return made;
}

cudaEvent_t event() {
  cudaEvent_t made = nullptr;
  require(cudaEventCreateWithFlags(&made, cudaEventDisableTiming));
  return made;
}

}  // namespace

bool planted(const std::string& fault) { return the_fault() == fault; }
void plant(const std::string& fault) { the_fault() = fault; }

Rank::Rank(int rank, ncclComm_t comm) : rank_{rank}, comm_{comm} {
  set_device();
  compute_ = stream();
  communicate_ = stream();
  staged_ = event();
  for (cudaEvent_t& ready : ready_) ready = event();
  reduced_ = event();
  weights_ = device_memory();
  inputs_ = device_memory();
  gradients = device_memory();
  staging_ = pinned_memory();
  output = pinned_memory();
}

void Rank::set_device() const {
  if (!faulty("forgotten_set_device")) require(cudaSetDevice(rank_));
}

void Rank::send_parameters() {
  if (planted("uninitialised_weights")) return;
  if (rank_ == 0) {
    const std::vector<float> initial(parameters, 1.0F);
    require(cudaMemcpyAsync(weights_, initial.data(), bytes, cudaMemcpyHostToDevice, compute_));
  }
  if (faulty("wrong_root"))
    require(ncclBroadcast(weights_, weights_, parameters, ncclFloat32, 1, comm_, compute_));
  else
    require(ncclBroadcast(weights_, weights_, parameters, ncclFloat32, 0, comm_, compute_));
}

void Rank::stage(int step) {
  step_ = step;
  if (step > 0 && !planted("staging_reused")) require(cudaEventSynchronize(staged_));
  host_writes(staging_, parameters, static_cast<float>(rank_ + step));
  const cudaMemcpyKind kind = faulty("copy_direction") ? cudaMemcpyDeviceToHost : cudaMemcpyHostToDevice;
  const std::size_t extra = faulty("copy_beyond_end") ? sizeof(float) : 0;
  require(cudaMemcpyAsync(inputs_, staging_, bytes + extra, kind, compute_));
  require(cudaEventRecord(staged_, compute_));
  if (faulty("host_touches_device")) host_reads(inputs_, 1);
  if (faulty("waits_before_record"))  // for the records of the step before
    for (const cudaEvent_t ready : ready_) require(cudaStreamWaitEvent(communicate_, ready, 0));
  if (faulty("memory_freed_early")) require(cudaFree(inputs_));
  if (faulty("freed_on_other_stream")) require(cudaFreeAsync(inputs_, communicate_));
}

void Rank::backward() {
  if (faulty("launch_unchecked")) launch_too_many_threads(compute_);
  for (int bucket = buckets - 1; bucket >= 0; --bucket) {
    const int start = bucket_start[bucket];
    const int n = bucket_size[bucket] + (faulty("kernel_out_of_bounds") && bucket == 1 ? 1 : 0);
    require(launch_gradient(weights_ + start, inputs_ + start, gradients + start, n, compute_));
    if (!faulty("event_not_recorded")) require(cudaEventRecord(ready_[bucket], compute_));
  }
  if (faulty("event_of_other_device")) require(cudaEventRecord(first->reduced_, compute_));
}

void Rank::reduce(int bucket) {
  if (faulty("rank_skips") && bucket == 0) return;
  if (faulty("rank_stops") && step_ == steps - 1 && bucket == buckets - 1) return;
  const int which = faulty("bucket_order") ? buckets - 1 - bucket : bucket;
  if (!faulty("no_wait_for_gradient") && !faulty("waits_before_record"))
    require(cudaStreamWaitEvent(communicate_, ready_[which], 0));
  float* values = gradients + bucket_start[which];
  const auto count = static_cast<std::size_t>(bucket_size[which] - (faulty("count") ? 1 : 0));
  const ncclDataType_t type = faulty("dtype") ? ncclInt32 : ncclFloat32;
  const ncclRedOp_t op = faulty("op") ? ncclMax : ncclSum;
  const float on_stack[1] = {};
  const void* send = faulty("host_buffer") ? static_cast<const void*>(on_stack) : values;
  require(
      ncclAllReduce(send, values, count, type, op, comm_, faulty("wrong_stream") ? first->communicate_ : communicate_));
  if (faulty("wait_in_group")) require(cudaStreamSynchronize(communicate_));
}

void Rank::update() {
  require(cudaEventRecord(reduced_, communicate_));
  if (!planted("no_wait_for_reduction")) require(cudaStreamWaitEvent(compute_, reduced_, 0));
  const float* from = faulty("gradient_of_other_rank") ? first->gradients : gradients;
  require(launch_update(weights_, from, parameters, compute_));
}

void Rank::fetch() {
  if (faulty("default_stream")) {  // not ordered with a stream that was made non-blocking
    require(cudaMemcpy(output, weights_, bytes, cudaMemcpyDeviceToHost));
    return;
  }
  float* to = planted("one_output_for_all") ? first->output : output;
  require(cudaMemcpyAsync(to, weights_, bytes, cudaMemcpyDeviceToHost, compute_));
}

float Rank::result() {
  if (!faulty("result_read_early")) require(cudaStreamSynchronize(compute_));
  return host_reads(output, parameters);
}

void Rank::close() {
  require(cudaDeviceSynchronize());
  if (!faulty("leaked_memory")) require(cudaFree(weights_));
  if (faulty("freed_twice")) require(cudaFree(weights_));
  if (!faulty("freed_on_other_stream")) require(cudaFree(inputs_));
  require(cudaFree(gradients));
  require(cudaFreeHost(staging_));
  require(cudaFreeHost(output));
  if (!faulty("leaked_stream")) require(cudaStreamDestroy(compute_));
  require(cudaStreamDestroy(communicate_));
  require(cudaEventDestroy(staged_));
  if (!faulty("leaked_event")) require(cudaEventDestroy(reduced_));
  for (const cudaEvent_t ready : ready_) require(cudaEventDestroy(ready));
  if (!faulty("leaked_communicator")) require(ncclCommDestroy(comm_));
  if (faulty("destroyed_communicator")) require(ncclCommDestroy(comm_));
}

}  // namespace fakecuda_tests
