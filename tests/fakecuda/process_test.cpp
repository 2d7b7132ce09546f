// What the fake does to a whole process: injected failures, counts, findings in a file, hangs that are not its end.
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tests/fakecuda/run_trainer.hpp"

namespace fakecuda_tests {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string scratch(const std::string& name) {
  const std::string path = ::testing::TempDir() + "fakecuda_" + name;
  std::remove(path.c_str());
  return path;
}

std::string contents(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

int calls_of(const std::string& hosts) {
  const std::string path = scratch("counts_" + hosts);
  EXPECT_EQ(run_trainer({hosts}, {{"FAKECUDA_COUNT", path}}).code, 0);
  std::istringstream words{contents(path)};
  std::string function;
  int calls = 0;
  while (words >> function >> calls)
    if (function == "total") return calls;
  return 0;
}

TEST(Injection, EveryCallThatFailsEndsTheTrainingWithAnError) {
  const int calls = calls_of("one");
  EXPECT_GT(calls, 100);
  for (int call = 1; call <= calls; ++call) {
    const Ran ran = run_trainer({"one"}, {{"FAKECUDA_FAIL_ANY", std::to_string(call)}});
    ASSERT_EQ(ran.code, 2) << "call " << call << "\n" << ran.text;
  }
}

// A rank's own wait says so; another rank's is for ever, as on GPUs, since nobody watches here.
TEST(Injection, AKernelThatFailsShowsAtALaterCall) {
  for (int kernel = 1; kernel <= 12; ++kernel) {
    const Ran ran = run_trainer({"one"}, {{"FAKECUDA_FAIL", "kernel:" + std::to_string(kernel) + ":700"}});
    EXPECT_THAT(ran.text, AnyOf(HasSubstr("cudaErrorIllegalAddress"), HasSubstr("unhandled cuda error"),
                                HasSubstr("the devices failed of ranks")))
        << "kernel " << kernel;
    EXPECT_THAT(ran.code, AnyOf(2, 77)) << "kernel " << kernel;
  }
}

// The last one, so that no rank meets the error in another call.
TEST(Injection, ACollectiveThatFailsHangsUntilSomebodyAborts) {
  EXPECT_THAT(run_trainer({"threads"}, {{"FAKECUDA_FAIL", "collective:7"}}).text,
              HasSubstr("failed and waits for ncclCommAbort"));
  const Ran watched = run_trainer({"watched"}, {{"FAKECUDA_FAIL", "collective:7"}});
  EXPECT_EQ(watched.code, 3) << watched.text;
  EXPECT_EQ(watched.text, "watchdog: remote process exited or there was a network error\n");
}

TEST(Injection, SaysWhetherItCameToIt) {
  const std::string path = scratch("injected");
  run_trainer({"one"}, {{"FAKECUDA_COUNT", path}, {"FAKECUDA_FAIL", "cudaMalloc:2"}});
  EXPECT_THAT(contents(path), HasSubstr("\ninjected 1\n"));
  const std::string other = scratch("not_injected");
  run_trainer({"one"}, {{"FAKECUDA_COUNT", other}, {"FAKECUDA_FAIL", "cudaMalloc:2000"}});
  EXPECT_THAT(contents(other), HasSubstr("\ninjected 0\n"));
}

TEST(Process, FindingsGoToAFileToo) {
  const std::string path = scratch("findings");
  run_trainer({"child", "count"}, {{"FAKECUDA_FINDINGS", path}});
  EXPECT_THAT(contents(path), HasSubstr("mismatch: operation 1 of communicator 1"));
}

TEST(Process, LeaksCanBeFoundAfterAnErrorToo) {
  const Variables failing{{"FAKECUDA_FAIL", "cudaEventRecord:2"}, {"FAKECUDA_LEAKS", "always"}};
  EXPECT_THAT(run_trainer({"one"}, failing).text, HasSubstr("leak: memory of device 0"));
}

TEST(Process, AHangCanGoOnUntilAnAbort) {
  const Ran ran = run_trainer({"watched", "rank_stops"}, {{"FAKECUDA_HANG", "block"}});
  EXPECT_EQ(ran.code, 3) << ran.text;
  EXPECT_EQ(ran.text, "watchdog: deadline\n");
}

TEST(Process, AVariableThatMakesNoSenseIsRefused) {
  EXPECT_EQ(run_trainer({"one"}, {{"FAKECUDA_MODE", "fast"}}).code, 2);
  EXPECT_EQ(run_trainer({"one"}, {{"FAKECUDA_FAIL", "cudaMalloc"}}).code, 2);
}

}  // namespace
}  // namespace fakecuda_tests
