// Collectives: the k-th of every rank of a communicator is one operation, which runs when all ranks' streams have come
// to it.
#pragma once

#include <nccl.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/doubles/fakecuda/calls.hpp"

namespace fakecuda {

/// One rank's call.
struct CollectiveCall {
  enum class Kind { all_reduce, reduce, broadcast, all_gather, reduce_scatter };

  Kind kind;
  const void* send;
  void* receive;
  std::size_t count;  // as in the call: of the piece for all_gather and reduce_scatter
  ncclDataType_t type;
  ncclRedOp_t op;  // of those that reduce
  int root;        // of reduce and broadcast
  ncclComm* comm;
  Stream* stream;

  [[nodiscard]] std::string describe() const;  // "ncclReduce(count 8, float32, sum, root 1)"
  [[nodiscard]] bool reads() const { return kind != Kind::broadcast || is_root(); }
  [[nodiscard]] bool writes() const { return kind != Kind::reduce || is_root(); }
  [[nodiscard]] std::size_t send_bytes() const;
  [[nodiscard]] std::size_t receive_bytes() const;
  [[nodiscard]] bool same_operation(const CollectiveCall& other) const;

 private:
  [[nodiscard]] bool is_root() const;
};

/// What every rank gets from the ranks' inputs, before it takes its part. `seed` is of the order of sums.
std::vector<std::byte> combined(const CollectiveCall& call, const std::vector<std::vector<std::byte>>& inputs,
                                std::uint64_t seed);
/// The rank takes its part of it.
void write_output(const CollectiveCall& call, const std::vector<std::byte>& all);

/// Queues it on its stream as the next of its rank.
void post(Call& call, const CollectiveCall& operation);

}  // namespace fakecuda
