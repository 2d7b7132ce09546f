// Whole documents, compressed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

std::vector<std::byte> compress(std::string_view text);

/// Nothing when the bytes are not a compressed text of exactly `size` bytes. Never makes more than that.
std::optional<std::string> decompress(std::span<const std::byte> bytes, std::size_t size);

}  // namespace lockstep
