#include "harness/checkpoint/safetensors_header.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/checkpoint/dtypes.hpp"

namespace lockstep::safetensors {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_./-"}.find(c) != std::string_view::npos;
}

void require_text_rules(std::string_view text) {
  if (text.size() > largest_header)
    throw InputError{fmt::format("a header of {} bytes, the limit is {}", text.size(), largest_header)};
  if (text.size() % alignment != 0)
    throw InputError{fmt::format("the header's length {} is not a multiple of {}", text.size(), alignment)};
  if (const std::size_t at = first_invalid_utf8(text); at != std::string_view::npos)
    throw InputError{fmt::format("the header is not UTF-8 text at its byte {}", at)};
  const std::size_t last = text.find_last_not_of(' ');
  if (last == std::string_view::npos || text.front() != '{' || text[last] != '}')
    throw InputError{"the header must start with { and end with } and spaces"};
}

/// Bytes of a tensor by its shape.
std::uint64_t bytes_of_shape(const TensorInfo& tensor) {
  const auto is_zero = [](std::size_t dim) { return dim == 0; };
  std::uint64_t bits = bits_of_dtype(tensor.dtype);
  bool overflow = false;
  // Zeros left out, so that the order of the dimensions does not decide whether a shape is valid.
  for (const std::size_t dim : tensor.shape)
    if (!is_zero(dim)) overflow = __builtin_mul_overflow(bits, dim, &bits) || overflow;
  if (overflow) throw InputError{fmt::format("{}: the size of {} overflows", tensor.name, format_shape(tensor.shape))};
  if (std::ranges::any_of(tensor.shape, is_zero)) return 0;
  if (bits % 8 != 0)
    throw InputError{fmt::format("{}: {} of {} is not a whole number of bytes", tensor.name, format_shape(tensor.shape),
                                 tensor.dtype)};
  return bits / 8;
}

void require_place(const TensorInfo& tensor, std::uint64_t expected_begin) {
  const auto& [name, dtype, shape, begin, end] = tensor;
  if (end < begin) throw InputError{fmt::format("{}: data_offsets [{}, {}] are reversed", name, begin, end)};
  if (begin != expected_begin)
    throw InputError{fmt::format("{}: begins at byte {} of the data, but what is before it ends at {} ({})", name,
                                 begin, expected_begin, begin > expected_begin ? "a hole" : "an overlap")};
  const std::uint64_t bytes = bytes_of_shape(tensor);
  if (tensor.bytes() != bytes)
    throw InputError{
        fmt::format("{}: {} bytes, but {} of {} takes {}", name, tensor.bytes(), format_shape(shape), dtype, bytes)};
  const std::uint64_t width = std::max<std::uint64_t>(bits_of_dtype(dtype) / 8, 1);
  if (begin % width != 0)
    throw InputError{fmt::format("{}: begins at byte {} of the data, not at a multiple of {}", name, begin, width)};
}

void require_layout(const std::vector<TensorInfo>& tensors, std::uint64_t data_bytes) {
  std::uint64_t end = 0;
  for (const TensorInfo& tensor : tensors) {
    require_place(tensor, end);
    end = tensor.end;
  }
  if (end > data_bytes)
    throw InputError{fmt::format("truncated: the tensors take {} bytes, but {} follow the header", end, data_bytes)};
  if (end < data_bytes) throw InputError{fmt::format("{} bytes after the last tensor", data_bytes - end)};
}

}  // namespace

bool is_good_name(std::string_view name) {
  const bool allowed = !name.empty() && name.size() <= 256 && std::ranges::all_of(name, is_name_character);
  // Some readers use names as paths.
  const bool climbs = fmt::format("/{}/", name).find("/../") != std::string::npos;
  return allowed && !climbs && name != metadata_key;
}

SafetensorsHeader parse_header(std::string_view text, std::uint64_t data_bytes) {
  require_text_rules(text);
  SafetensorsHeader header = parse_header_json(text);
  std::ranges::sort(header.tensors, {}, [](const TensorInfo& tensor) {
    return std::tuple{tensor.begin, tensor.end, std::string_view{tensor.name}};
  });
  require_layout(header.tensors, data_bytes);
  return header;
}

std::string format_shape(const std::vector<std::size_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string header_json(const SafetensorsHeader& header) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, dtype, shape, begin, end] : header.tensors)
    json[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, end}}};
  if (!header.metadata.empty()) json[metadata_key] = header.metadata;
  return json.dump();
}

}  // namespace lockstep::safetensors
