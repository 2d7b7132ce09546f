// One rank's end of a group.
#pragma once

#include <memory>
#include <span>

#include "harness/device/collective.hpp"
#include "harness/device/stream.hpp"
#include "harness/device/tensor.hpp"

namespace lockstep {

/// Another rank failed or left; the group can only be discarded.
class GroupAborted : public RunError {
 public:
  using RunError::RunError;
};

/// Ranks called different operations at the same place in their order, or one stopped calling.
class CollectiveMismatch : public RunError {
 public:
  using RunError::RunError;
};

/// Every rank calls the same operations in the same order; each is queued on a stream and does not block the caller.
/// Operands are kept alive until then. Sums are formed in rank order: the same bits on every rank and every run.
/// A failed or mismatching peer makes the operation fail with GroupAborted or CollectiveMismatch where the stream's
/// failures appear. Bytes and steps of each operation: collective.hpp.
class Communicator {
 public:
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;

  /// values ← Σ over ranks of values. f32 or f64.
  void all_reduce(Stream& stream, const Tensor& values);
  /// The root's values ← Σ over ranks of values; the others' stay as they are.
  void reduce(Stream& stream, const Tensor& values, int root);
  /// values ← the root's values.
  void broadcast(Stream& stream, const Tensor& values, int root);
  /// piece ← this rank's counts[rank] elements of the root's `all`, pieces in rank order. `all` is ignored elsewhere.
  void scatter(Stream& stream, const Tensor& all, const Tensor& piece, std::span<const std::size_t> counts, int root);
  /// The root's `all` ← the ranks' pieces in rank order. `all` is ignored elsewhere.
  void gather(Stream& stream, const Tensor& piece, const Tensor& all, std::span<const std::size_t> counts, int root);
  /// all ← the ranks' equally large pieces in rank order.
  void all_gather(Stream& stream, const Tensor& piece, const Tensor& all);
  /// piece ← this rank's 1/size of Σ over ranks of all. f32 or f64.
  void reduce_scatter(Stream& stream, const Tensor& all, const Tensor& piece);
  /// Work after it on any rank's stream starts after the work before it on every rank's.
  void barrier(Stream& stream);

  /// The group of ranks [0, count), made on first use and called in the same order by every rank of this group;
  /// null for a rank that is not in it.
  virtual std::unique_ptr<Communicator> first_ranks(int count) = 0;

  /// Releases every rank that waits in an operation of this group or of a subgroup; later operations fail at once.
  virtual void abort() = 0;

  /// What this rank has queued so far.
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }

  /// Numbers, counts and queues one operation: what the verbs above end in, and what a decorator passes on.
  void submit(Stream& stream, CollectiveCall call);

 protected:
  /// Queues the operation on `stream`.
  virtual void do_submit(Stream& stream, CollectiveCall call) = 0;

 private:
  Traffic traffic_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace lockstep
