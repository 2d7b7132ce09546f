// Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv:1708.07747): 28 x 28 grey pixels, ten classes of clothing.
#pragma once

#include <filesystem>

#include "harness/data/dataset.hpp"
#include "harness/data/idx.hpp"

namespace lockstep {

/// Where Debian's package dataset-fashion-mnist puts the four files.
inline constexpr const char* fashion_mnist_directory = "/usr/share/datasets/fashion-mnist";

/// Mean and standard deviation of all pixels of the training set, as tests/data/fashion_mnist_test.cpp recomputes them.
inline constexpr PixelScale fashion_mnist_scale{.mean = 0.2860, .deviation = 0.3530};

enum class FashionMnistPart { train, test };

/// 60 000 or 10 000 samples of 784 normalised pixels. Throws EnvironmentError when the package is not installed.
Dataset load_fashion_mnist(FashionMnistPart part, const std::filesystem::path& directory = fashion_mnist_directory);

}  // namespace lockstep
