// fakecuda_trainer HOSTS [FAULT]: the training, driven by one thread with groups ("one"), by a thread per rank
// ("threads"), by these and a watchdog ("watched"), or by one thread in a forked child ("child"); or one on one device,
// by graphs ("graph"). A fault is planted when it is named.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "tests/fakecuda/graph_trainer.hpp"
#include "tests/fakecuda/trainer.hpp"

using namespace fakecuda_tests;

namespace {

using Ranks = std::vector<std::unique_ptr<Rank>>;

void for_each(Ranks& all, auto&& what) {
  for (auto& rank : all) {
    rank->set_device();
    what(*rank);
  }
}

void in_group(Ranks& all, auto&& what) {
  if (!planted("no_group")) require(ncclGroupStart());
  for (auto& rank : all) what(*rank);
  if (!planted("no_group")) require(ncclGroupEnd());
}

void compare(const std::vector<float>& results) {
  for (const float result : results)
    if (result != results[0]) throw std::runtime_error{"ranks differ"};
}

void with_groups() {
  ncclComm_t comms[ranks] = {};
  require(ncclCommInitAll(comms, ranks, nullptr));
  Ranks all;
  for (int rank = 0; rank < ranks; ++rank) all.push_back(std::make_unique<Rank>(rank, comms[rank]));
  for (auto& rank : all) rank->first = all[0].get();
  in_group(all, [](Rank& rank) { rank.send_parameters(); });
  for (int step = 0; step < steps; ++step) {
    for_each(all, [&](Rank& rank) {
      rank.stage(step);
      rank.backward();
    });
    for (int bucket = 0; bucket < buckets; ++bucket) in_group(all, [&](Rank& rank) { rank.reduce(bucket); });
    for_each(all, [](Rank& rank) { rank.update(); });
  }
  for_each(all, [](Rank& rank) { rank.fetch(); });
  std::vector<float> results;
  for_each(all, [&](Rank& rank) { results.push_back(rank.result()); });
  compare(results);
  for_each(all, [](Rank& rank) { rank.close(); });
}

/// Set before communicators are aborted: whoever comes back from a wait then has nothing left to do.
std::atomic<bool> given_up{false};

/// One rank's training on its own thread; `together` is where the threads meet after making and before closing.
float train_alone(Rank& rank, std::latch& done) {
  rank.send_parameters();
  for (int step = 0; step < steps; ++step) {
    rank.stage(step);
    rank.backward();
    for (int bucket = 0; bucket < buckets; ++bucket) rank.reduce(bucket);
    rank.update();
  }
  rank.fetch();
  const float result = rank.result();
  while (given_up) pause();
  done.arrive_and_wait();  // what one rank uses of another must live until here
  rank.close();
  return result;
}

ncclComm_t join_group(const ncclUniqueId& id, int rank) {
  ncclComm_t comm = nullptr;
  require(cudaSetDevice(rank));
  require(ncclCommInitRank(&comm, ranks, id, rank));
  return comm;
}

void with_threads() {
  ncclUniqueId id;
  require(ncclGetUniqueId(&id));
  std::vector<std::unique_ptr<Rank>> all(ranks);
  std::vector<float> results(ranks);
  std::latch made{ranks};
  std::latch done{ranks};
  std::vector<std::thread> threads;
  for (int rank = planted("rank_never_comes") ? 1 : 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      try {
        Rank& mine = *(all[static_cast<std::size_t>(rank)] = std::make_unique<Rank>(rank, join_group(id, rank)));
        made.arrive_and_wait();
        mine.first = all[0].get();
        results[static_cast<std::size_t>(rank)] = train_alone(mine, done);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
        _exit(2);
      }
    });
  for (std::thread& thread : threads) thread.join();
  compare(results);
}

/// A thread per rank and one that polls what the communicators have come to: it aborts them on an error, or when
/// `polls` have gone by, and ends the process with 3.
class Watchdog {
 public:
  explicit Watchdog(std::vector<ncclComm_t>& comms) : comms_{comms}, thread_{[this] { watch(); }} {}
  ~Watchdog() {
    stopped_ = true;
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void watch() {
    constexpr int polls = 200;
    for (int poll = 0; poll < polls && !stopped_; ++poll) {
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
      for (ncclComm_t comm : comms_) {
        ncclResult_t error = ncclSuccess;
        require(ncclCommGetAsyncError(comm, &error));
        if (error != ncclSuccess) give_up(ncclGetErrorString(error));
      }
    }
    if (!stopped_) give_up("deadline");
  }

  [[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "watchdog: %s\n", why);
    given_up = true;
    for (ncclComm_t comm : comms_) require(ncclCommAbort(comm));
    _exit(3);
  }

  std::vector<ncclComm_t>& comms_;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

void with_watchdog() {
  std::vector<ncclComm_t> comms(ranks);
  require(ncclCommInitAll(comms.data(), ranks, nullptr));
  const Watchdog watchdog{comms};
  std::latch done{ranks};
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      Rank mine{rank, comms[static_cast<std::size_t>(rank)]};
      mine.first = &mine;
      train_alone(mine, done);
    });
  for (std::thread& thread : threads) thread.join();
}

/// Two threads, one communicator: the second calls while the first's group is open.
void shared_communicator() {
  ncclComm_t comm = nullptr;
  require(ncclCommInitAll(&comm, 1, nullptr));
  void* memory = nullptr;
  require(cudaMalloc(&memory, sizeof(float)));
  require(cudaMemset(memory, 0, sizeof(float)));
  require(cudaDeviceSynchronize());
  const auto reduce = [&] { require(ncclAllReduce(memory, memory, 1, ncclFloat32, ncclSum, comm, nullptr)); };
  require(ncclGroupStart());
  reduce();
  std::thread{reduce}.join();
  require(ncclGroupEnd());
  require(cudaDeviceSynchronize());
  require(cudaFree(memory));
  require(ncclCommDestroy(comm));
}

/// As the program under test does: the parent calls nothing, the child leaves by _exit.
int in_child() {
  const pid_t child = fork();
  if (child == 0) {
    with_groups();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

int main(int count, char** arguments) try {
  if (count > 2) plant(arguments[2]);
  const std::string hosts = arguments[1];
  if (hosts == "child") return in_child();
  if (hosts == "shared") shared_communicator();
  if (hosts == "one") with_groups();
  if (hosts == "threads") with_threads();
  if (hosts == "graph") train_by_graph();
  if (hosts == "watched") with_watchdog();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
