// Sequences of tokens: the bytes of a file, and made-up ones that can be learned.
#pragma once

#include <cstdint>
#include <filesystem>

#include "harness/data/dataset.hpp"

namespace lockstep {

/// Tokens of text are bytes.
inline constexpr std::size_t byte_vocabulary = 256;

/// The bytes of a file, in windows of `context` side by side; `vocabulary` is at least that of bytes. Throws IoError
/// when the file cannot be read; InputError, naming it, when it is no regular file, is larger than 2 GiB or has not
/// context + 1 bytes.
Dataset read_text(const std::filesystem::path& path, std::size_t context, std::size_t vocabulary);

/// Sequences whose next token is, in seven of eight places, the one that follows the last in a random order of the
/// vocabulary, and else any. So of ln V nats a model can learn to be left with about 7/8·ln(8/7) + 1/8·ln(8·V) of them.
/// A sample depends on (seed, id) and the sizes of tokens only. Throws InputError for sizes that no array can have.
struct TokenShape {
  std::size_t samples;
  std::size_t context;
  std::size_t vocabulary;
};
Dataset make_synthetic_tokens(const TokenShape& shape, std::uint64_t seed);

}  // namespace lockstep
