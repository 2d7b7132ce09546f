#include "harness/ops/batch_norm.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/batch_norm.hpp"

namespace lockstep::kernels {

static void add_to(WorkKey& key, const BatchNormSettings& settings) {
  const auto& [epsilon, momentum] = settings;
  key.add(epsilon, momentum);
}

}  // namespace lockstep::kernels

namespace lockstep::ops {

void add_to(WorkKey& key, const BatchNormTensors& statistics) {
  key.add(statistics.mean, statistics.inverse_deviation, statistics.running_mean, statistics.running_variance);
}

namespace {

kernels::BatchNormShape shape_of(const Tensor& x) {
  const std::size_t channels = x.shape().at(1);
  return {.rows = x.rows(), .channels = channels, .plane = channels == 0 ? 0 : x.row_size() / channels};
}

template <typename T>
kernels::BatchNormStatistics<T> spans_of(const BatchNormTensors& statistics) {
  return {.mean = statistics.mean.values<T>(),
          .inverse_deviation = statistics.inverse_deviation.values<T>(),
          .running_mean = statistics.running_mean.values<T>(),
          .running_variance = statistics.running_variance.values<T>()};
}

/// A few operations for each element; for the cost model only.
double flops_of(double operations, const Tensor& elements) {
  return operations * static_cast<double>(elements.count());
}

constexpr auto sums_body = []<typename T>(T, const Tensor& x, const Tensor& sums, const auto&... queue) {
  kernels::batch_norm_sums(queue..., x.values<const T>(), sums.values<double>(), shape_of(x));
};

constexpr auto statistics_body = []<typename T>(T, const Tensor& sums, std::size_t count,
                                                const BatchNormTensors& statistics, kernels::BatchNormSettings settings,
                                                const auto&... queue) {
  kernels::batch_norm_statistics(queue..., sums.values<const double>(), count, spans_of<T>(statistics), settings);
};

constexpr auto running_body = []<typename T>(T, const BatchNormTensors& statistics, kernels::BatchNormSettings settings,
                                             const auto&... queue) {
  kernels::batch_norm_running(queue..., spans_of<T>(statistics), settings);
};

constexpr auto forward_body = []<typename T>(T, const Tensor& x, const BatchNormTensors& statistics,
                                             const Tensor& gamma, const Tensor& beta, const Tensor& y,
                                             const auto&... queue) {
  kernels::batch_norm_forward(queue..., x.values<const T>(), statistics.mean.values<const T>(),
                              statistics.inverse_deviation.values<const T>(), gamma.values<const T>(),
                              beta.values<const T>(), y.values<T>(), shape_of(x));
};

constexpr auto backward_sums_body = []<typename T>(T, const Tensor& x, const Tensor& dy,
                                                   const BatchNormTensors& statistics, const Tensor& sums,
                                                   const auto&... queue) {
  kernels::batch_norm_backward_sums(queue..., x.values<const T>(), dy.values<const T>(),
                                    statistics.mean.values<const T>(), statistics.inverse_deviation.values<const T>(),
                                    sums.values<double>(), shape_of(x));
};

constexpr auto backward_input_body =
    []<typename T>(T, const Tensor& x, const Tensor& dy, const BatchNormTensors& statistics, const Tensor& gamma,
                   const Tensor& sums, std::size_t count, const Tensor& dx, const auto&... queue) {
      kernels::batch_norm_backward_input(queue..., x.values<const T>(), dy.values<const T>(),
                                         statistics.mean.values<const T>(),
                                         statistics.inverse_deviation.values<const T>(), gamma.values<const T>(),
                                         sums.values<const double>(), count, dx.values<T>(), shape_of(x));
    };

constexpr auto backward_parameters_body = []<typename T>(T, const Tensor& sums, const Tensor& dgamma,
                                                         const Tensor& dbeta, kernels::Into into,
                                                         const auto&... queue) {
  kernels::batch_norm_backward_parameters(queue..., sums.values<const double>(), dgamma.values<T>(), dbeta.values<T>(),
                                          into);
};

}  // namespace

void batch_norm_sums(Stream& stream, const Tensor& x, const Tensor& sums) {
  run_by_wide_dtype(stream, "batch_norm_sums", {flops_of(3, x), bytes_of(x)}, x.dtype(), sums_body, x, sums);
}

void batch_norm_statistics(Stream& stream, const Tensor& sums, std::size_t count, const BatchNormTensors& statistics,
                           const kernels::BatchNormSettings& settings) {
  run_by_wide_dtype(stream, "batch_norm_statistics", {flops_of(10, statistics.mean), bytes_of(sums, statistics.mean)},
                    statistics.mean.dtype(), statistics_body, sums, count, statistics, settings);
}

void batch_norm_running(Stream& stream, const BatchNormTensors& statistics,
                        const kernels::BatchNormSettings& settings) {
  run_by_wide_dtype(stream, "batch_norm_running", {flops_of(3, statistics.mean), bytes_of(statistics.mean)},
                    statistics.mean.dtype(), running_body, statistics, settings);
}

void batch_norm_forward(Stream& stream, const Tensor& x, const BatchNormTensors& statistics, const Tensor& gamma,
                        const Tensor& beta, const Tensor& y) {
  run_by_wide_dtype(stream, "batch_norm_forward", {flops_of(3, x), bytes_of(x, y)}, x.dtype(), forward_body, x,
                    statistics, gamma, beta, y);
}

void batch_norm_backward_sums(Stream& stream, const Tensor& x, const Tensor& dy, const BatchNormTensors& statistics,
                              const Tensor& sums) {
  run_by_wide_dtype(stream, "batch_norm_backward_sums", {flops_of(5, x), bytes_of(x, dy)}, x.dtype(),
                    backward_sums_body, x, dy, statistics, sums);
}

void batch_norm_backward_input(Stream& stream, const Tensor& x, const Tensor& dy, const BatchNormTensors& statistics,
                               const Tensor& gamma, const Tensor& sums, std::size_t count, const Tensor& dx) {
  run_by_wide_dtype(stream, "batch_norm_backward_input", {flops_of(6, x), bytes_of(x, dy, dx)}, x.dtype(),
                    backward_input_body, x, dy, statistics, gamma, sums, count, dx);
}

void batch_norm_backward_parameters(Stream& stream, const Tensor& sums, const Tensor& dgamma, const Tensor& dbeta,
                                    kernels::Into into) {
  run_by_wide_dtype(stream, "batch_norm_backward_parameters", {flops_of(2, dgamma), bytes_of(sums, dgamma, dbeta)},
                    dgamma.dtype(), backward_parameters_body, sums, dgamma, dbeta, into);
}

}  // namespace lockstep::ops
