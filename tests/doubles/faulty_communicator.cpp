#include "tests/doubles/faulty_communicator.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>

#include "harness/device/forwarding.hpp"

namespace lockstep {
namespace {

void queue(Stream& stream, std::function<void()> work) {
  stream.run({.name = "fault", .cost = {}, .body = std::move(work)});
}

std::vector<float> floats_of(const Tensor& values) {
  if (values.dtype() == DType::f32) return {values.values<float>().begin(), values.values<float>().end()};
  return {values.values<BFloat16>().begin(), values.values<BFloat16>().end()};
}

void queue_damage(Stream& stream, const Tensor& values, Damage damage) {
  queue(stream, [values, damage = std::move(damage)] { damage_tensor(values, damage); });
}

float& largest(std::span<float> values) {
  return *std::ranges::max_element(values, {}, [](float value) { return std::fabs(value); });
}

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
    ++*struck_->fired;
    struck_->plant.fault(inner(), stream, std::move(call));
  }

 private:
  std::shared_ptr<Struck> struck_;
};

}  // namespace

void damage_tensor(const Tensor& values, const Damage& damage) {
  if (values.dtype() == DType::f32) return damage(values.values<float>());
  std::vector<float> floats = floats_of(values);
  damage(floats);
  std::ranges::transform(floats, values.values<BFloat16>().begin(), [](float value) { return BFloat16{value}; });
}

Fault damaged_contribution(Damage damage) {
  return [damage = std::move(damage)](Communicator& inner, Stream& stream, CollectiveCall call) {
    queue_damage(stream, call.send, damage);
    inner.submit(stream, std::move(call));
  };
}

Fault damaged_result(Damage damage) {
  return damaged_result(
      [damage = std::move(damage)](std::span<float> values, std::span<const float>) { damage(values); });
}

Fault damaged_result(DamageKnowingOld damage) {
  return [damage = std::move(damage)](Communicator& inner, Stream& stream, CollectiveCall call) {
    const Tensor receive = call.receive;
    const auto old = std::make_shared<std::vector<float>>();
    queue(stream, [receive, old] { *old = floats_of(receive); });
    inner.submit(stream, std::move(call));
    queue_damage(stream, receive, [old, damage](std::span<float> values) { damage(values, *old); });
  };
}

Fault stale_contribution() {
  using Values = std::shared_ptr<std::vector<float>>;
  return
      [last = std::map<const std::byte*, Values>{}](Communicator& inner, Stream& stream, CollectiveCall call) mutable {
        const Tensor send = call.send;
        const auto now = std::make_shared<std::vector<float>>();
        queue(stream, [send, now] { *now = floats_of(send); });
        if (const Values before = std::exchange(last[send.raw().data()], now))
          queue_damage(stream, send, [before](std::span<float> values) { std::ranges::copy(*before, values.begin()); });
        inner.submit(stream, std::move(call));
      };
}

Fault repeated() {
  return [](Communicator& inner, Stream& stream, const CollectiveCall& call) {
    inner.submit(stream, call);
    inner.submit(stream, call);
  };
}

Fault skipped() {
  return [](Communicator&, Stream&, const CollectiveCall&) {};
}

Fault exchanged_pieces() {
  return [](Communicator& inner, Stream& stream, CollectiveCall call) {
    const auto exchange = [pieces = pieces_of(call)](std::span<float> all) {
      const auto last = all.subspan(pieces.last_first, pieces.last_count);
      std::ranges::swap_ranges(all.first(pieces.last_count), last);
    };
    const Tensor received = call.kind == Collective::gather && is_root(inner, call) ? call.receive : Tensor{};
    if (call.kind == Collective::scatter && is_root(inner, call)) queue_damage(stream, call.send, exchange);
    inner.submit(stream, std::move(call));
    if (received.count() > 0) queue_damage(stream, received, exchange);
  };
}

Fault duplicated_piece() {
  return [](Communicator& inner, Stream& stream, CollectiveCall call) {
    if (is_root(inner, call))
      queue_damage(stream, call.send, [pieces = pieces_of(call)](std::span<float> all) {
        std::ranges::copy(all.first(pieces.last_count), all.subspan(pieces.last_first).begin());
      });
    inner.submit(stream, std::move(call));
  };
}

Fault followed_by(std::function<void()> work) {
  return [work = std::move(work)](Communicator& inner, Stream& stream, CollectiveCall call) {
    inner.submit(stream, std::move(call));
    queue(stream, work);
  };
}

void zero_all(std::span<float> values) { std::ranges::fill(values, 0.0F); }

void negate_all(std::span<float> values) {
  for (float& value : values) value = -value;
}

void lose_largest(std::span<float> values) { largest(values) = 0; }

void poison_first(std::span<float> values) { values.front() = std::numeric_limits<float>::quiet_NaN(); }

void truncate_to_bf16(std::span<float> values) {
  for (float& value : values) value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000U);
}

void shift_by_one(std::span<float> values) { std::ranges::rotate(values, values.begin() + 1); }

Damage scale_all(double factor) {
  return [factor](std::span<float> values) {
    for (float& value : values) value = static_cast<float>(static_cast<double>(value) * factor);
  };
}

Damage flip_bit_of_largest(int bit) {
  return [bit](std::span<float> values) {
    float& value = largest(values);
    value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) ^ (std::uint32_t{1} << bit));
  };
}

void keep_old(std::span<float> values, std::span<const float> old) { std::ranges::copy(old, values.begin()); }

void keep_old_tail(std::span<float> values, std::span<const float> old) { values.back() = old.back(); }

std::unique_ptr<Communicator> planted(std::unique_ptr<Communicator> inner, Plant plant, Fired fired) {
  return std::make_unique<FaultyCommunicator>(std::move(inner),
                                              std::make_shared<Struck>(Struck{std::move(plant), std::move(fired)}));
}

}  // namespace lockstep
