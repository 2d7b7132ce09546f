#include "harness/faults/faulty_communicator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "harness/device/forwarding.hpp"

namespace lockstep {
namespace {

struct Pieces {
  std::size_t last_first;  // element where the last piece begins
  std::size_t last_count;
};

Pieces pieces_of(const CollectiveCall& call) {
  const std::size_t all = std::accumulate(call.counts.begin(), call.counts.end(), std::size_t{0});
  return {all - call.counts.back(), call.counts.back()};
}

bool is_root(const Communicator& group, const CollectiveCall& call) { return group.rank() == call.root; }

/// A rank's count of the calls that could be struck, shared by its groups.
struct Struck {
  Plant plant;
  Fired fired;
  std::size_t calls = 0;

  bool strikes(int rank, Collective kind) {
    const Strike& strike = plant.strike;
    if (std::ranges::find(strike.kinds, kind) == strike.kinds.end()) return false;
    if (std::ranges::find(strike.ranks, rank) == strike.ranks.end()) return false;
    const std::size_t call = calls++;
    if (call < strike.first) return false;
    return call == strike.first || (strike.every > 0 && (call - strike.first) % strike.every == 0);
  }
};

class FaultyCommunicator : public ForwardingCommunicator {
 public:
  FaultyCommunicator(std::unique_ptr<Communicator> inner, std::shared_ptr<Struck> struck)
      : ForwardingCommunicator{std::move(inner)}, struck_{std::move(struck)} {}

  std::unique_ptr<Communicator> first_ranks(int count) override {
    auto subgroup = inner().first_ranks(count);
    return subgroup ? std::make_unique<FaultyCommunicator>(std::move(subgroup), struck_) : nullptr;
  }

 protected:
  void do_submit(Stream& stream, CollectiveCall call) override {
    if (!struck_->strikes(rank(), call.kind)) return inner().submit(stream, std::move(call));
    struck_->fired->add(struck_->plant.fault(inner(), stream, std::move(call)));
  }

 private:
  std::shared_ptr<Struck> struck_;
};

}  // namespace

FaultyCall damaged_contribution(Damage damage) {
  return [damage = std::move(damage)](Communicator& inner, Stream& stream, CollectiveCall call) {
    const bool changed = damage_tensor(stream, call.send, damage);
    inner.submit(stream, std::move(call));
    return changed;
  };
}

FaultyCall damaged_result(Damage damage) {
  return damaged_result(
      [damage = std::move(damage)](std::span<float> values, std::span<const float>) { damage(values); });
}

FaultyCall damaged_result(DamageKnowingOld damage) {
  return [damage = std::move(damage)](Communicator& inner, Stream& stream, CollectiveCall call) {
    const Tensor receive = call.receive;
    const std::vector<float> old = floats_of(stream, receive);
    inner.submit(stream, std::move(call));
    return damage_tensor(stream, receive, [&](std::span<float> values) { damage(values, old); });
  };
}

FaultyCall stale_contribution() {
  return [last = std::map<const std::byte*, std::vector<float>>{}](Communicator& inner, Stream& stream,
                                                                   CollectiveCall call) mutable {
    std::vector<float>& before = last[call.send.raw().data()];
    std::vector<float> now = floats_of(stream, call.send);
    const bool changed = !before.empty() && damage_tensor(stream, call.send, [&](std::span<float> values) {
      std::ranges::copy(before, values.begin());
    });
    before = std::move(now);
    inner.submit(stream, std::move(call));
    return changed;
  };
}

FaultyCall repeated() {
  return [](Communicator& inner, Stream& stream, const CollectiveCall& call) {
    inner.submit(stream, call);
    inner.submit(stream, call);
    return true;
  };
}

FaultyCall skipped() {
  return [](Communicator&, Stream& stream, const CollectiveCall& call) {
    const std::vector<float> values = floats_of(stream, call.send);
    return std::ranges::any_of(values, [](float value) { return value != 0; });
  };
}

FaultyCall exchanged_pieces() {
  return [](Communicator& inner, Stream& stream, CollectiveCall call) {
    const auto exchange = [pieces = pieces_of(call)](std::span<float> all) {
      const auto last = all.subspan(pieces.last_first, pieces.last_count);
      std::ranges::swap_ranges(all.first(pieces.last_count), last);
    };
    const Tensor received = call.kind == Collective::gather && is_root(inner, call) ? call.receive : Tensor{};
    const bool changed =
        call.kind == Collective::scatter && is_root(inner, call) && damage_tensor(stream, call.send, exchange);
    inner.submit(stream, std::move(call));
    return received.count() > 0 ? damage_tensor(stream, received, exchange) : changed;
  };
}

FaultyCall duplicated_piece() {
  return [](Communicator& inner, Stream& stream, CollectiveCall call) {
    const bool changed =
        is_root(inner, call) && damage_tensor(stream, call.send, [pieces = pieces_of(call)](std::span<float> all) {
          std::ranges::copy(all.first(pieces.last_count), all.subspan(pieces.last_first).begin());
        });
    inner.submit(stream, std::move(call));
    return changed;
  };
}

FaultyCall followed_by(std::function<void()> work) {
  return [work = std::move(work)](Communicator& inner, Stream& stream, CollectiveCall call) {
    inner.submit(stream, std::move(call));
    stream.run({.name = "fault", .cost = {}, .body = work});
    return true;
  };
}

std::string text_of(const Strike& strike) {
  std::vector<std::string_view> kinds;
  for (const Collective kind : strike.kinds) kinds.push_back(name_of(kind));
  const std::string from = strike.first == 0 ? "" : fmt::format(" from number {} on", strike.first);
  const std::string when = strike.every == 0   ? fmt::format("number {} only", strike.first)
                           : strike.every == 1 ? "every one" + from
                                               : fmt::format("one in {}{}", strike.every, from);
  return fmt::format("{} of rank {}, {}", fmt::join(kinds, " and "), fmt::join(strike.ranks, ", "), when);
}

std::unique_ptr<Communicator> planted(std::unique_ptr<Communicator> inner, Plant plant, Fired fired) {
  return std::make_unique<FaultyCommunicator>(std::move(inner),
                                              std::make_shared<Struck>(Struck{std::move(plant), std::move(fired)}));
}

}  // namespace lockstep
