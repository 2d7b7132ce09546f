#include "harness/train/buffers.hpp"

namespace lockstep {
namespace {

template <typename T>
std::vector<T> starting_values(const std::vector<BufferSpec>& specs) {
  std::vector<T> values;
  for (const BufferSpec& spec : specs)
    values.insert(values.end(), count_of(spec.shape), static_cast<T>(static_cast<float>(spec.value)));
  return values;
}

}  // namespace

Buffers::Buffers(Device& device, DType dtype, std::vector<BufferSpec> specs)
    : specs_{std::move(specs)}, values_{device, dtype, {count_of(specs_)}, Use::buffers} {
  std::size_t first = 0;
  for (const BufferSpec& spec : specs_) {
    all_.push_back(values_.view(first, spec.shape));
    first += count_of(spec.shape);
  }
}

void Buffers::start(Stream& stream) const {
  visit_float(values_.dtype(), [&]<typename T>(T) { from_host<T>(stream, starting_values<T>(specs_), values_); });
}

std::size_t count_of(const std::vector<BufferSpec>& specs) {
  std::size_t count = 0;
  for (const BufferSpec& spec : specs) count += count_of(spec.shape);
  return count;
}

}  // namespace lockstep
