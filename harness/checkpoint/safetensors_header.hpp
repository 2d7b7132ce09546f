// The header of a safetensors file: what it may say, and its text. Nothing here reads or writes a file.
//
// A file is: the header's length (8 bytes, little-endian), the header (JSON, padded with spaces), the data. Accepted is
// less than the format allows, because two readers must not be able to understand one file differently:
//
// - the header has at most 1 MiB and a multiple of 8 bytes, is UTF-8 without NUL, starts with { and ends with } and
//   spaces; no key appears twice, unescaped; __metadata__ maps text to text without NUL; a tensor has dtype, shape and
//   data_offsets and nothing else; numbers are unsigned 64-bit integers
// - at most 100 000 tensors of at most 8 dimensions of at most 2^40; names of 1 … 256 of A-Z a-z 0-9 _ . / - without a
//   segment ".."; sizes that fit 64 bits, zero dimensions left out
// - the tensors lie one after the other from byte 0 to the end of the file, without holes, overlaps or bytes left over,
//   each aligned to its element
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

using Metadata = std::map<std::string, std::string>;

struct TensorInfo {
  std::string name;
  std::string dtype;               // of the format: "F32"
  std::vector<std::size_t> shape;  // C order; empty for a scalar
  std::uint64_t begin = 0;         // bytes of the data
  std::uint64_t end = 0;

  [[nodiscard]] std::uint64_t bytes() const { return end - begin; }
};

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  // as they lie in the file
  Metadata metadata;
};

namespace safetensors {

inline constexpr std::string_view metadata_key = "__metadata__";
inline constexpr std::size_t largest_header = 1 << 20;
inline constexpr std::size_t most_tensors = 100'000;
inline constexpr std::size_t most_dimensions = 8;
inline constexpr std::uint64_t largest_dimension = std::uint64_t{1} << 40;
inline constexpr std::size_t alignment = 8;

/// Whether a tensor may be called so.
bool is_good_name(std::string_view name);

/// The header of `text`, for a file with `data_bytes` bytes after it. Throws InputError with the rule that is broken.
SafetensorsHeader parse_header(std::string_view text, std::uint64_t data_bytes);

/// What the JSON of a header says, without a check of the tensors' places. Throws InputError.
SafetensorsHeader parse_header_json(std::string_view text);

/// "[2, 3]"
std::string format_shape(const std::vector<std::size_t>& shape);

/// Compact JSON, keys sorted.
std::string header_json(const SafetensorsHeader& header);

}  // namespace safetensors
}  // namespace lockstep
