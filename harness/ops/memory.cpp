#include "harness/ops/memory.hpp"

#include <cstring>

namespace lockstep::ops {

void zero(Stream& stream, const Tensor& tensor) {
  stream.run({.name = "zero", .cost = {0, static_cast<double>(tensor.bytes())}, .cpu = [tensor] {
                if (tensor.bytes() > 0) std::memset(tensor.raw().data(), 0, tensor.bytes());
              }});
}

void copy(Stream& stream, const Tensor& from, const Tensor& to) {
  require(from.bytes() == to.bytes(), "copy: {} bytes into {}", from.bytes(), to.bytes());
  stream.run({.name = "copy", .cost = {0, 2 * static_cast<double>(to.bytes())}, .cpu = [from, to] {
                if (to.bytes() > 0) std::memcpy(to.raw().data(), from.raw().data(), to.bytes());
              }});
}

}  // namespace lockstep::ops
