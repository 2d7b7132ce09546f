// Embeddings, queued on a stream. Formulas: kernels/embedding.hpp. tokens of i32; the rest of one element type, f32 or
// f64. Does not wait.
#pragma once

#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"
#include "kernels/into.hpp"

namespace lockstep::ops {

/// tokens [rows, positions]; table [tokens, width]; y [rows, positions, width].
void embedding_forward(Stream& stream, const Tensor& tokens, const Tensor& table, const Tensor& y);
void embedding_backward(Stream& stream, const Tensor& tokens, const Tensor& dy, const Tensor& dtable,
                        kernels::Into into);
/// table: of a sample. y may be x.
void add_table(Stream& stream, const Tensor& x, const Tensor& table, const Tensor& y);

}  // namespace lockstep::ops
