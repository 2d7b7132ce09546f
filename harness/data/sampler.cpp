#include "harness/data/sampler.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/random.hpp"

namespace lockstep {

Sampler::Sampler(std::size_t samples, std::size_t batch, SampleOrder order, LastBatch last, std::uint64_t seed)
    : samples_{samples}, batch_{batch}, order_{order}, last_{last}, seed_{seed} {
  if (batch < 1 || batch > samples || samples > std::numeric_limits<SampleId>::max())
    throw InputError{fmt::format("a batch of {} from {} samples", batch, samples)};
}

std::size_t Sampler::steps_per_epoch() const {
  const bool short_batch = last_ == LastBatch::keep && samples_ % batch_ != 0;
  return samples_ / batch_ + (short_batch ? 1 : 0);
}

std::vector<SampleId> Sampler::batch(std::size_t step) {
  enter_epoch(step / steps_per_epoch());
  const std::size_t begin = step % steps_per_epoch() * batch_;
  const std::size_t end = std::min(begin + batch_, samples_);
  return {epoch_ids_.begin() + static_cast<std::ptrdiff_t>(begin),
          epoch_ids_.begin() + static_cast<std::ptrdiff_t>(end)};
}

const std::vector<SampleId>& Sampler::order_of(std::size_t epoch) {
  enter_epoch(epoch);
  return epoch_ids_;
}

void Sampler::enter_epoch(std::size_t epoch) {
  if (epoch_ == epoch) return;
  if (order_ == SampleOrder::shuffled) {
    epoch_ids_ = random_permutation(static_cast<SampleId>(samples_), RandomStream{seed_, hash_text("sampler") + epoch});
  } else if (epoch_ids_.empty()) {
    epoch_ids_.resize(samples_);
    std::iota(epoch_ids_.begin(), epoch_ids_.end(), SampleId{0});
  }
  epoch_ = epoch;
}

}  // namespace lockstep
