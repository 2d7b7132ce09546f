// Preconditions of kernels.
#pragma once

#include <cstddef>
#include <string_view>

namespace lockstep::kernels {

/// Throws std::invalid_argument "KERNEL: WHAT" unless `holds`.
void check(bool holds, std::string_view kernel, std::string_view what);

/// Throws std::invalid_argument "KERNEL: ARGUMENT has SIZE elements, expected EXPECTED" unless the two are equal.
void check_size(std::string_view kernel, std::string_view argument, std::size_t size, std::size_t expected);

}  // namespace lockstep::kernels
