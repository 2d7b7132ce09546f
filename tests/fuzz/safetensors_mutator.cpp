// Mutations that keep a file whole enough to be looked into: blind ones rarely get past the length of the header.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::size_t length_bytes = 8;

/// Puts the length of the header into the file as if it ended with its last }, padded to 8 bytes.
void correct_length(std::span<std::uint8_t> file) {
  const auto last = std::find(file.rbegin(), file.rend(), std::uint8_t{'}'});
  const auto end = static_cast<std::size_t>(file.rend() - last);
  if (end <= length_bytes) return;
  const std::uint64_t length = (end + 7) / 8 * 8 - length_bytes;
  if (length + length_bytes > file.size()) return;
  std::fill(file.begin() + static_cast<std::ptrdiff_t>(end),
            file.begin() + static_cast<std::ptrdiff_t>(length + length_bytes), std::uint8_t{' '});
  std::memcpy(file.data(), &length, length_bytes);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) correct_length({data, mutated});
  return mutated;
}
