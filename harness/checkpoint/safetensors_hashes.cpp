#include "harness/checkpoint/safetensors_hashes.hpp"

#include <algorithm>
#include <charconv>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/text.hpp"

namespace lockstep::safetensors {
namespace {

constexpr std::string_view header_key = "header_xxh3";
constexpr std::string_view tensor_prefix = "xxh3:";

std::string tensor_key(const TensorInfo& tensor) { return std::string{tensor_prefix} + tensor.name; }

std::uint64_t take_hash(Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw InputError{fmt::format("the hash {} is missing", key)};
  const std::string text = std::move(found->second);
  metadata.erase(found);
  std::uint64_t hash = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (error != std::errc{} || end != text.data() + text.size() || text != format_hash(hash))
    throw InputError{fmt::format("{}: {} is not a hash", key, printable(text))};
  return hash;
}

}  // namespace

bool is_hash_key(std::string_view key) { return key == header_key || key.starts_with(tensor_prefix); }

void add_hashes(SafetensorsHeader& header, std::span<const std::uint64_t> tensor_hashes) {
  for (std::size_t i = 0; i < tensor_hashes.size(); ++i)
    header.metadata[tensor_key(header.tensors[i])] = format_hash(tensor_hashes[i]);
  header.metadata[std::string{header_key}] = format_hash(hash_text(header_json(header)));
}

std::optional<std::vector<std::uint64_t>> take_hashes(SafetensorsHeader& header) {
  Metadata& metadata = header.metadata;
  if (std::ranges::none_of(metadata, is_hash_key, &Metadata::value_type::first)) return std::nullopt;
  const std::uint64_t header_hash = take_hash(metadata, std::string{header_key});
  if (header_hash != hash_text(header_json(header)))
    throw InputError{"the header does not match its hash: it was changed or damaged"};
  std::vector<std::uint64_t> hashes;
  for (const TensorInfo& tensor : header.tensors) hashes.push_back(take_hash(metadata, tensor_key(tensor)));
  for (const auto& [key, value] : metadata)
    if (is_hash_key(key)) throw InputError{fmt::format("{}: a hash of no tensor", printable(key))};
  return hashes;
}

}  // namespace lockstep::safetensors
