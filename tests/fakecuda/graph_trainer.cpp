#include "tests/fakecuda/graph_trainer.hpp"

#include <thread>

#include "tests/fakecuda/test_kernels.hpp"
#include "tests/fakecuda/trainer.hpp"

namespace fakecuda_tests {
namespace {

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

cudaStream_t make_stream() {
  cudaStream_t made = nullptr;
  require(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking));
  return made;
}

class GraphTrainer {
 public:
  GraphTrainer() {
    require(cudaMemsetAsync(weights_, 0, bytes, stream_));
    host_writes(staging_, parameters, 1);
  }

  void step(int step) {
    if (step == 0) capture();
    if (step == 1 && planted("stale_address")) {
      require(cudaStreamSynchronize(stream_));
      require(cudaFree(inputs_));
      inputs_ = device_memory();
    }
    if (step > 0) {
      if (!planted("staging_reused")) require(cudaStreamSynchronize(stream_));
      host_writes(staging_, parameters, static_cast<float>(step));
    }
    require(cudaGraphLaunch(graph_, stream_));
  }

  float result() {
    cudaStream_t fetching = planted("no_wait_for_graph") ? other_ : stream_;
    require(cudaMemcpyAsync(output_, weights_, bytes, cudaMemcpyDeviceToHost, fetching));
    require(cudaStreamSynchronize(fetching));
    return host_reads(output_, parameters);
  }

  void close() {
    require(cudaDeviceSynchronize());
    if (!planted("leaked_executable")) require(cudaGraphExecDestroy(graph_));
    if (planted("destroyed_executable")) require(cudaGraphLaunch(graph_, stream_));
    for (float* memory : {weights_, inputs_, gradients_}) require(cudaFree(memory));
    for (float* memory : {staging_, output_}) require(cudaFreeHost(memory));
    for (cudaStream_t stream : {stream_, other_}) require(cudaStreamDestroy(stream));
  }

 private:
  void capture() {
    require(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal));
    require(cudaMemcpyAsync(inputs_, staging_, bytes, cudaMemcpyHostToDevice, stream_));
    if (planted("waits_in_capture")) (void)cudaStreamSynchronize(stream_);
    if (planted("allocates_in_capture")) gradients_ = device_memory();
    if (planted("device_waited_for")) std::thread{[] { (void)cudaDeviceSynchronize(); }}.join();
    if (planted("waits_for_outside")) {
      cudaEvent_t event = nullptr;
      require(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
      require(cudaEventRecord(event, other_));
      require(cudaStreamWaitEvent(stream_, event, 0));
    }
    require(launch_gradient(inputs_, inputs_, gradients_, parameters, stream_));
    require(launch_update(weights_, gradients_, parameters, stream_));
    if (planted("never_ended")) require(cudaStreamDestroy(stream_));
    cudaGraph_t graph = nullptr;
    require(cudaStreamEndCapture(stream_, &graph));
    require(cudaGraphInstantiate(&graph_, graph, 0));
    if (!planted("leaked_graph")) require(cudaGraphDestroy(graph));
  }

  cudaStream_t stream_ = make_stream();
  cudaStream_t other_ = make_stream();
  float* weights_ = device_memory();
  float* inputs_ = device_memory();
  float* gradients_ = device_memory();
  float* staging_ = pinned_memory();
  float* output_ = pinned_memory();
  cudaGraphExec_t graph_ = nullptr;
};

}  // namespace

void train_by_graph() {
  GraphTrainer trainer;
  float sum = 0;  // of what the weights should have come to
  for (int step = 0; step < steps; ++step) {
    trainer.step(step);
    for (int i = 0; i < parameters; ++i) {
      const float input = static_cast<float>(step == 0 ? 1 : step) + static_cast<float>(i % 4);
      sum -= input * input / 8;
    }
  }
  if (trainer.result() != sum) throw std::runtime_error{"wrong weights"};
  trainer.close();
}

}  // namespace fakecuda_tests
