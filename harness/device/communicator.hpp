// One rank's end of a group.
#pragma once

#include <memory>
#include <span>

#include "harness/device/collective.hpp"
#include "harness/device/collective_log.hpp"
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

/// A collective was not done when its deadline passed.
class CollectiveLate : public Error {
 public:
  explicit CollectiveLate(const std::string& message) : Error{ExitCode::deadline, message} {}
};

/// Every rank calls the same operations in the same order; each is queued on a stream and does not block the caller.
/// Operands are kept alive until then. Sums have the same bits on every rank and every run.
/// A failed or mismatching peer makes the operation fail with GroupAborted or CollectiveMismatch where the stream's
/// failures appear. Bytes and steps of each operation: collective.hpp.
class Communicator {
 public:
  virtual ~Communicator() = default;

  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;

  /// Whether sums are formed in rank order, ((r0 + r1) + r2) + …, and what is stored in bf16 is summed in f32 and
  /// rounded once; rather than in an order, and with roundings in between, that a library chooses.
  [[nodiscard]] virtual bool adds_in_rank_order() const { return true; }

  /// Whether other ranks of the group are in other processes, where nobody here sees what they call.
  [[nodiscard]] virtual bool spans_processes() const { return false; }

  /// values ← Σ over ranks of values, of a float type.
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
  /// piece ← this rank's 1/size of Σ over ranks of all, of a float type.
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

  /// The last operations of this rank in this group and its subgroups; may be asked from another thread while the
  /// rank's is in none.
  [[nodiscard]] virtual std::vector<CollectiveRecord> last_collectives() const { return log_->last(); }

  /// Numbers, counts and queues one operation: what the verbs above end in, and what a decorator passes on.
  void submit(Stream& stream, CollectiveCall call);

 protected:
  /// Queues the operation on `stream`.
  virtual void do_submit(Stream& stream, CollectiveCall call) = 0;
  /// For do_submit of backends that can tell: the operation is done when `done` is reached.
  void note_done_at(Event done) { log_->note_done_at(std::move(done)); }
  /// For subgroups: their operations are logged where the parent's are.
  void log_with(const Communicator& parent) { log_ = parent.log_; }

 private:
  Traffic traffic_;
  std::shared_ptr<CollectiveLog> log_ = std::make_shared<CollectiveLog>();
  std::uint64_t next_sequence_ = 0;
};

}  // namespace lockstep
