// Every call of CUDA, cuBLAS and NCCL that a training makes fails once: always a clean error, never a crash, a hang, a
// leak or a result. Runs on the fake CUDA runtime, which makes the k-th call fail.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "harness/base/hash.hpp"
#include "harness/device/cuda/cuda_facts.hpp"
#include "harness/device/cuda/cuda_world.hpp"
#include "tests/cuda/small_training.hpp"

namespace lockstep {
namespace {

struct Case {
  std::string name;
  std::string strategy;
  cuda::WorldOptions options;
  std::size_t steps = 2;
};

struct Outcome {
  int exit_code = -1;  // -1: ended by a signal
  std::string said;    // the hash of the result, the error's message, or the fake's findings
};

/// In a process of its own, since CUDA's failures last as long as the process: trains, and exits with the error's code.
[[noreturn]] void train_and_exit(const Case& one, int pipe) {
  int code = 0;
  ::dup2(pipe, STDERR_FILENO);
  ::alarm(60);  // a hang
  try {
    World world = cuda::open_world(one.options);
    const std::vector<float> parameters = train_small(world, one.strategy, one.steps);
    (void)::dprintf(STDERR_FILENO, "%016lx\n", hash_bytes(std::as_bytes(std::span{parameters})));
  } catch (const Error& error) {
    code = static_cast<int>(error.code());
    (void)::dprintf(STDERR_FILENO, "error: %s\n", error.what());
  } catch (const std::exception& error) {
    code = 99;
    (void)::dprintf(STDERR_FILENO, "an exception that is none of ours: %s\n", error.what());
  }
  ::_exit(code);
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(pipe, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  return text;
}

Outcome run(const Case& one, const std::map<std::string, std::string>& fault) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(pipe[0]);
    for (const auto& [name, value] : fault) ::setenv(name.c_str(), value.c_str(), 1);
    train_and_exit(one, pipe[1]);
  }
  ::close(pipe[1]);
  Outcome outcome;
  outcome.said = read_all(pipe[0]);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status))
    outcome.exit_code = WEXITSTATUS(status);
  else
    outcome.said += fmt::format("ended by signal {}", WTERMSIG(status));
  return outcome;
}

/// What the fake counted: calls by function, "total", and "injected", how many it made fail.
using Counts = std::map<std::string, std::uint64_t>;

struct Counted {
  Outcome outcome;
  Counts counts;
};

Counted run_counted(const Case& one, std::map<std::string, std::string> fault) {
  const std::string file = ::testing::TempDir() + "fakecuda-calls-" + std::to_string(::getpid());
  fault["FAKECUDA_COUNT"] = file;
  Counted counted{run(one, fault), {}};
  std::ifstream lines{file};
  std::string function;
  for (std::uint64_t count = 0; lines >> function >> count;) counted.counts[function] = count;
  ::unlink(file.c_str());
  return counted;
}

/// Whose failure may leave a training that goes on to the right result. Destructors have nobody to tell, and what they
/// free is gone at the end of the process; they also ask for the current device. Memory that cannot be had is asked for
/// again when the pool has given back what it kept. Whether a staged copy is done is asked again. The last error is
/// asked for to clear it.
bool may_be_survived(const std::string& function) {
  static const std::set<std::string> functions{
      "cudaFree",       "cudaFreeHost",     "cudaStreamDestroy",    "cudaEventDestroy",
      "cublasDestroy",  "cudaGraphDestroy", "cudaGraphExecDestroy", "ncclCommDestroy",
      "ncclCommAbort",  "cudaGetDevice",    "cudaSetDevice",        "cudaMalloc",
      "cudaEventQuery", "cudaStreamQuery",  "cudaGetLastError",     "ncclCommGetAsyncError"};
  return functions.contains(function);
}

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class Sweep : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!cuda::is_emulated()) GTEST_SKIP() << "only the fake CUDA runtime makes calls fail";
  }
};

TEST_P(Sweep, every_call_that_fails_is_a_clean_error) {
  const Counted without = run_counted(GetParam(), {});
  ASSERT_EQ(without.outcome.exit_code, 0) << without.outcome.said;
  std::size_t injected = 0;
  for (const auto& [function, calls] : without.counts) {
    if (function == "total" || function == "injected") continue;
    for (std::uint64_t k = 1; k <= calls; ++k) {
      const auto [outcome, counts] = run_counted(GetParam(), {{"FAKECUDA_FAIL", fmt::format("{}:{}", function, k)}});
      const std::string where = fmt::format("{} call {} of {}", function, k, calls);
      // Threads differ from run to run: the last calls of a function may not come. A crash tells no counts.
      if (outcome.exit_code == 0 && counts.contains("injected") && counts.at("injected") == 0) continue;
      ++injected;
      if (outcome.exit_code == 0 && may_be_survived(function)) {
        EXPECT_EQ(outcome.said, without.outcome.said) << where;
        continue;
      }
      // 5: failed while running; 4: the machine lacks what was asked for.
      EXPECT_TRUE(outcome.exit_code == 5 || outcome.exit_code == 4)
          << where << " gave exit code " << outcome.exit_code << ": " << outcome.said;
    }
  }
  EXPECT_GT(injected, 100U);
}

// The call that queued it has long returned: the device finds out by itself, and everybody has to hear of it.
TEST_P(Sweep, everything_that_fails_on_a_device_is_a_clean_error) {
  for (const std::string what : {"kernel", "collective"}) {
    for (int k = 1;; ++k) {
      const auto [outcome, counts] = run_counted(GetParam(), {{"FAKECUDA_FAIL", fmt::format("{}:{}", what, k)}});
      if (outcome.exit_code == 0 && counts.at("injected") == 0) break;  // there are not so many
      EXPECT_EQ(outcome.exit_code, 5) << what << " " << k << ": " << outcome.said;
      ASSERT_LT(k, 1000);
    }
  }
}

std::string name_of_case(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    All, Sweep,
    ::testing::Values(Case{"ddp_nccl", "ddp", {.ranks = 2, .collectives = cuda::Collectives::nccl}},
                      Case{"single", "single", {.ranks = 1, .collectives = cuda::Collectives::local}, 3},
                      Case{"dp_nccl", "dp", {.ranks = 2, .collectives = cuda::Collectives::nccl}},
                      Case{"ddp_sharing_a_gpu", "ddp", {.ranks = 2, .device_map = {0, 0}}}),
    name_of_case);

}  // namespace
}  // namespace lockstep
