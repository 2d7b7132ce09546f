// How the time of a collective grows with its size.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace lockstep {

/// t(S) = α + β·S + c·√S for S bytes: α is what an empty operation takes, 1/β the bandwidth of a large one, and the
/// root what lies between (a pipeline of √S chunks is the best one).
struct TransferModel {
  double alpha = 0;     // s
  double beta = 0;      // s/B
  double root = 0;      // c, s/√B
  double residual = 0;  // root mean square of t_model/t − 1

  [[nodiscard]] double seconds(double bytes) const;
};

struct TransferTime {
  std::size_t bytes;
  double seconds;
};

/// The model with the least residual among those without negative terms. Nothing for fewer than four times, which could
/// not disagree with it, or a time that is not positive.
std::optional<TransferModel> fit_transfer_model(std::span<const TransferTime> times);

}  // namespace lockstep
