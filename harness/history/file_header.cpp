#include "harness/history/file_header.hpp"

#include <array>
#include <string_view>

#include "harness/base/error.hpp"
#include "harness/base/input_file.hpp"

namespace lockstep {
namespace {

// https://www.sqlite.org/fileformat2.html, 1.3: big-endian numbers.
constexpr std::size_t header_size = 100;
constexpr std::size_t write_version_at = 18, read_version_at = 19, schema_format_at = 44, application_id_at = 68;
constexpr std::uint8_t rollback_journal = 1;
constexpr std::uint32_t newest_schema_format = 4;
constexpr std::string_view magic{"SQLite format 3\0", 16};

using Header = std::array<std::uint8_t, header_size>;

/// Closed again before SQLite opens the file: closing any descriptor of it drops this process's locks.
Header read_header(const std::filesystem::path& path) {
  SystemFiles files;
  InputFile file{files, path, FileOps::Symlinks::refuse};
  Header header{};
  const std::size_t size = file.read(std::as_writable_bytes(std::span{header}));
  return size == header.size() ? header : Header{};
}

std::uint32_t number_at(const Header& header, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | header[at + i];
  return number;
}

[[noreturn]] void reject(const std::filesystem::path& path, std::string_view why) {
  throw InputError{fmt::format("{}: not a history: {}", path.string(), why)};
}

}  // namespace

void require_history_header(const std::filesystem::path& path) {
  const Header header = read_header(path);
  if (std::string_view{reinterpret_cast<const char*>(header.data()), magic.size()} != magic)
    reject(path, "not an SQLite database");
  if (number_at(header, application_id_at) != history_application_id)
    reject(path, "an SQLite database of another program");
  if (header[write_version_at] != rollback_journal || header[read_version_at] != rollback_journal)
    reject(path, "in the mode with a write-ahead log, which PRAGMA journal_mode = DELETE ends");
  if (number_at(header, schema_format_at) > newest_schema_format) reject(path, "of a format that SQLite does not know");
}

bool is_missing_or_empty(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::symlink_status(path, ignored);
  if (status.type() == std::filesystem::file_type::not_found) return true;
  return status.type() == std::filesystem::file_type::regular && std::filesystem::file_size(path, ignored) == 0;
}

}  // namespace lockstep
