#include "harness/base/hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace lockstep {

std::uint64_t hash_bytes(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

std::string format_hash(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace lockstep
