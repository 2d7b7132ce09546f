#include "harness/checkpoint/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <utility>

#include "harness/base/atomic_file.hpp"
#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/checkpoint/dtypes.hpp"
#include "harness/checkpoint/safetensors_hashes.hpp"

namespace lockstep {
namespace {

using namespace safetensors;

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

using Length = std::uint64_t;  // of the header: the start of the file, little-endian

/// Read and hashed at once, so that the hash finds its bytes in the cache.
constexpr std::size_t chunk = 256 * KiB;

constexpr const char* became_shorter = "the file became shorter while it was read";

/// The largest elements first, so that every tensor is aligned; then by name, so that equal content gives equal files.
void sort_for_file(std::vector<TensorBytes>& tensors) {
  std::ranges::sort(tensors, [](const TensorBytes& a, const TensorBytes& b) {
    return std::pair{bits_of_dtype(b.dtype), std::string_view{a.name}} <
           std::pair{bits_of_dtype(a.dtype), std::string_view{b.name}};
  });
}

SafetensorsHeader header_of(std::span<const TensorBytes> tensors, const Metadata& metadata) {
  SafetensorsHeader header{{}, metadata};
  std::uint64_t offset = 0;
  for (const TensorBytes& tensor : tensors) {
    const std::uint64_t end = offset + tensor.bytes.size();
    header.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, offset, end});
    offset = end;
  }
  return header;
}

void require_writable(std::span<const TensorBytes> tensors, const Metadata& metadata) {
  std::set<std::string_view> names;
  for (const TensorBytes& tensor : tensors) {
    require(is_good_name(tensor.name), "safetensors: bad tensor name {}", printable(tensor.name));
    require(names.insert(tensor.name).second, "safetensors: two tensors are named {}", tensor.name);
    require(bits_of_dtype(tensor.dtype) > 0, "safetensors: {}: unknown dtype {}", tensor.name, printable(tensor.dtype));
  }
  for (const auto& [key, value] : metadata) {
    require(first_invalid_utf8(key) == std::string::npos && first_invalid_utf8(value) == std::string::npos,
            "safetensors: metadata {} is not UTF-8 text", printable(key));
    require(!is_hash_key(key), "safetensors: metadata {} is called like a hash", key);
  }
}

/// The length and the header. Whatever our reader would refuse of it, our reader refuses here.
std::string start_of_file(const SafetensorsHeader& header) {
  std::string text = header_json(header);
  text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
  try {
    parse_header(text, header.tensors.empty() ? 0 : header.tensors.back().end);
  } catch (const InputError& error) {
    throw_internal_error(fmt::format("safetensors: {}", error.what()));
  }
  const auto length = std::bit_cast<std::array<char, sizeof(Length)>>(Length{text.size()});
  return std::string{length.begin(), length.end()} + text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors, const Metadata& metadata) {
  SystemFiles files;
  write_safetensors(files, path, std::move(tensors), metadata);
}

void write_safetensors(FileOps& files, const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const Metadata& metadata) {
  require_writable(tensors, metadata);
  sort_for_file(tensors);
  SafetensorsHeader header = header_of(tensors, metadata);
  std::vector<std::uint64_t> hashes;
  for (const TensorBytes& tensor : tensors) hashes.push_back(hash_bytes(tensor.bytes));
  add_hashes(header, hashes);
  const std::string start = start_of_file(header);

  AtomicFile file{files, path};
  file.write(start);
  for (const TensorBytes& tensor : tensors) file.write(tensor.bytes);
  file.commit();
}

SafetensorsReader::SafetensorsReader(FileOps& files, const std::filesystem::path& path, FileOps::Symlinks symlinks)
    : file_{files, path, symlinks} {
  try {
    read_header();
  } catch (const InputError& error) {
    throw InputError{fmt::format("{}: {}", path.string(), error.what())};
  }
}

void SafetensorsReader::read_header() {
  Length length = 0;
  if (file_.size() < sizeof(length))
    throw InputError{fmt::format("{} bytes are too few for a safetensors file", file_.size())};
  if (file_.read(std::as_writable_bytes(std::span{&length, 1})) < sizeof(length)) throw InputError{became_shorter};
  // Before anything of this length is allocated.
  if (length > file_.size() - sizeof(length))
    throw InputError{fmt::format("header length {} exceeds the file's size {}", length, file_.size())};
  if (length > largest_header)
    throw InputError{fmt::format("header length {} exceeds the limit {}", length, largest_header)};
  std::string text(length, '\0');
  if (file_.read(std::as_writable_bytes(std::span{text})) < length) throw InputError{became_shorter};
  header_bytes_ = sizeof(length) + length;
  header_ = parse_header(text, data_bytes());
  hashes_ = take_hashes(header_);
}

SafetensorsReader::Hash SafetensorsReader::read_next(std::span<std::byte> into) {
  const TensorInfo& tensor = header_.tensors.at(next_);
  require(into.size() == tensor.bytes(), "safetensors: {} bytes for {} of {}", into.size(), tensor.name,
          tensor.bytes());
  HashStream hash;
  for (std::size_t at = 0; at < into.size(); at += chunk) {
    const std::span<std::byte> part = into.subspan(at, std::min(chunk, into.size() - at));
    if (file_.read(part) < part.size())
      throw InputError{fmt::format("{}: {}: {}", file_.path().string(), tensor.name, became_shorter)};
    if (hashes_) hash.add(part);
  }
  const std::size_t index = next_++;
  if (!hashes_) return Hash::absent;
  return hash.value() == (*hashes_)[index] ? Hash::matches : Hash::differs;
}

SafetensorsContent read_safetensors(const std::filesystem::path& path) {
  SystemFiles files;
  return read_safetensors(files, path);
}

SafetensorsContent read_safetensors(FileOps& files, const std::filesystem::path& path, FileOps::Symlinks symlinks) {
  SafetensorsReader reader{files, path, symlinks};
  SafetensorsContent content{.tensors = {},
                             .metadata = reader.metadata(),
                             .is_verified = reader.has_hashes(),
                             // Not filled first: that would cost as much as reading.
                             .memory = std::make_unique_for_overwrite<std::byte[]>(reader.data_bytes())};
  for (const TensorInfo& tensor : reader.tensors()) {
    const std::span<std::byte> bytes{content.memory.get() + tensor.begin, tensor.bytes()};
    if (reader.read_next(bytes) == SafetensorsReader::Hash::differs)
      throw InputError{
          fmt::format("{}: {}: xxh3 mismatch, the data were changed or damaged", path.string(), tensor.name)};
    content.tensors.push_back({tensor.name, tensor.dtype, tensor.shape, bytes});
  }
  return content;
}

}  // namespace lockstep
