#include "tests/doubles/fakecuda/nccl_linked.hpp"

#include <algorithm>
#include <cstring>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_call.hpp"
#include "tests/doubles/fakecuda/nccl_types.hpp"

namespace fakecuda {
namespace {

void refuse(ncclComm& comm, ncclResult_t error, const std::string& finding) {
  if (comm.linked->error != ncclSuccess) return;
  comm.linked->error = error;
  report("mismatch", finding);
}

void hear_hello(Nccl& nccl, ncclComm& comm, int rank, const Message& message) {
  Linked& linked = *comm.linked;
  const std::string who = "rank " + std::to_string(rank) + " of " + std::to_string(message.place) +
                          " in another process meets rank " + std::to_string(comm.rank) + " of " +
                          std::to_string(comm.size);
  if (message.place != static_cast<std::uint64_t>(comm.size)) return refuse(comm, ncclInvalidArgument, who);
  for (const auto& [other, device] : linked.devices)
    if (device == message.device) linked.error = ncclInvalidUsage;  // "Duplicate GPU detected"
  if (linked.error != ncclSuccess) return;
  linked.devices[rank] = message.device;
  if (rank == 0) linked.seed = message.seed;
  if (linked.devices.size() == static_cast<std::size_t>(comm.size) && !comm.aborted) make_world(nccl, {&comm});
}

void hear(Runtime& runtime, ncclComm& comm, int rank, Message message) {
  Linked& linked = *comm.linked;
  switch (message.kind) {
    case Message::Kind::hello:
      hear_hello(*runtime.nccl, comm, rank, message);
      break;
    case Message::Kind::contribution:
      linked.parts[message.place][rank] = {std::move(message.text), std::move(message.bytes)};
      break;
    case Message::Kind::data:
      linked.data[{rank, message.place}] = {std::move(message.text), std::move(message.bytes)};
      break;
    case Message::Kind::room:
      linked.room[{rank, message.place}] = true;
      break;
    case Message::Kind::aborted:
      linked.gone[rank] = "has aborted";
      if (comm.world != nullptr) comm.world->fail(ncclRemoteError);
      break;
    case Message::Kind::goodbye:
      linked.gone[rank] = "has destroyed its communicator";
      break;
  }
  runtime.scheduler.moved();
}

void lose(Runtime& runtime, ncclComm& comm, int rank) {
  comm.linked->gone.insert({rank, "is in a process that has ended"});
  if (comm.world != nullptr)
    comm.world->fail(ncclRemoteError);
  else if (comm.linked->error == ncclSuccess)
    comm.linked->error = ncclRemoteError;
  runtime.scheduler.moved();
}

/// One rank's part of a collective on its stream: it gives its input when its stream has come there, and goes on when
/// it has everybody's.
struct Participation {
  std::uint64_t place;
  CollectiveCall call;
  Operation* operation = nullptr;
  bool has_given = false;
  bool failed = false;  // will never finish
};

bool has_all_parts(const Participation& mine) {
  const auto found = mine.call.comm->linked->parts.find(mine.place);
  return found != mine.call.comm->linked->parts.end() &&
         found->second.size() == static_cast<std::size_t>(mine.call.comm->size);
}

bool is_ready(const Participation& mine) {
  const ncclComm& comm = *mine.call.comm;
  if (comm.aborted) return true;
  if (mine.failed || comm.finished != mine.place) return false;
  return !mine.has_given || has_all_parts(mine);
}

std::string why_it_waits(const Participation& mine) {
  if (mine.failed) return "failed and waits for ncclCommAbort";
  const ncclComm& comm = *mine.call.comm;
  std::string missing;
  const auto& parts = comm.linked->parts[mine.place];
  for (int rank = 0; rank < comm.size; ++rank) {
    if (parts.contains(rank)) continue;
    missing.append(" ").append(std::to_string(rank));
    if (comm.linked->gone.contains(rank)) missing.append(", which ").append(comm.linked->gone[rank]);
  }
  return "waits for all ranks; missing ranks:" + missing;
}

void give(Runtime& runtime, Participation& mine) {
  const CollectiveCall& call = mine.call;
  Linked::Part part{call.describe(), {}};
  runtime.scheduler.begin(*call.stream);
  if (call.reads()) {
    const auto* bytes = static_cast<const std::byte*>(call.send);
    access(bytes, call.send_bytes(), Access::read);
    part.bytes.assign(bytes, bytes + call.send_bytes());
  }
  Scheduler::end();
  Linked& linked = *call.comm->linked;
  linked.link->send_to_all(
      {.kind = Message::Kind::contribution, .place = mine.place, .text = part.call, .bytes = part.bytes});
  linked.parts[mine.place][call.comm->rank] = std::move(part);
  mine.has_given = true;
  runtime.scheduler.moved();
}

bool is_same_everywhere(const Participation& mine, const std::map<int, Linked::Part>& parts) {
  const ncclComm& comm = *mine.call.comm;
  for (const auto& [rank, part] : parts) {
    if (part.call == mine.call.describe()) continue;
    report("mismatch", "operation " + std::to_string(mine.place) + " of communicator " + std::to_string(comm.number) +
                           " is " + mine.call.describe() + " on rank " + std::to_string(comm.rank) + " and " +
                           part.call + " on rank " + std::to_string(rank));
    return false;
  }
  return true;
}

void take(Runtime& runtime, Participation& mine) {
  const CollectiveCall& call = mine.call;
  Linked& linked = *call.comm->linked;
  if (const Injection::Verdict verdict = runtime.injection.happening("collective"); verdict.fails) {
    mine.failed = true;
    call.comm->world->fail(verdict.code != 0 ? static_cast<ncclResult_t>(verdict.code) : ncclRemoteError);
    return runtime.scheduler.moved();
  }
  auto parts = linked.parts.extract(mine.place);
  runtime.scheduler.begin(*call.stream);
  if (is_same_everywhere(mine, parts.mapped())) {
    std::vector<std::vector<std::byte>> inputs;
    for (auto& [rank, part] : parts.mapped()) inputs.push_back(std::move(part.bytes));
    write_output(call, combined(call, inputs, linked.seed));
  }
  ++call.comm->finished;
  runtime.scheduler.finish(*call.stream);
}

/// What an aborted rank leaves behind is anything: written, so that work which was queued behind it is not blamed for
/// reading it.
void run(Runtime& runtime, Participation& mine) {
  const CollectiveCall& call = mine.call;
  if (!call.comm->aborted) return mine.has_given ? take(runtime, mine) : give(runtime, mine);
  runtime.scheduler.begin(*call.stream);
  if (call.writes()) access(call.receive, call.receive_bytes(), Access::write);
  runtime.scheduler.finish(*call.stream);
}

/// The sends and receives of one group on one stream.
struct LinkedExchange {
  struct Transfer {
    TransferCall call;
    Linked::Place place;
    bool done = false;

    [[nodiscard]] bool sends() const { return call.kind == TransferCall::Kind::send; }
    [[nodiscard]] std::size_t bytes() const { return call.count * size_of(call.type); }
    [[nodiscard]] std::string describe() const {
      return "(count " + std::to_string(call.count) + ", " + name_of(call.type) + ")";
    }
    /// Whether the other rank has come to its end of it.
    [[nodiscard]] bool is_due() const {
      const Linked& linked = *call.comm->linked;
      return !done && (sends() ? linked.room.contains(place) : linked.data.contains(place));
    }
  };
  ncclComm* comm;
  Stream* stream;
  std::vector<Transfer> transfers = {};
  bool has_begun = false;
};

bool is_ready(const LinkedExchange& exchange) {
  return exchange.comm->aborted || !exchange.has_begun ||
         std::any_of(exchange.transfers.begin(), exchange.transfers.end(),
                     [](const LinkedExchange::Transfer& transfer) { return transfer.is_due(); });
}

std::string why_it_waits(const LinkedExchange& exchange) {
  for (const LinkedExchange::Transfer& transfer : exchange.transfers)
    if (!transfer.done)
      return std::string{"waits for the "} + (transfer.sends() ? "ncclRecv" : "ncclSend") + " of rank " +
             std::to_string(transfer.call.peer);
  return "";
}

/// For a rank that sends to itself both ends are here.
void tell(ncclComm& comm, int peer, Message message) {
  if (peer != comm.rank) return comm.linked->link->send(peer, message);
  hear(Runtime::instance(), comm, peer, std::move(message));
}

void begin_transfers(Scheduler& scheduler, LinkedExchange& exchange) {
  scheduler.begin(*exchange.stream);
  for (const LinkedExchange::Transfer& transfer : exchange.transfers) {
    Message message{.kind = transfer.sends() ? Message::Kind::data : Message::Kind::room,
                    .place = transfer.place.second,
                    .text = transfer.describe()};
    if (transfer.sends()) {
      const auto* bytes = static_cast<const std::byte*>(transfer.call.buffer);
      access(bytes, transfer.bytes(), Access::read);
      message.bytes.assign(bytes, bytes + transfer.bytes());
    }
    tell(*exchange.comm, transfer.call.peer, std::move(message));
  }
  Scheduler::end();
  exchange.has_begun = true;
  scheduler.moved();
}

void receive(const LinkedExchange::Transfer& transfer) {
  const Linked::Part part = std::move(transfer.call.comm->linked->data.extract(transfer.place).mapped());
  if (part.call != transfer.describe())
    report("mismatch", "ncclSend" + part.call + " on rank " + std::to_string(transfer.call.peer) + " and its ncclRecv" +
                           transfer.describe() + " on rank " + std::to_string(transfer.call.comm->rank));
  access(transfer.call.buffer, transfer.bytes(), Access::write);
  std::memcpy(transfer.call.buffer, part.bytes.data(), std::min(part.bytes.size(), transfer.bytes()));
}

void run(Scheduler& scheduler, LinkedExchange& exchange) {
  const bool aborted = exchange.comm->aborted;
  if (!aborted && !exchange.has_begun) return begin_transfers(scheduler, exchange);
  scheduler.begin(*exchange.stream);
  bool all_done = true;
  for (LinkedExchange::Transfer& transfer : exchange.transfers) {
    if (aborted && !transfer.done && !transfer.sends()) access(transfer.call.buffer, transfer.bytes(), Access::write);
    if (!aborted && transfer.is_due()) {
      if (!transfer.sends()) receive(transfer);
      transfer.done = true;
    }
    all_done &= transfer.done || aborted;
  }
  if (all_done) return scheduler.finish(*exchange.stream);
  Scheduler::end();
  scheduler.moved();
}

}  // namespace

std::string Linked::missing(int size) const {
  std::string ranks;
  for (int rank = 0; rank < size; ++rank)
    if (!devices.contains(rank)) ranks.append(" ").append(std::to_string(rank));
  return ranks;
}

ncclResult_t link_rank(Call& call, ncclComm& comm, const std::string& id) {
  Runtime& runtime = call.runtime;
  comm.linked = std::make_shared<Linked>();
  comm.linked->seed = runtime.settings.seed;
  const Message hello{.kind = Message::Kind::hello,
                      .device = comm.device,
                      .seed = runtime.settings.seed,
                      .place = static_cast<std::uint64_t>(comm.size)};
  Link::Hears hears{[&runtime, &comm](int rank, Message message) { hear(runtime, comm, rank, std::move(message)); },
                    [&runtime, &comm](int rank) { lose(runtime, comm, rank); }};
  comm.linked->link = Link::open(id, comm.rank, hello, comm.size, std::move(hears));
  if (comm.linked->link == nullptr) {
    report("mismatch", std::string{call.function} + " of rank " + std::to_string(comm.rank) + " of " +
                           std::to_string(comm.size) + ", which is there already");
    comm.alive = false;
    return nccl_failure(ncclInvalidArgument, "ranks do not fit together");
  }
  comm.linked->devices[comm.rank] = comm.device;
  if (comm.size == 1) make_world(*runtime.nccl, {&comm});
  return ncclSuccess;
}

ncclResult_t wait_for_linked_ranks(Call& call, const ncclComm& comm) {
  const auto what = [&] {
    return std::string{call.function} + " of rank " + std::to_string(comm.rank) + " of " + std::to_string(comm.size) +
           " waits for all ranks; missing ranks:" + comm.linked->missing(comm.size);
  };
  call.runtime.scheduler.wait(
      call.lock, what, [&] { return comm.world != nullptr || comm.aborted || comm.linked->error != ncclSuccess; });
  if (comm.aborted) return nccl_failure(ncclInternalError, "aborted while ranks were missing");
  if (comm.linked->error == ncclSuccess) return ncclSuccess;
  return nccl_failure(comm.linked->error, "ranks do not fit together");
}

void post_linked(Call& call, const CollectiveCall& operation) {
  ncclComm& comm = *operation.comm;
  Runtime& runtime = call.runtime;
  const auto mine = std::make_shared<Participation>(Participation{comm.collectives++, operation});
  mine->operation = &runtime.scheduler.enqueue(
      *operation.stream, {.name = operation.describe() + " " + std::to_string(mine->place) + " of " + comm.describe(),
                          .run = [&runtime, mine] { run(runtime, *mine); },
                          .ready = [mine] { return is_ready(*mine); },
                          .why_not = [mine] { return why_it_waits(*mine); },
                          .kind = Operation::Kind::joint});
  std::erase_if(comm.unfinished, [](const Point& point) { return point->done; });
  comm.unfinished.push_back(runtime.scheduler.last_point(*operation.stream));
}

void post_linked(Call& call, const std::vector<TransferCall>& transfers) {
  ncclComm& comm = *transfers.front().comm;
  Scheduler& scheduler = call.runtime.scheduler;
  const auto exchange = std::make_shared<LinkedExchange>(LinkedExchange{&comm, transfers.front().stream});
  for (const TransferCall& one : transfers) {
    auto& posted = one.kind == TransferCall::Kind::send ? comm.linked->sends : comm.linked->receives;
    exchange->transfers.push_back({one, {one.peer, posted[one.peer]++}});
  }
  scheduler.enqueue(*exchange->stream, {.name = "ncclSend and ncclRecv of " + comm.describe(),
                                        .run = [&scheduler, exchange] { run(scheduler, *exchange); },
                                        .ready = [exchange] { return is_ready(*exchange); },
                                        .why_not = [exchange] { return why_it_waits(*exchange); },
                                        .kind = Operation::Kind::joint});
  comm.unfinished.push_back(scheduler.last_point(*exchange->stream));
}

void abort_linked(ncclComm& comm) {
  comm.linked->link->send_to_all({.kind = Message::Kind::aborted});
  comm.linked->link->close();
}

void say_goodbye(Call& call, ncclComm& comm) {
  const std::shared_ptr<Link> link = comm.linked->link;
  link->send_to_all({.kind = Message::Kind::goodbye});
  link->close();
  call.runtime.scheduler.wait(
      call.lock, [&] { return std::string{call.function} + " of " + comm.describe() + " says goodbye"; },
      [&] { return link->is_flushed(); });
}

}  // namespace fakecuda
