#include "harness/measure/state/names.hpp"

#include <fmt/format.h>

namespace lockstep {

std::string optimizer_prefix(std::string_view state) { return fmt::format("optim.{}.", state); }
std::string accumulated_prefix(std::size_t part) { return fmt::format("accumulated.{}.", part); }
std::string accumulated_loss_name(std::size_t part) { return fmt::format("accumulated_loss.{}", part); }

}  // namespace lockstep
