// Clearing and copying memory.
#pragma once

#include <cstddef>
#include <span>

namespace lockstep::kernels {

/// Every byte ← 0.
void zero(std::span<std::byte> bytes);
/// to ← from, which has as many bytes (else std::invalid_argument) and no part in common with it.
void copy(std::span<const std::byte> from, std::span<std::byte> to);

}  // namespace lockstep::kernels
