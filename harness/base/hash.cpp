#include "harness/base/hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace lockstep {

std::uint64_t hash_bytes(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t hash_text(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

struct HashStream::State {
  XXH3_state_t xxh3;
};

HashStream::HashStream() : state_{std::make_unique<State>()} { XXH3_64bits_reset(&state_->xxh3); }

HashStream::~HashStream() = default;

void HashStream::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

std::uint64_t HashStream::value() const { return XXH3_64bits_digest(&state_->xxh3); }

std::string format_hash(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace lockstep
