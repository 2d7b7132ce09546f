// Files in the safetensors format (https://github.com/huggingface/safetensors, "Format"), which PyTorch and most tools
// of the field read. What a file may hold: safetensors_header.hpp. How it is verified: safetensors_hashes.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/input_file.hpp"
#include "harness/checkpoint/safetensors_header.hpp"

namespace lockstep {

struct TensorBytes {
  std::string name;                  // 1 … 256 of A-Z a-z 0-9 _ . / -, no segment ".."
  std::string dtype;                 // of the format: "F64", "F32", "I32", "U64" …
  std::vector<std::size_t> shape;    // C order; empty for a scalar
  std::span<const std::byte> bytes;  // little-endian; the caller's, until the file is written
};

/// Writes the file whole or not at all (AtomicFile), with hashes. Reads the tensors' bytes twice and copies none.
/// Throws IoError when it cannot be written, InternalError for what no reader of ours would accept: a bad or repeated
/// name, an unknown dtype, bytes that do not fit the shape, metadata that is not text or is called like a hash.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors, const Metadata& metadata);
void write_safetensors(FileOps& files, const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const Metadata& metadata);

/// Reads a file tensor by tensor, in the order in which they lie in it.
class SafetensorsReader {
 public:
  enum class Hash { matches, differs, absent };

  /// Reads and checks the header. Throws InputError or IoError with the path. `files` must outlive it.
  SafetensorsReader(FileOps& files, const std::filesystem::path& path,
                    FileOps::Symlinks symlinks = FileOps::Symlinks::follow);

  [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return header_.tensors; }
  /// Without the hashes.
  [[nodiscard]] const Metadata& metadata() const { return header_.metadata; }
  /// Whether the file has hashes, and so those of all tensors. The header's matches then.
  [[nodiscard]] bool has_hashes() const { return hashes_.has_value(); }
  [[nodiscard]] std::uint64_t header_bytes() const { return header_bytes_; }
  [[nodiscard]] std::uint64_t data_bytes() const { return file_.size() - header_bytes_; }

  /// Fills `into` (bytes() of it) with the next tensor. Throws InputError when the file has become shorter, IoError.
  Hash read_next(std::span<std::byte> into);

 private:
  void read_header();

  InputFile file_;
  std::uint64_t header_bytes_ = 0;  // with its length
  SafetensorsHeader header_;
  std::optional<std::vector<std::uint64_t>> hashes_;
  std::size_t next_ = 0;  // tensor
};

/// A file in memory.
struct SafetensorsContent {
  std::vector<TensorBytes> tensors;  // views of `memory`, in the order of the file
  Metadata metadata;                 // without the hashes
  bool is_verified = false;          // false: the file has no hashes, as those of other writers
  std::unique_ptr<std::byte[]> memory;
};

/// Reads a file and verifies what hashes it has. Throws InputError for a file that breaks a rule or whose hash differs,
/// IoError when it cannot be read.
SafetensorsContent read_safetensors(const std::filesystem::path& path);
SafetensorsContent read_safetensors(FileOps& files, const std::filesystem::path& path,
                                    FileOps::Symlinks symlinks = FileOps::Symlinks::follow);

}  // namespace lockstep
