// Faults of data-parallel communication, planted below whoever watches it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/device/communicator.hpp"
#include "harness/faults/damage.hpp"

namespace lockstep {

/// What happens to a struck call instead of `inner.submit(stream, call)`; whether it made a difference. Each rank works
/// with a copy of its own.
using FaultyCall = std::function<bool(Communicator& inner, Stream& stream, CollectiveCall call)>;

/// What the rank sends is damaged first. In-place operations send their buffer.
FaultyCall damaged_contribution(Damage damage);
/// The rank's buffer is damaged after the operation.
FaultyCall damaged_result(Damage damage);
FaultyCall damaged_result(DamageKnowingOld damage);
/// The rank sends what it sent from this buffer the last time; the first time it sends the truth.
FaultyCall stale_contribution();
/// The operation is done a second time on its own result.
FaultyCall repeated();
/// Nothing is done. On every rank of the group, or the others wait for it.
FaultyCall skipped();
/// On the root of a scatter or gather: as many elements as the last piece has change places between first and last.
FaultyCall exchanged_pieces();
/// On the root of a scatter: the last rank gets a copy of the first elements instead of its piece.
FaultyCall duplicated_piece();
/// `work` runs on the rank's stream after the operation.
FaultyCall followed_by(std::function<void()> work);

/// Which calls are struck: of a rank's calls of these kinds, subgroups included, number `first` and every `every`-th
/// one from there on; 0 for this one only.
struct Strike {
  std::vector<Collective> kinds;
  std::vector<int> ranks;
  std::size_t first = 0;
  std::size_t every = 1;
};

/// "all_reduce and reduce of rank 2, every one from number 1 on".
std::string text_of(const Strike& strike);

struct Plant {
  Strike strike;
  FaultyCall fault;
};

/// How often a fault acted, over all ranks. A test whose fault never acted has tested nothing.
struct FiredCount {
  std::atomic<int> acted{0};
  std::atomic<int> changed{0};  // something: to leave out what is 0 changes no sum

  void add(bool did_change) {
    ++acted;
    changed += did_change ? 1 : 0;
  }
};
using Fired = std::shared_ptr<FiredCount>;

/// The communicator with the fault planted; its subgroups have it too.
std::unique_ptr<Communicator> planted(std::unique_ptr<Communicator> inner, Plant plant, Fired fired);

}  // namespace lockstep
