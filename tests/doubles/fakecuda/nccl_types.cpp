#include "tests/doubles/fakecuda/nccl_types.hpp"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace fakecuda {
namespace {

/// How values of a type are computed with: small floats in float, rounded after each step.
template <typename T>
struct Arithmetic {
  using Wide = T;
  static Wide widen(T value) { return value; }
  static T narrow(Wide value) { return value; }
};

template <>
struct Arithmetic<__half> {
  using Wide = float;
  static Wide widen(__half value) { return __half2float(value); }
  static __half narrow(Wide value) { return __float2half(value); }
};

template <>
struct Arithmetic<__nv_bfloat16> {
  using Wide = float;
  static Wide widen(__nv_bfloat16 value) { return __bfloat162float(value); }
  static __nv_bfloat16 narrow(Wide value) { return __float2bfloat16(value); }
};

template <typename Wide>
Wide combine(ncclRedOp_t op, Wide a, Wide b) {
  switch (op) {
    case ncclProd:
      return static_cast<Wide>(a * b);
    case ncclMax:
      return std::max(a, b);
    case ncclMin:
      return std::min(a, b);
    default:
      return static_cast<Wide>(a + b);
  }
}

template <typename T>
T load(const std::vector<std::byte>& from, std::size_t element) {
  T value;
  std::memcpy(&value, from.data() + element * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void reduce_slice(ncclRedOp_t op, const std::vector<std::vector<std::byte>>& inputs, std::size_t begin, std::size_t end,
                  const std::vector<std::size_t>& order, std::vector<std::byte>& output) {
  using Math = Arithmetic<T>;
  for (std::size_t element = begin; element < end; ++element) {
    T sum = load<T>(inputs[order[0]], element);
    for (std::size_t i = 1; i < order.size(); ++i)
      sum = Math::narrow(combine(op, Math::widen(sum), Math::widen(load<T>(inputs[order[i]], element))));
    if (op == ncclAvg)
      sum = Math::narrow(
          static_cast<typename Math::Wide>(Math::widen(sum) / static_cast<typename Math::Wide>(order.size())));
    std::memcpy(output.data() + element * sizeof(T), &sum, sizeof(T));
  }
}

template <typename T>
std::vector<std::byte> reduce_as(ncclRedOp_t op, const std::vector<std::vector<std::byte>>& inputs,
                                 std::size_t elements, std::mt19937_64& random) {
  std::vector<std::byte> output(elements * sizeof(T));
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t slice = elements / inputs.size() + 1;
  for (std::size_t begin = 0; begin < elements; begin += slice) {
    std::shuffle(order.begin(), order.end(), random);
    reduce_slice<T>(op, inputs, begin, std::min(begin + slice, elements), order, output);
  }
  return output;
}

}  // namespace

std::size_t size_of(ncclDataType_t type) {
  switch (type) {
    case ncclInt8:
    case ncclUint8:
      return 1;
    case ncclFloat16:
    case ncclBfloat16:
      return 2;
    case ncclInt32:
    case ncclUint32:
    case ncclFloat32:
      return 4;
    case ncclInt64:
    case ncclUint64:
    case ncclFloat64:
      return 8;
    default:
      return 0;
  }
}

const char* name_of(ncclDataType_t type) {
  switch (type) {
    case ncclInt8:
      return "int8";
    case ncclUint8:
      return "uint8";
    case ncclFloat16:
      return "float16";
    case ncclBfloat16:
      return "bfloat16";
    case ncclInt32:
      return "int32";
    case ncclUint32:
      return "uint32";
    case ncclFloat32:
      return "float32";
    case ncclInt64:
      return "int64";
    case ncclUint64:
      return "uint64";
    case ncclFloat64:
      return "float64";
    default:
      return "unknown type";
  }
}

const char* name_of(ncclRedOp_t op) {
  switch (op) {
    case ncclSum:
      return "sum";
    case ncclProd:
      return "product";
    case ncclMax:
      return "max";
    case ncclMin:
      return "min";
    case ncclAvg:
      return "average";
    default:
      return "unknown reduction";
  }
}

std::vector<std::byte> reduce(ncclDataType_t type, ncclRedOp_t op, const std::vector<std::vector<std::byte>>& inputs,
                              std::size_t elements, std::mt19937_64& random) {
  switch (type) {
    case ncclInt8:
      return reduce_as<std::int8_t>(op, inputs, elements, random);
    case ncclUint8:
      return reduce_as<std::uint8_t>(op, inputs, elements, random);
    case ncclFloat16:
      return reduce_as<__half>(op, inputs, elements, random);
    case ncclBfloat16:
      return reduce_as<__nv_bfloat16>(op, inputs, elements, random);
    case ncclInt32:
      return reduce_as<std::int32_t>(op, inputs, elements, random);
    case ncclUint32:
      return reduce_as<std::uint32_t>(op, inputs, elements, random);
    case ncclFloat32:
      return reduce_as<float>(op, inputs, elements, random);
    case ncclInt64:
      return reduce_as<std::int64_t>(op, inputs, elements, random);
    case ncclUint64:
      return reduce_as<std::uint64_t>(op, inputs, elements, random);
    default:
      return reduce_as<double>(op, inputs, elements, random);
  }
}

}  // namespace fakecuda
