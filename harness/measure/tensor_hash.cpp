#include "harness/measure/tensor_hash.hpp"

#include "harness/base/hash.hpp"

namespace lockstep {

std::vector<std::byte> bytes_of(Stream& stream, const Tensor& tensor) {
  std::vector<std::byte> bytes(tensor.bytes());
  stream.copy_out(tensor, bytes);
  stream.synchronize();
  return bytes;
}

std::uint64_t hash_of(Stream& stream, const Tensor& tensor) { return hash_bytes(bytes_of(stream, tensor)); }

}  // namespace lockstep
