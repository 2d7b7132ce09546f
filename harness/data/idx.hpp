// The IDX format of MNIST and its successors (http://yann.lecun.com/exdb/mnist/, "file formats"): two zero bytes, the
// element type, the number of dimensions, each dimension as a big-endian 32-bit number, the elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "harness/data/dataset.hpp"

namespace lockstep {

struct IdxArray {
  std::vector<std::size_t> dims;
  std::vector<std::uint8_t> values;  // the last dimension varies fastest
};

/// Reads unsigned bytes, plain or gzip. Throws IoError when the file cannot be read, and InputError with the byte
/// offset when it is not exactly such an array of at most 2 GiB. Memory follows the data, never the header's promise.
IdxArray read_idx(const std::filesystem::path& path);

struct IdxFiles {
  std::filesystem::path images;  // [samples, …]
  std::filesystem::path labels;  // [samples]
};

/// A pixel becomes (pixel/255 − mean) / deviation.
struct PixelScale {
  double mean = 0;
  double deviation = 1;
};

/// Throws like read_idx, and InputError when the two files do not belong together or a label is not below `classes`.
Dataset read_idx_dataset(const IdxFiles& files, std::size_t classes = 10, PixelScale scale = {});

}  // namespace lockstep
