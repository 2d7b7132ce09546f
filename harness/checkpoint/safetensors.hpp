// The safetensors file format (https://github.com/huggingface/safetensors, "Format"), which PyTorch and most
// tools of the field read: a length, a JSON header that says where each tensor lies, the tensors.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lockstep {

struct TensorBytes {
  std::string name;                  // 1 … 256 of A-Z a-z 0-9 _ . / -, no segment ".."
  std::string dtype;                 // "F64", "F32" or "I32"
  std::vector<std::size_t> shape;    // C order; empty for a scalar
  std::span<const std::byte> bytes;  // little-endian; the caller's, until the file is written
};

/// Writes the file whole or not at all. Holds the file's content once in memory while it does. Throws IoError when it
/// cannot be written, InternalError for a bad or repeated name, an unknown dtype or bytes that do not fit the shape.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace lockstep
