#include "harness/ops/embedding.hpp"

#include "harness/ops/dispatch.hpp"
#include "kernels/cuda/embedding.hpp"

namespace lockstep::ops {
namespace {

constexpr auto forward_body = []<typename T>(T, const Tensor& tokens, const Tensor& table, const Tensor& y,
                                             const auto&... queue) {
  kernels::embedding_forward(queue..., tokens.values<const std::int32_t>(), table.values<const T>(), y.values<T>(),
                             table.row_size());
};

constexpr auto backward_body = []<typename T>(T, const Tensor& tokens, const Tensor& dy, const Tensor& dtable,
                                              kernels::Into into, const auto&... queue) {
  kernels::embedding_backward(queue..., tokens.values<const std::int32_t>(), dy.values<const T>(), dtable.values<T>(),
                              dtable.row_size(), into);
};

constexpr auto add_table_body = []<typename T>(T, const Tensor& x, const Tensor& table, const Tensor& y,
                                               const auto&... queue) {
  kernels::add_table(queue..., x.values<const T>(), table.values<const T>(), y.values<T>());
};

}  // namespace

void embedding_forward(Stream& stream, const Tensor& tokens, const Tensor& table, const Tensor& y) {
  run_by_wide_dtype(stream, "embedding_forward", {0, bytes_of(tokens, y, y)}, y.dtype(), forward_body, tokens, table,
                    y);
}

void embedding_backward(Stream& stream, const Tensor& tokens, const Tensor& dy, const Tensor& dtable,
                        kernels::Into into) {
  run_by_wide_dtype(stream, "embedding_backward", {static_cast<double>(dy.count()), bytes_of(tokens, dy, dtable)},
                    dy.dtype(), backward_body, tokens, dy, dtable, into);
}

void add_table(Stream& stream, const Tensor& x, const Tensor& table, const Tensor& y) {
  run_by_wide_dtype(stream, "add_table", {static_cast<double>(x.count()), bytes_of(x, table, y)}, x.dtype(),
                    add_table_body, x, table, y);
}

}  // namespace lockstep::ops
