#include "harness/data/tokens.hpp"

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/random.hpp"
#include "harness/base/units.hpp"

namespace lockstep {

Dataset read_text(const std::filesystem::path& path, std::size_t context, std::size_t vocabulary) {
  const std::string text = read_file(path, 2 * GiB);
  if (text.size() <= context)
    throw InputError{fmt::format("{}: {} bytes are too few for a context of {} and the byte after it", path.string(),
                                 text.size(), context)};
  TokenWindows windows{.tokens = {}, .context = context, .stride = context, .vocabulary = vocabulary};
  windows.tokens.reserve(text.size());
  for (const char byte : text) windows.tokens.push_back(static_cast<unsigned char>(byte));
  return Dataset{std::move(windows)};
}

Dataset make_synthetic_tokens(const TokenShape& shape, std::uint64_t seed) {
  const auto& [samples, context, vocabulary] = shape;
  const std::size_t length = context + 1;
  require_possible({.samples = samples, .inputs = length, .outputs = 1});
  const auto vocabulary_size = static_cast<std::uint32_t>(vocabulary);
  const std::vector<std::uint32_t> order =
      random_permutation(vocabulary_size, RandomStream{seed, hash_text("synthetic successors")});
  std::vector<std::uint32_t> successor(vocabulary);
  for (std::size_t i = 0; i < vocabulary; ++i) successor[order[i]] = order[(i + 1) % vocabulary];

  const RandomStream random{seed, hash_text("synthetic tokens")};
  TokenWindows windows{.tokens = {}, .context = context, .stride = length, .vocabulary = vocabulary};
  windows.tokens.reserve(samples * length);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    std::uint32_t token = 0;
    for (std::size_t place = 0; place < length; ++place) {
      const std::uint64_t index = 2 * (sample * length + place);
      const bool is_any = place == 0 || random.below(8, index) == 0;
      token = is_any ? static_cast<std::uint32_t>(random.below(vocabulary, index + 1)) : successor[token];
      windows.tokens.push_back(static_cast<std::uint16_t>(token));
    }
  }
  return Dataset{std::move(windows)};
}

}  // namespace lockstep
