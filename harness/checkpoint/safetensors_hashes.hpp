// Hashes of a safetensors file, in its metadata. The format has none, and every payload is a valid payload.
//
// "xxh3:NAME" is the XXH3 (64 bits, 16 hexadecimal digits) of the bytes of tensor NAME. "header_xxh3" is that of the
// header's compact JSON with sorted keys, without this entry: it guards names, shapes, metadata and the other hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/checkpoint/safetensors_header.hpp"

namespace lockstep::safetensors {

/// Whether metadata entries of this name are hashes, which only the writer makes.
bool is_hash_key(std::string_view key);

/// Adds the hashes to the metadata: one of each tensor, then that of the header.
void add_hashes(SafetensorsHeader& header, std::span<const std::uint64_t> tensor_hashes);

/// Takes the hashes out of the metadata: those of the tensors, in their order, or none for a file without any. Throws
/// InputError when some are missing, belong to no tensor, or the header's differs.
std::optional<std::vector<std::uint64_t>> take_hashes(SafetensorsHeader& header);

}  // namespace lockstep::safetensors
