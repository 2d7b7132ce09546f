#include "harness/checkpoint/safetensors.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

constexpr std::string_view metadata_key = "__metadata__";
// Readers refuse more.
constexpr std::size_t largest_header = 100'000'000;
constexpr std::size_t alignment = 8;

/// Bytes of one element.
std::size_t element_width(const TensorBytes& tensor) {
  if (tensor.dtype == "F64") return 8;
  if (tensor.dtype == "F32" || tensor.dtype == "I32") return 4;
  throw_internal_error(fmt::format("safetensors: {}: unknown dtype {}", tensor.name, printable(tensor.dtype)));
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_./-"}.find(c) != std::string_view::npos;
}

void require_good_name(const std::string& name) {
  const bool allowed = !name.empty() && name.size() <= 256 && std::ranges::all_of(name, is_name_character);
  // Some readers use names as paths.
  const bool climbs = ('/' + name + '/').find("/../") != std::string::npos;
  require(allowed && !climbs && name != metadata_key, "safetensors: bad tensor name {}", printable(name));
}

void require_matching_size(const TensorBytes& tensor) {
  std::size_t size = element_width(tensor);
  bool overflow = false;
  for (const std::size_t dim : tensor.shape) overflow = __builtin_mul_overflow(size, dim, &size) || overflow;
  require(!overflow && size == tensor.bytes.size(), "safetensors: {}: {} bytes for shape [{}] of {}", tensor.name,
          tensor.bytes.size(), fmt::join(tensor.shape, ", "), tensor.dtype);
}

/// The largest elements first, so that every tensor is aligned; then by name, so that equal content gives equal files.
void sort_for_file(std::vector<TensorBytes>& tensors) {
  std::ranges::sort(tensors, [](const TensorBytes& a, const TensorBytes& b) {
    return std::pair{element_width(b), std::string_view{a.name}} <
           std::pair{element_width(a), std::string_view{b.name}};
  });
}

/// Tensors lie in the given order without gaps; offsets count from the end of the header.
std::string header_text(std::span<const TensorBytes> tensors, const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  std::size_t offset = 0;
  for (const TensorBytes& tensor : tensors) {
    require(!header.contains(tensor.name), "safetensors: two tensors are named {}", tensor.name);
    const std::size_t end = offset + tensor.bytes.size();
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  for (const auto& [key, value] : metadata)
    require(first_invalid_utf8(key) == std::string::npos && first_invalid_utf8(value) == std::string::npos,
            "safetensors: metadata {} is not UTF-8 text", printable(key));
  if (!metadata.empty()) header[metadata_key] = metadata;

  std::string text = header.dump();
  text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
  require(text.size() <= largest_header, "safetensors: a header of {} bytes", text.size());
  return text;
}

std::string little_endian(std::uint64_t number) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::size_t payload = 0;
  for (const TensorBytes& tensor : tensors) {
    require_good_name(tensor.name);
    require_matching_size(tensor);
    payload += tensor.bytes.size();
  }
  sort_for_file(tensors);
  const std::string header = header_text(tensors, metadata);

  std::string content = little_endian(header.size());
  content.reserve(content.size() + header.size() + payload);
  content += header;
  for (const TensorBytes& tensor : tensors)
    content.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  write_file_atomically(path, content);
}

}  // namespace lockstep
