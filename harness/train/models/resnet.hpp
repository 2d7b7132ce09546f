#pragma once

#include "harness/train/models/architecture.hpp"
#include "harness/train/models/mlp.hpp"

namespace lockstep {

enum class Normalization { batch, none };

struct ResnetShape {
  Shape image;               // of a sample: [channels, height, width]
  std::size_t depth = 20;    // 6n + 2: n residual blocks in each of three stages
  std::size_t filters = 16;  // of the first stage; each further one has twice as many on a quarter of the pixels
  std::size_t classes = 10;
  Activation activation = Activation::relu;
  Normalization normalization = Normalization::batch;
};

/// The residual network of He et al. for small images (2015, section 4.2): a 3×3 convolution, three stages of blocks of
/// two 3×3 convolutions each, the mean over each channel, a linear layer. Where a block changes the shape its shortcut
/// is a 1×1 convolution (their option B). Names are conv1, stage1.block0.conv1, ….
Architecture make_resnet(const ResnetShape& shape);

}  // namespace lockstep
