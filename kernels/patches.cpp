#include "kernels/patches.hpp"

#include <algorithm>

namespace lockstep::kernels {
namespace {

/// Outputs [first, last) along one direction whose input, i·stride + offset − padding, is inside [0, size).
struct Inside {
  std::size_t first;
  std::size_t last;

  Inside(std::size_t offset, std::size_t size, std::size_t outputs, const ConvolutionShape& shape)
      : first{offset >= shape.padding ? 0 : (shape.padding - offset + shape.stride - 1) / shape.stride},
        last{size + shape.padding > offset ? (size + shape.padding - offset - 1) / shape.stride + 1 : 0} {
    last = std::min(last, outputs);
    first = std::min(first, last);
  }
};

/// Goes through all patches: line(p, x, count) says that patches p, p + 1, … p + count − 1 are the image's elements x,
/// x + stride, …; skip(p, count) that so many from p on lie outside the image.
template <typename Line, typename Skip>
void for_each_line(const ConvolutionShape& shape, const Line& line, const Skip& skip) {
  const std::size_t out_height = shape.out_height(), out_width = shape.out_width();
  std::size_t patch_row = 0;
  for (std::size_t channel = 0; channel < shape.channels; ++channel) {
    for (std::size_t r = 0; r < shape.kernel; ++r) {
      const Inside vertical{r, shape.height, out_height, shape};
      for (std::size_t s = 0; s < shape.kernel; ++s, ++patch_row) {
        const Inside horizontal{s, shape.width, out_width, shape};
        const std::size_t base = patch_row * out_height * out_width;
        skip(base, vertical.first * out_width);
        for (std::size_t i = vertical.first; i < vertical.last; ++i) {
          const std::size_t start = base + i * out_width;
          skip(start, horizontal.first);
          const std::size_t in_row = i * shape.stride + r - shape.padding;
          const std::size_t in_column = horizontal.first * shape.stride + s - shape.padding;
          if (horizontal.last > horizontal.first)
            line(start + horizontal.first, (channel * shape.height + in_row) * shape.width + in_column,
                 horizontal.last - horizontal.first);
          skip(start + horizontal.last, out_width - horizontal.last);
        }
        skip(base + vertical.last * out_width, (out_height - vertical.last) * out_width);
      }
    }
  }
}

}  // namespace

void gather_patches(std::span<const float> x, std::span<float> patches, const ConvolutionShape& shape) {
  const auto copy = [&](std::size_t to, std::size_t from, std::size_t count) {
    if (shape.stride == 1) return void(std::copy_n(x.data() + from, count, patches.data() + to));
    for (std::size_t j = 0; j < count; ++j) patches[to + j] = x[from + j * shape.stride];
  };
  const auto clear = [&](std::size_t from, std::size_t count) { std::fill_n(patches.data() + from, count, 0.0F); };
  for_each_line(shape, copy, clear);
}

void scatter_patches(std::span<const float> patches, std::span<float> x, const ConvolutionShape& shape) {
  std::ranges::fill(x, 0.0F);
  const auto add = [&](std::size_t from, std::size_t to, std::size_t count) {
    const float* source = patches.data() + from;
    float* target = x.data() + to;
    if (shape.stride == 1)
      for (std::size_t j = 0; j < count; ++j) target[j] += source[j];
    else
      for (std::size_t j = 0; j < count; ++j) target[j * shape.stride] += source[j];
  };
  for_each_line(shape, add, [](std::size_t, std::size_t) {});
}

}  // namespace lockstep::kernels
