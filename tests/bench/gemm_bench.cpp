// The matrix products of an MLP 784-1024-1024-10: ours beside the library call it is made of, and two callers beside
// one. GFLOP/s is over all callers together. Run with --benchmark_repetitions and
// --benchmark_enable_random_interleaving to compare on a shared machine.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <string>
#include <thread>
#include <vector>

#include "kernels/blas.hpp"
#include "kernels/gemm.hpp"

namespace {

using lockstep::kernels::Into;
using lockstep::kernels::Transpose;

/// c[m, n] = op(a)[m, k]·op(b)[k, n]
struct Product {
  Transpose transpose_a, transpose_b;
  std::size_t m, n, k;

  [[nodiscard]] double flops() const {
    return 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};

struct Operands {
  explicit Operands(const Product& product)
      : a(product.m * product.k, 0.5F), b(product.k * product.n, 0.25F), c(product.m * product.n) {}
  std::vector<float> a, b, c;
};

void multiply(const Product& product, Operands& operands) {
  lockstep::kernels::gemm(product.transpose_a, product.transpose_b, product.m, product.n, product.k,
                          std::span{operands.a}, std::span{operands.b}, Into::overwrite, std::span{operands.c});
}

void multiply_with_cblas(const Product& product, Operands& operands) {
  const auto m = static_cast<blasint>(product.m);
  const auto n = static_cast<blasint>(product.n);
  const auto k = static_cast<blasint>(product.k);
  const bool transposed_a = product.transpose_a == Transpose::yes;
  const bool transposed_b = product.transpose_b == Transpose::yes;
  cblas_sgemm(CblasRowMajor, transposed_a ? CblasTrans : CblasNoTrans, transposed_b ? CblasTrans : CblasNoTrans, m, n,
              k, 1.0F, operands.a.data(), transposed_a ? m : k, operands.b.data(), transposed_b ? k : n, 0.0F,
              operands.c.data(), n);
}

void report(benchmark::State& state, double flops_per_iteration) {
  state.counters["GFLOP/s"] =
      benchmark::Counter(flops_per_iteration * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

template <typename Multiply>
void measure(benchmark::State& state, const Product& product, const Multiply& multiply_once) {
  Operands operands{product};
  for (auto _ : state) {
    multiply_once(product, operands);
    benchmark::ClobberMemory();
  }
  report(state, product.flops());
}

/// Time from the start of the first caller to the end of the last. Not the threads of the benchmark library: it
/// averages each thread's own time, which flatters callers that did not run at the same time.
void measure_callers(benchmark::State& state, const Product& product, std::size_t callers) {
  // Enough work per caller to hide the start of its thread.
  const auto repetitions = static_cast<std::size_t>(1e9 / product.flops()) + 1;
  std::vector<Operands> operands(callers, Operands{product});
  for (auto _ : state) {
    std::vector<std::jthread> threads;
    for (Operands& own : operands) {
      threads.emplace_back([&product, &own, repetitions] {
        for (std::size_t i = 0; i < repetitions; ++i) multiply(product, own);
      });
    }
  }
  report(state, static_cast<double>(callers * repetitions) * product.flops());
}

void register_layer(const std::string& layer, std::size_t batch, std::size_t in, std::size_t out) {
  const struct {
    const char* name;
    Product product;
  } passes[] = {
      {"forward_NT", {Transpose::no, Transpose::yes, batch, out, in}},
      {"backward_input_NN", {Transpose::no, Transpose::no, batch, in, out}},
      {"backward_weight_TN", {Transpose::yes, Transpose::no, out, in, batch}},
  };
  for (const auto& [name, product] : passes) {
    const std::string label = layer + "/batch:" + std::to_string(batch) + "/" + name;
    const auto add = [&label](const char* variant, const auto& run) {
      benchmark::RegisterBenchmark((label + "/" + variant).c_str(), run)->UseRealTime();
    };
    add("ours", [product](benchmark::State& state) { measure(state, product, multiply); });
    add("cblas", [product](benchmark::State& state) { measure(state, product, multiply_with_cblas); });
    add("one_caller", [product](benchmark::State& state) { measure_callers(state, product, 1); });
    add("two_callers", [product](benchmark::State& state) { measure_callers(state, product, 2); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  lockstep::kernels::use_one_thread_per_caller();
  lockstep::kernels::use_kernels_for_this_cpu();
  for (const std::size_t batch : {64UL, 256UL}) {
    register_layer("784-1024", batch, 784, 1024);
    register_layer("1024-1024", batch, 1024, 1024);
  }
  register_layer("1024-10", 256, 1024, 10);
  benchmark::AddCustomContext("blas", lockstep::kernels::blas_description());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
