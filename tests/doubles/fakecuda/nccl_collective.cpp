#include "tests/doubles/fakecuda/nccl_collective.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_linked.hpp"
#include "tests/doubles/fakecuda/nccl_types.hpp"
#include "tests/doubles/fakecuda/nccl_world.hpp"

namespace fakecuda {

struct Collective {
  struct Part {
    CollectiveCall call;
    Operation* operation;  // in the queue of call.stream until it has finished
  };
  std::uint64_t place;
  std::map<int, Part> parts;  // by rank; complete when every rank has posted
  bool mismatched = false;    // moves nothing
  bool failed = false;        // will never finish
};

namespace {

using Kind = CollectiveCall::Kind;
using Bytes = std::vector<std::byte>;

bool reduces(Kind kind) { return kind == Kind::all_reduce || kind == Kind::reduce || kind == Kind::reduce_scatter; }
bool has_root(Kind kind) { return kind == Kind::reduce || kind == Kind::broadcast; }

const char* name_of(Kind kind) {
  constexpr const char* names[] = {"ncclAllReduce", "ncclReduce", "ncclBroadcast", "ncclAllGather",
                                   "ncclReduceScatter"};
  return names[static_cast<int>(kind)];
}

std::size_t size_of_group(const CollectiveCall& call) { return static_cast<std::size_t>(call.comm->size); }

/// Whether the rank's stream has come to the collective, and the rank's earlier ones have finished.
bool has_come(const Scheduler& scheduler, const Collective& collective, const Collective::Part& part) {
  return part.call.comm->finished == collective.place && scheduler.is_due(*part.call.stream, *part.operation);
}

bool is_ready(const Scheduler& scheduler, const Collective& collective, const ncclComm& comm) {
  if (comm.aborted) return true;
  if (collective.failed || collective.parts.size() != static_cast<std::size_t>(comm.size)) return false;
  return std::all_of(collective.parts.begin(), collective.parts.end(), [&](const auto& entry) {
    return !entry.second.call.comm->aborted && has_come(scheduler, collective, entry.second);
  });
}

std::string ranks_that(const ncclComm& comm, const auto& condition) {
  std::string text;
  for (int rank = 0; rank < comm.size; ++rank)
    if (condition(rank)) text.append(" ").append(std::to_string(rank));
  return text;
}

std::string why_it_waits(const Scheduler& scheduler, const Collective& collective, const ncclComm& comm) {
  if (collective.failed) return "failed and waits for ncclCommAbort";
  const std::string missing = ranks_that(comm, [&](int rank) { return !collective.parts.contains(rank); });
  if (!missing.empty()) return "waits for all ranks; missing ranks:" + missing;
  const auto part = [&](int rank) -> const Collective::Part& { return collective.parts.at(rank); };
  const std::string dead = ranks_that(comm, [&](int rank) { return scheduler.failed(*part(rank).call.stream); });
  if (!dead.empty()) return "waits for ever: the devices failed of ranks" + dead;
  const std::string behind = ranks_that(comm, [&](int rank) { return !has_come(scheduler, collective, part(rank)); });
  return "waits for the streams of ranks" + behind;
}

/// What each rank has before the operation.
struct Inputs {
  std::vector<Bytes> bytes;         // by rank; empty for ranks that give nothing
  std::vector<VectorClock> clocks;  // of the ranks' streams
};

Inputs read_inputs(Scheduler& scheduler, const Collective& collective, const std::vector<int>& order) {
  Inputs inputs{std::vector<Bytes>(order.size()), std::vector<VectorClock>(order.size())};
  for (const int rank : order) {
    const CollectiveCall& call = collective.parts.at(rank).call;
    const auto index = static_cast<std::size_t>(rank);
    scheduler.begin(*call.stream);
    if (call.reads()) {
      const auto* bytes = static_cast<const std::byte*>(call.send);
      access(bytes, call.send_bytes(), Access::read);
      inputs.bytes[index].assign(bytes, bytes + call.send_bytes());
    }
    inputs.clocks[index] = call.stream->clock;
    Scheduler::end();
  }
  return inputs;
}

/// Whose work before the operation has happened for sure when the rank's part of it has: of a broadcast only the
/// root's, of a reduction to a root nobody else's but at the root.
void learn(const CollectiveCall& call, const Inputs& inputs) {
  const bool from_all = !has_root(call.kind) || (call.kind == Kind::reduce && call.root == call.comm->rank);
  for (std::size_t rank = 0; rank < inputs.clocks.size(); ++rank)
    if (from_all || (call.kind == Kind::broadcast && rank == static_cast<std::size_t>(call.root)))
      call.stream->clock.join(inputs.clocks[rank]);
}

void finish_part(Scheduler& scheduler, const CollectiveCall& call) {
  ++call.comm->finished;
  scheduler.finish(*call.stream);
}

void execute(Runtime& runtime, World& world, Collective& collective) {
  const Injection::Verdict verdict = runtime.injection.happening("collective");
  if (verdict.fails) {
    collective.failed = true;
    world.fail(verdict.code != 0 ? static_cast<ncclResult_t>(verdict.code) : ncclRemoteError);
    runtime.scheduler.moved();
    return;
  }
  Scheduler& scheduler = runtime.scheduler;
  std::vector<int> order(collective.parts.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), scheduler.random());
  const auto alive = world.collectives.extract(collective.place);  // until the end of this function
  if (collective.mismatched) {
    for (const int rank : order) finish_part(scheduler, collective.parts.at(rank).call);
    return;
  }
  const Inputs inputs = read_inputs(scheduler, collective, order);
  const Bytes all = combined(collective.parts.at(0).call, inputs.bytes, runtime.settings.seed);
  for (const int rank : order) {
    const CollectiveCall& call = collective.parts.at(rank).call;
    learn(call, inputs);
    scheduler.begin(*call.stream);
    write_output(call, all);
    finish_part(scheduler, call);
  }
}

/// An aborted rank leaves alone; the others wait for ever, or until they abort too. What it leaves behind is anything:
/// written, so that work which was queued behind it is not blamed for reading it.
void run(Runtime& runtime, Collective& collective, const CollectiveCall& call) {
  if (!call.comm->aborted) return execute(runtime, *call.comm->world, collective);
  runtime.scheduler.begin(*call.stream);
  if (call.writes()) access(call.receive, call.receive_bytes(), Access::write);
  runtime.scheduler.finish(*call.stream);
}

void compare_with_others(Collective& collective, const CollectiveCall& mine) {
  for (const auto& [rank, part] : collective.parts) {
    if (part.call.same_operation(mine)) continue;
    collective.mismatched = true;
    report("mismatch", "operation " + std::to_string(collective.place) + " of communicator " +
                           std::to_string(mine.comm->number) + " is " + mine.describe() + " on rank " +
                           std::to_string(mine.comm->rank) + " and " + part.call.describe() + " on rank " +
                           std::to_string(rank));
    return;
  }
}

}  // namespace

bool CollectiveCall::is_root() const { return root == comm->rank; }

std::string CollectiveCall::describe() const {
  std::string text = std::string{name_of(kind)} + "(count " + std::to_string(count) + ", " + fakecuda::name_of(type);
  if (reduces(kind)) text += std::string{", "} + fakecuda::name_of(op);
  if (has_root(kind)) text += ", root " + std::to_string(root);
  return text + ")";
}

std::size_t CollectiveCall::send_bytes() const {
  return count * size_of(type) * (kind == Kind::reduce_scatter ? size_of_group(*this) : 1);
}

std::size_t CollectiveCall::receive_bytes() const {
  return count * size_of(type) * (kind == Kind::all_gather ? size_of_group(*this) : 1);
}

bool CollectiveCall::same_operation(const CollectiveCall& other) const {
  return kind == other.kind && count == other.count && type == other.type && (!reduces(kind) || op == other.op) &&
         (!has_root(kind) || root == other.root);
}

std::vector<std::byte> combined(const CollectiveCall& call, const std::vector<std::vector<std::byte>>& inputs,
                                std::uint64_t seed) {
  if (reduces(call.kind)) {
    const std::size_t elements = call.send_bytes() / size_of(call.type);
    // NCCL's order is not that of the ranks, and the same whenever the same is asked of the same GPUs.
    std::mt19937_64 random{seed + 31 * elements + size_of_group(call)};
    return reduce(call.type, call.op, inputs, elements, random);
  }
  if (call.kind == Kind::broadcast) return inputs[static_cast<std::size_t>(call.root)];
  Bytes all;
  for (const Bytes& piece : inputs) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

void write_output(const CollectiveCall& call, const std::vector<std::byte>& all) {
  if (!call.writes()) return;
  const std::size_t bytes = call.receive_bytes();
  const std::size_t start = call.kind == Kind::reduce_scatter ? bytes * static_cast<std::size_t>(call.comm->rank) : 0;
  access(call.receive, bytes, Access::write);
  std::memcpy(call.receive, all.data() + start, bytes);
}

void post(Call& call, const CollectiveCall& operation) {
  ncclComm& comm = *operation.comm;
  if (comm.linked != nullptr) return post_linked(call, operation);
  const std::uint64_t place = comm.collectives++;
  std::shared_ptr<Collective>& collective = comm.world->collectives[place];
  if (collective == nullptr) collective = std::make_shared<Collective>(Collective{.place = place, .parts = {}});
  compare_with_others(*collective, operation);
  Runtime& runtime = call.runtime;
  const std::string name =
      std::string{name_of(operation.kind)} + " " + std::to_string(place) + " of " + comm.describe();
  Operation& queued = runtime.scheduler.enqueue(
      *operation.stream,
      {.name = name,
       .run = [&runtime, collective, operation] { run(runtime, *collective, operation); },
       .ready = [&runtime, collective, &comm] { return is_ready(runtime.scheduler, *collective, comm); },
       .why_not = [&runtime, collective, &comm] { return why_it_waits(runtime.scheduler, *collective, comm); },
       .kind = Operation::Kind::joint});
  collective->parts.insert({comm.rank, {operation, &queued}});
  std::erase_if(comm.unfinished, [](const Point& point) { return point->done; });
  comm.unfinished.push_back(runtime.scheduler.last_point(*operation.stream));
}

}  // namespace fakecuda
