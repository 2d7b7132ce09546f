#include "harness/history/compression.hpp"

#include <zlib.h>

#include <limits>

#include "harness/base/error.hpp"

namespace lockstep {

std::vector<std::byte> compress(std::string_view text) {
  uLongf size = ::compressBound(text.size());
  std::vector<std::byte> bytes(size);
  const int code = ::compress2(reinterpret_cast<Bytef*>(bytes.data()), &size,
                               reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_DEFAULT_COMPRESSION);
  require(code == Z_OK, "zlib: {}", code);
  bytes.resize(size);
  return bytes;
}

std::optional<std::string> decompress(std::span<const std::byte> bytes, std::size_t size) {
  // Deflate makes at most 1032 bytes of one (zlib's technical details), so no memory is taken for a size that is a lie.
  constexpr std::size_t largest_ratio = 1032;
  if (size == 0 || size / largest_ratio > bytes.size()) return std::nullopt;
  std::string text(size, '\0');
  uLongf got = size;
  const int code = ::uncompress(reinterpret_cast<Bytef*>(text.data()), &got,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (code == Z_MEM_ERROR) throw std::bad_alloc{};
  if (code != Z_OK || got != size) return std::nullopt;
  return text;
}

}  // namespace lockstep
