#include "kernels/embedding.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "kernels/check.hpp"

namespace lockstep::kernels {
namespace {

void check_tokens(const char* kernel, std::span<const std::int32_t> tokens, std::size_t count) {
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] < 0 || static_cast<std::size_t>(tokens[i]) >= count)
      throw std::out_of_range{std::string{kernel} + ": token " + std::to_string(tokens[i]) + " at " +
                              std::to_string(i) + " is not in 0 … " + std::to_string(count) + "-1"};
}

}  // namespace

template <typename T>
void embedding_forward(std::span<const std::int32_t> tokens, std::span<const T> table, std::span<T> y,
                       std::size_t width) {
  check(width > 0 && table.size() % width == 0, "embedding_forward", "table is not whole rows");
  check_size("embedding_forward", "y", y.size(), tokens.size() * width);
  check_tokens("embedding_forward", tokens, table.size() / width);
  for (std::size_t i = 0; i < tokens.size(); ++i)
    std::ranges::copy(table.subspan(static_cast<std::size_t>(tokens[i]) * width, width),
                      y.begin() + static_cast<std::ptrdiff_t>(i * width));
}

template <typename T>
void embedding_backward(std::span<const std::int32_t> tokens, std::span<const T> dy, std::span<T> dtable,
                        std::size_t width, Into into) {
  check(width > 0 && dtable.size() % width == 0, "embedding_backward", "dtable is not whole rows");
  check_size("embedding_backward", "dy", dy.size(), tokens.size() * width);
  check_tokens("embedding_backward", tokens, dtable.size() / width);
  if (into == Into::overwrite) std::ranges::fill(dtable, T{0});
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const T* from = dy.data() + i * width;
    T* to = dtable.data() + static_cast<std::size_t>(tokens[i]) * width;
    for (std::size_t column = 0; column < width; ++column) to[column] += from[column];
  }
}

template <typename T>
void add_table(std::span<const T> x, std::span<const T> table, std::span<T> y) {
  check_size("add_table", "y", y.size(), x.size());
  check(!table.empty() && x.size() % table.size() == 0, "add_table", "x is not whole samples");
  for (std::size_t first = 0; first < x.size(); first += table.size())
    for (std::size_t i = 0; i < table.size(); ++i) y[first + i] = x[first + i] + table[i];
}

template void embedding_forward(std::span<const std::int32_t>, std::span<const float>, std::span<float>, std::size_t);
template void embedding_backward(std::span<const std::int32_t>, std::span<const float>, std::span<float>, std::size_t,
                                 Into);
template void add_table(std::span<const float>, std::span<const float>, std::span<float>);
template void embedding_forward(std::span<const std::int32_t>, std::span<const double>, std::span<double>, std::size_t);
template void embedding_backward(std::span<const std::int32_t>, std::span<const double>, std::span<double>, std::size_t,
                                 Into);
template void add_table(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace lockstep::kernels
