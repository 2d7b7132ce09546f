#include "tests/doubles/fakecuda/nccl_transfer.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/nccl_linked.hpp"
#include "tests/doubles/fakecuda/nccl_types.hpp"
#include "tests/doubles/fakecuda/nccl_world.hpp"

namespace fakecuda {

/// The sends and receives of one communicator and stream in one group: one operation of the stream.
struct Exchange {
  ncclComm* comm;
  Stream* stream;
  Operation* operation = nullptr;  // in the stream's queue until all transfers are done
  std::vector<std::shared_ptr<Transfer>> transfers = {};
};

struct Transfer {
  struct End {
    TransferCall call;
    std::shared_ptr<Exchange> exchange;
  };
  std::optional<End> send;
  std::optional<End> receive;
  bool done = false;
};

namespace {

bool is_due(const Scheduler& scheduler, const Transfer& transfer) {
  if (transfer.done || !transfer.send || !transfer.receive) return false;
  const Exchange& from = *transfer.send->exchange;
  const Exchange& to = *transfer.receive->exchange;
  return !from.comm->aborted && !to.comm->aborted && scheduler.is_due(*from.stream, *from.operation) &&
         scheduler.is_due(*to.stream, *to.operation);
}

bool is_ready(const Scheduler& scheduler, const Exchange& exchange) {
  return exchange.comm->aborted || std::any_of(exchange.transfers.begin(), exchange.transfers.end(),
                                               [&](const auto& transfer) { return is_due(scheduler, *transfer); });
}

std::string why_it_waits(const Exchange& exchange) {
  for (const auto& transfer : exchange.transfers) {
    if (transfer->done) continue;
    if (!transfer->receive) return "waits for the ncclRecv of rank " + std::to_string(transfer->send->call.peer);
    if (!transfer->send) return "waits for the ncclSend of rank " + std::to_string(transfer->receive->call.peer);
  }
  return "waits for the stream of its peer";
}

void finish_if_done(Scheduler& scheduler, const Exchange& exchange) {
  if (std::all_of(exchange.transfers.begin(), exchange.transfers.end(), [](const auto& t) { return t->done; }))
    scheduler.finish(*exchange.stream);
}

/// The receiver knows afterwards what the sender did before, not the other way round.
void move(Scheduler& scheduler, Transfer& transfer) {
  const TransferCall& from = transfer.send->call;
  const TransferCall& to = transfer.receive->call;
  const std::size_t bytes = std::min(from.count * size_of(from.type), to.count * size_of(to.type));
  const auto* source = static_cast<const std::byte*>(from.buffer);
  scheduler.begin(*from.stream);
  access(source, bytes, Access::read);
  const std::vector<std::byte> aside(source, source + bytes);
  Scheduler::end();
  to.stream->clock.join(from.stream->clock);
  scheduler.begin(*to.stream);
  access(to.buffer, bytes, Access::write);
  std::memcpy(to.buffer, aside.data(), bytes);
  Scheduler::end();
  transfer.done = true;
}

/// What an aborted rank was to receive is written, with whatever, so that work behind is not blamed for reading it.
void leave_anything(const Transfer& transfer, const ncclComm& comm) {
  if (transfer.done || !transfer.receive || transfer.receive->call.comm != &comm) return;
  const TransferCall& to = transfer.receive->call;
  access(to.buffer, to.count * size_of(to.type), Access::write);
}

void run(Scheduler& scheduler, Exchange& exchange) {
  if (exchange.comm->aborted) {
    scheduler.begin(*exchange.stream);
    for (const auto& transfer : exchange.transfers) leave_anything(*transfer, *exchange.comm);
    return scheduler.finish(*exchange.stream);
  }
  const auto due = std::find_if(exchange.transfers.begin(), exchange.transfers.end(),
                                [&](const auto& transfer) { return is_due(scheduler, *transfer); });
  const std::shared_ptr<Transfer> transfer = *due;
  move(scheduler, *transfer);
  const std::shared_ptr<Exchange> from = transfer->send->exchange;
  const std::shared_ptr<Exchange> to = transfer->receive->exchange;
  finish_if_done(scheduler, *from);
  if (to != from) finish_if_done(scheduler, *to);
  transfer->send->exchange = transfer->receive->exchange = nullptr;  // they own each other
  scheduler.moved();
}

void compare(const Transfer& transfer) {
  const TransferCall& from = transfer.send->call;
  const TransferCall& to = transfer.receive->call;
  if (from.count == to.count && from.type == to.type) return;
  const auto describe = [](const TransferCall& call) {
    return "(count " + std::to_string(call.count) + ", " + name_of(call.type) + ") on rank " +
           std::to_string(call.comm->rank);
  };
  report("mismatch", "ncclSend" + describe(from) + " and its ncclRecv" + describe(to));
}

/// Takes the first transfer between the two ranks that lacks this end.
void match(const std::shared_ptr<Exchange>& exchange, const TransferCall& call) {
  const bool sends = call.kind == TransferCall::Kind::send;
  const std::pair between{sends ? call.comm->rank : call.peer, sends ? call.peer : call.comm->rank};
  auto& open = call.comm->world->transfers[between];
  const auto lacks = [&](const auto& transfer) { return sends ? !transfer->send : !transfer->receive; };
  auto place = std::find_if(open.begin(), open.end(), lacks);
  if (place == open.end()) place = open.insert(open.end(), std::make_shared<Transfer>());
  const std::shared_ptr<Transfer> transfer = *place;
  (sends ? transfer->send : transfer->receive) = Transfer::End{call, exchange};
  exchange->transfers.push_back(transfer);
  if (!transfer->send || !transfer->receive) return;
  compare(*transfer);
  open.erase(place);
}

void queue(Call& call, const std::shared_ptr<Exchange>& exchange) {
  Scheduler& scheduler = call.runtime.scheduler;
  exchange->operation =
      &scheduler.enqueue(*exchange->stream, {.name = "ncclSend and ncclRecv of " + exchange->comm->describe(),
                                             .run = [&scheduler, exchange] { run(scheduler, *exchange); },
                                             .ready = [&scheduler, exchange] { return is_ready(scheduler, *exchange); },
                                             .why_not = [exchange] { return why_it_waits(*exchange); },
                                             .kind = Operation::Kind::joint});
  exchange->comm->unfinished.push_back(scheduler.last_point(*exchange->stream));
}

void add_to_its_stream(std::vector<std::vector<TransferCall>>& groups, const TransferCall& call) {
  for (std::vector<TransferCall>& group : groups)
    if (group.front().comm == call.comm && group.front().stream == call.stream) return group.push_back(call);
  groups.push_back({call});
}

}  // namespace

void post(Call& call, const std::vector<TransferCall>& calls) {
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::vector<std::vector<TransferCall>> linked;
  for (const TransferCall& one : calls) {
    if (one.comm->linked != nullptr) {
      add_to_its_stream(linked, one);
      continue;
    }
    const auto same = [&](const auto& exchange) {
      return exchange->comm == one.comm && exchange->stream == one.stream;
    };
    auto found = std::find_if(exchanges.begin(), exchanges.end(), same);
    if (found == exchanges.end())
      found = exchanges.insert(exchanges.end(), std::make_shared<Exchange>(Exchange{one.comm, one.stream}));
    match(*found, one);
  }
  for (const auto& exchange : exchanges) queue(call, exchange);
  for (const auto& of_one_stream : linked) post_linked(call, of_one_stream);
}

}  // namespace fakecuda
