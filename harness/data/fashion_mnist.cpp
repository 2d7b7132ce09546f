#include "harness/data/fashion_mnist.hpp"

#include <string>

#include "harness/base/error.hpp"

namespace lockstep {

Dataset load_fashion_mnist(FashionMnistPart part, const std::filesystem::path& directory) {
  const std::string name = part == FashionMnistPart::train ? "train" : "t10k";
  const IdxFiles files{.images = directory / (name + "-images-idx3-ubyte.gz"),
                       .labels = directory / (name + "-labels-idx1-ubyte.gz")};
  for (const auto& path : {files.images, files.labels})
    if (!std::filesystem::exists(path))
      throw EnvironmentError{
          fmt::format("{}: not found; install the package dataset-fashion-mnist (scripts/setup does)", path.string())};
  return read_idx_dataset(files, 10, fashion_mnist_scale);
}

}  // namespace lockstep
