// Writes the file that read_safetensors.py expects to the path it is given.
#include <array>
#include <cstdint>
#include <span>

#include "harness/checkpoint/safetensors.hpp"

int main(int, char** arguments) {
  const std::array<float, 6> gradient{0, 1, 2, 3, 4, -0.5F};
  const std::array<double, 1> loss{0.1};
  const std::array<std::int32_t, 3> labels{-1, 0, 7};
  lockstep::write_safetensors(arguments[1],
                              {{"rank0/gradients/layer0.weight", "F32", {2, 3}, std::as_bytes(std::span{gradient})},
                               {"labels", "I32", {3}, std::as_bytes(std::span{labels})},
                               {"empty", "F32", {0, 4}, {}},
                               {"loss", "F64", {}, std::as_bytes(std::span{loss})}},
                              {{"step", "3"}, {"note", "\"quoted\", \\ and \xc3\xa9"}});
}
