// Any bytes are a file that is refused with an InputError, or one whose content can be written and reads back the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>

#include "harness/base/error.hpp"
#include "harness/checkpoint/safetensors.hpp"
#include "tests/doubles/memory_files.hpp"

namespace lockstep::testing {
namespace {

bool is_same(const TensorBytes& a, const TensorBytes& b) {
  return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && std::ranges::equal(a.bytes, b.bytes);
}

/// In any order: the writer has its own.
bool is_same(std::vector<TensorBytes> a, std::vector<TensorBytes> b) {
  std::ranges::sort(a, {}, &TensorBytes::name);
  std::ranges::sort(b, {}, &TensorBytes::name);
  return std::ranges::equal(a, b, [](const TensorBytes& x, const TensorBytes& y) { return is_same(x, y); });
}

void require_written_and_read_back(FileOps& files, const SafetensorsContent& content) {
  write_safetensors(files, "/copy", content.tensors, content.metadata);
  const SafetensorsContent copy = read_safetensors(files, "/copy");
  require(copy.is_verified, "the copy has no hashes");
  require(copy.metadata == content.metadata, "the copy has other metadata");
  require(is_same(copy.tensors, content.tensors), "the copy has other tensors");
}

}  // namespace
}  // namespace lockstep::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lockstep;
  testing::MemoryFiles files{
      {.names = {{"/file", 1}}, .contents = {{1, std::string{reinterpret_cast<const char*>(data), size}}}}};
  try {
    testing::require_written_and_read_back(files, read_safetensors(files, "/file"));
  } catch (const InputError&) {
    // Refused, which is as good.
  }
  return 0;
}
