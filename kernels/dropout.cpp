#include "kernels/dropout.hpp"

#include <algorithm>

#include "kernels/check.hpp"

namespace lockstep::kernels {

template <typename T>
void dropout(std::span<const T> x, std::span<T> y, const DropoutMask& mask) {
  check_size("dropout", "y", y.size(), x.size());
  check(mask.row_size > 0 && x.size() % mask.row_size == 0, "dropout", "x is not whole rows");
  check(mask.probability >= 0 && mask.probability < 1, "dropout", "the probability is not in [0, 1)");
  const std::uint32_t threshold = mask.threshold();
  const T scale = static_cast<T>(mask.scale());
  for (std::size_t row = 0; row < x.size() / mask.row_size; ++row) {
    const std::span<const T> from = x.subspan(row * mask.row_size, mask.row_size);
    const std::span<T> to = y.subspan(row * mask.row_size, mask.row_size);
    for (std::size_t first = 0; first < mask.row_size; first += 4) {
      const PhiloxWords words = dropout_words(mask.seed, mask.layer, mask.step, mask.first_row + row, first / 4);
      const std::size_t count = std::min<std::size_t>(4, mask.row_size - first);
      for (std::size_t i = 0; i < count; ++i)
        to[first + i] = words.word[i] < threshold ? T{0} : from[first + i] * scale;
    }
  }
}

template void dropout(std::span<const float>, std::span<float>, const DropoutMask&);
template void dropout(std::span<const double>, std::span<double>, const DropoutMask&);

}  // namespace lockstep::kernels
