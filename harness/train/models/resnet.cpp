#include "harness/train/models/resnet.hpp"

#include "harness/train/layers/activation.hpp"
#include "harness/train/layers/batch_norm.hpp"
#include "harness/train/layers/convolution.hpp"
#include "harness/train/layers/linear.hpp"
#include "harness/train/layers/pooling.hpp"
#include "harness/train/layers/residual.hpp"

namespace lockstep {
namespace {

class ResnetBuilder {
 public:
  explicit ResnetBuilder(const ResnetShape& shape)
      : shape_{shape}, net_{.nodes = {}, .sample = shape.image}, image_{shape.image} {}

  Architecture build() {
    require(shape_.depth >= 8 && (shape_.depth - 2) % 6 == 0, "a residual network of depth {}", shape_.depth);
    convolve("conv1", shape_.filters, 3, 1);
    activate();
    for (std::size_t stage = 0; stage < 3; ++stage)
      for (std::size_t block = 0; block < (shape_.depth - 2) / 6; ++block)
        add_block(fmt::format("stage{}.block{}.", stage + 1, block), shape_.filters << stage,
                  stage > 0 && block == 0 ? 2 : 1);
    net_.add(std::make_unique<AveragePooling>(image_[1], image_[2]));
    net_.add(std::make_unique<Linear>("fc", image_[0], shape_.classes, true));
    return std::move(net_);
  }

 private:
  void add_block(const std::string& name, std::size_t filters, std::size_t stride) {
    const std::size_t input = net_.nodes.size();
    const Shape input_image = image_;
    convolve(name + "conv1", filters, 3, stride);
    activate();
    const std::size_t branch = convolve(name + "conv2", filters, 3, 1);
    std::size_t shortcut = input;
    if (image_ != input_image) {
      image_ = input_image;
      shortcut = convolve(name + "shortcut", filters, 1, stride, input);
    }
    net_.add(std::make_unique<Residual>(), {branch, shortcut});
    activate();
  }

  /// A convolution and its normalisation, of the value made last; returns the number of its output.
  std::size_t convolve(const std::string& name, std::size_t filters, std::size_t kernel, std::size_t stride) {
    return convolve(name, filters, kernel, stride, net_.nodes.size());
  }
  std::size_t convolve(const std::string& name, std::size_t filters, std::size_t kernel, std::size_t stride,
                       std::size_t input) {
    const kernels::ConvolutionShape convolution{.channels = image_[0],
                                                .height = image_[1],
                                                .width = image_[2],
                                                .filters = filters,
                                                .kernel = kernel,
                                                .stride = stride,
                                                .padding = kernel / 2};
    const std::size_t output = net_.add(std::make_unique<Convolution>(name, convolution), {input});
    image_ = {filters, convolution.out_height(), convolution.out_width()};
    return shape_.normalization == Normalization::batch ? net_.add(std::make_unique<BatchNorm>(name + ".norm", filters))
                                                        : output;
  }

  void activate() {
    if (shape_.activation == Activation::relu) net_.add(std::make_unique<Relu>());
    if (shape_.activation == Activation::tanh) net_.add(std::make_unique<Tanh>());
  }

  const ResnetShape& shape_;
  Architecture net_;
  Shape image_;  // of the value made last
};

}  // namespace

Architecture make_resnet(const ResnetShape& shape) { return ResnetBuilder{shape}.build(); }

}  // namespace lockstep
