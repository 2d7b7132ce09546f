#include "kernels/check.hpp"

#include <stdexcept>
#include <string>

namespace lockstep::kernels {

void check(bool holds, std::string_view kernel, std::string_view what) {
  if (!holds) throw std::invalid_argument{std::string{kernel} + ": " + std::string{what}};
}

void check_size(std::string_view kernel, std::string_view argument, std::size_t size, std::size_t expected) {
  if (size == expected) return;
  check(false, kernel,
        std::string{argument} + " has " + std::to_string(size) + " elements, expected " + std::to_string(expected));
}

}  // namespace lockstep::kernels
