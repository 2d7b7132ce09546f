#include "harness/data/idx.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"
#include "harness/data/byte_source.hpp"

namespace lockstep {
namespace {

constexpr std::uint8_t unsigned_byte_type = 0x08;
constexpr std::size_t largest_array = 2 * GiB;

std::array<std::uint8_t, 4> read_four(ByteSource& source) {
  std::array<std::uint8_t, 4> bytes{};
  const std::size_t start = source.offset();
  if (source.read(bytes) < bytes.size()) source.fail(start, "the file ends inside the IDX header");
  return bytes;
}

/// Returns the number of dimensions.
std::size_t read_magic(ByteSource& source) {
  const auto [zero_0, zero_1, type, rank] = read_four(source);
  if (zero_0 != 0 || zero_1 != 0) source.fail(0, "not an IDX file: it must begin with two zero bytes");
  if (type != unsigned_byte_type)
    source.fail(
        2, fmt::format("element type {:#04x}; only unsigned bytes ({:#04x}) are supported", type, unsigned_byte_type));
  if (rank == 0) source.fail(3, "an array without dimensions");
  return rank;
}

std::vector<std::size_t> read_dims(ByteSource& source, std::size_t rank) {
  std::vector<std::size_t> dims(rank);
  for (std::size_t& dim : dims) {
    const auto bytes = read_four(source);
    for (const std::uint8_t byte : bytes) dim = dim << 8 | byte;
    if (dim == 0) source.fail(source.offset() - bytes.size(), "a dimension of 0: the array is empty");
  }
  return dims;
}

std::size_t element_count(const ByteSource& source, std::span<const std::size_t> dims) {
  std::size_t count = 1;
  for (const std::size_t dim : dims) {
    if (dim > largest_array / count)
      source.fail(4,
                  fmt::format("dimensions {} make more than {}", fmt::join(dims, " x "), format_bytes(largest_array)));
    count *= dim;
  }
  return count;
}

std::vector<std::uint8_t> read_values(ByteSource& source, std::size_t count) {
  constexpr std::size_t chunk = MiB;
  std::vector<std::uint8_t> values;
  while (values.size() < count) {
    const std::size_t start = values.size();
    values.resize(std::min(count, start + chunk));
    const auto wanted = std::span{values}.subspan(start);
    const std::size_t got = source.read(wanted);
    if (got < wanted.size())
      source.fail(source.offset(), fmt::format("the file ends after {} of {} elements", start + got, count));
  }
  return values;
}

void require_end(ByteSource& source) {
  const std::size_t end = source.offset();
  std::array<std::uint8_t, 1> extra{};
  if (source.read(extra) != 0) source.fail(end, "more bytes than the dimensions say");
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw InputError{fmt::format("{}: {}", path.string(), what)};
}

std::vector<std::int32_t> checked_labels(const std::filesystem::path& path, const IdxArray& array,
                                         std::size_t classes) {
  constexpr std::size_t header = 8;
  const auto wrong = std::ranges::find_if(array.values, [&](std::uint8_t label) { return label >= classes; });
  if (wrong != array.values.end())
    fail(path, fmt::format("byte {}: label {} of {} classes",
                           header + static_cast<std::size_t>(wrong - array.values.begin()), *wrong, classes));
  return {array.values.begin(), array.values.end()};
}

/// Images that are all one value teach nothing, and are what a failed download or conversion leaves.
void require_variety(const std::filesystem::path& path, const IdxArray& images) {
  if (images.values.size() < 2) return;
  const std::uint8_t first = images.values[0];
  if (std::ranges::all_of(images.values, [first](std::uint8_t pixel) { return pixel == first; }))
    fail(path, fmt::format("every one of the {} pixels is {}", images.values.size(), first));
}

std::array<float, 256> pixel_values(PixelScale scale) {
  require(std::isfinite(scale.mean) && std::isfinite(scale.deviation) && scale.deviation > 0,
          "idx: pixels scaled by mean {} and deviation {}", scale.mean, scale.deviation);
  std::array<float, 256> value_of{};
  for (std::size_t pixel = 0; pixel < value_of.size(); ++pixel)
    value_of[pixel] = static_cast<float>((static_cast<double>(pixel) / 255 - scale.mean) / scale.deviation);
  return value_of;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path) {
  ByteSource source{path};
  const std::size_t rank = read_magic(source);
  IdxArray array{.dims = read_dims(source, rank), .values = {}};
  array.values = read_values(source, element_count(source, array.dims));
  require_end(source);
  return array;
}

Dataset read_idx_dataset(const IdxFiles& files, std::size_t classes, PixelScale scale) {
  IdxArray images = read_idx(files.images);
  const IdxArray labels = read_idx(files.labels);
  if (images.dims.size() < 2) fail(files.images, "byte 3: images need at least two dimensions");
  if (labels.dims.size() != 1) fail(files.labels, "byte 3: labels need exactly one dimension");
  if (images.dims[0] != labels.dims[0])
    fail(files.labels, fmt::format("byte 4: {} labels for the {} images of {}", labels.dims[0], images.dims[0],
                                   files.images.string()));
  require_variety(files.images, images);
  const std::size_t width = images.values.size() / images.dims[0];
  return Dataset{ByteRows{std::move(images.values), width, pixel_values(scale)},
                 ClassLabels{checked_labels(files.labels, labels, classes), classes}};
}

}  // namespace lockstep
