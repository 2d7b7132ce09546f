#pragma once

#include <cstdint>

#include "harness/train/models/architecture.hpp"

namespace lockstep {

struct GptShape {
  std::size_t layers = 2;
  std::size_t width = 64;
  std::size_t heads = 4;
  std::size_t context = 32;
  std::size_t vocabulary = 256;
  double dropout = 0;
  std::uint64_t seed = 1;  // of the dropout
};

/// GPT-2 (Radford et al., 2019): tokens [context] to logits [context, vocabulary] of the next ones. Pre-norm blocks of
/// causal attention and a perceptron four times as wide, dropout after the embedding and at the end of each branch,
/// output weights tied to the token embedding. Names are GPT-2's: wte, wpe, h.0.ln_1, h.0.attn.c_attn, …; weights are
/// [outputs, inputs]. They start normal with deviation 0.02, those that end a branch with 0.02/√(2·layers). Without
/// dropout there are no dropout layers. Throws InternalError unless the heads divide the width.
Architecture make_gpt(const GptShape& shape);

}  // namespace lockstep
