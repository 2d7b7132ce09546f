#include "harness/data/byte_source.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/units.hpp"

namespace lockstep {

void ByteSource::EndInflate::operator()(z_stream* stream) const {
  inflateEnd(stream);
  delete stream;
}

ByteSource::ByteSource(std::filesystem::path path) : path_{std::move(path)}, content_{read_file(path_, 2 * GiB)} {
  if (!content_.starts_with("\x1f\x8b")) return;
  gzip_.reset(new z_stream{});
  gzip_->next_in = reinterpret_cast<Bytef*>(content_.data());
  gzip_->avail_in = static_cast<uInt>(content_.size());
  constexpr int largest_window_gzip_only = 15 + 16;
  if (inflateInit2(gzip_.get(), largest_window_gzip_only) != Z_OK) throw std::bad_alloc{};
}

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
  const std::size_t count = gzip_ ? read_gzip(out) : read_plain(out);
  offset_ += count;
  return count;
}

std::size_t ByteSource::read_plain(std::span<std::uint8_t> out) const {
  const std::size_t count = std::min(out.size(), content_.size() - offset_);
  std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset_), count, out.begin());
  return count;
}

std::size_t ByteSource::read_gzip(std::span<std::uint8_t> out) {
  require(out.size() <= std::numeric_limits<uInt>::max(), "gzip: {} bytes asked for at once", out.size());
  gzip_->next_out = out.data();
  gzip_->avail_out = static_cast<uInt>(out.size());
  while (gzip_->avail_out > 0) {
    if (member_ended_) {
      if (gzip_->avail_in == 0) break;
      // A gzip file may be several members in a row; anything else here is refused as a bad member.
      inflateReset(gzip_.get());
      member_ended_ = false;
    }
    const int code = inflate(gzip_.get(), Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) fail_gzip(code);
    member_ended_ = code == Z_STREAM_END;
  }
  return out.size() - gzip_->avail_out;
}

void ByteSource::fail_gzip(int code) const {
  if (code == Z_MEM_ERROR) throw std::bad_alloc{};
  const char* reason = code == Z_BUF_ERROR ? "it is truncated" : gzip_->msg != nullptr ? gzip_->msg : "unknown reason";
  throw InputError{
      fmt::format("{}: byte {}: corrupt gzip: {}", path_.string(), content_.size() - gzip_->avail_in, reason)};
}

void ByteSource::fail(std::size_t offset, std::string_view what) const {
  throw InputError{
      fmt::format("{}: byte {}{}: {}", path_.string(), offset, gzip_ ? " of the decompressed data" : "", what)};
}

}  // namespace lockstep
