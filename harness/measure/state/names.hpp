// What the tensors of a checkpoint are called.
//
//   layer0.weight                       a parameter under its own name, as other tools expect it
//   module.layer0.weight                the same, as torch.nn.DataParallel names it
//   optim.first_moment.layer0.weight    the optimizer's state of it
//   accumulated.2.layer0.weight         part 2 of its gradient in an unfinished step
//   accumulated_loss.2                  part 2 of the unfinished step's loss, F64
//   buffers.…                           kept free for what layers will hold besides parameters
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// What the names of parameters begin with: nothing, or "module.".
enum class ParameterPrefix { none, module };

constexpr std::string_view text_of(ParameterPrefix prefix) {
  return prefix == ParameterPrefix::module ? "module." : "";
}

std::string optimizer_prefix(std::string_view state);
std::string accumulated_prefix(std::size_t part);
std::string accumulated_loss_name(std::size_t part);

}  // namespace lockstep
