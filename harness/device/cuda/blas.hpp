// The cuBLAS handle of one stream.
#pragma once

#include <cublas_v2.h>

#include "harness/device/cuda/context.hpp"

namespace lockstep::cuda {

using OwnedBlas = Owned<cublasHandle_t, cublasDestroy_v2>;

struct Blas {
  OwnedMemory workspace;  // none where ranks share the GPU: then cuBLAS takes its own
  OwnedBlas handle;       // last: it uses the workspace
};

/// A handle set to the stream. Its workspace is the stream's own, so that the same products have the same bits, also in
/// a graph; it is in no account, like other memory of libraries.
Blas make_blas(const Context& context, cudaStream_t stream);

}  // namespace lockstep::cuda
