// The bytes of a dataset file, plain or gzip, in order.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// Holds the file as it is and decompresses only what is asked for, so that a small file cannot fill the memory.
/// gzip (RFC 1952) is recognised by its first two bytes; its checksums are verified when the end is read.
class ByteSource {
 public:
  /// Throws IoError when the file cannot be read, InputError when it is no regular file or above 2 GiB.
  explicit ByteSource(std::filesystem::path path);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Fills `out` from the front and says how many bytes came; fewer than asked for only at the end of the data.
  /// Throws InputError for corrupt gzip.
  std::size_t read(std::span<std::uint8_t> out);

  /// Bytes read so far, after decompression.
  [[nodiscard]] std::size_t offset() const { return offset_; }

  /// Throws InputError that names the file and the `offset` in the decompressed data.
  [[noreturn]] void fail(std::size_t offset, std::string_view what) const;

 private:
  struct EndInflate {
    void operator()(z_stream* stream) const;
  };

  std::size_t read_plain(std::span<std::uint8_t> out) const;
  std::size_t read_gzip(std::span<std::uint8_t> out);
  [[noreturn]] void fail_gzip(int code) const;

  std::filesystem::path path_;
  std::string content_;
  std::unique_ptr<z_stream, EndInflate> gzip_;  // null for a plain file
  bool member_ended_ = false;
  std::size_t offset_ = 0;
};

}  // namespace lockstep
