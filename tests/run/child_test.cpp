#include "harness/run/child.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Send = std::function<void(std::string_view)>;
using How = ChildEnd::How;

struct Outcome {
  ChildEnd end;
  std::vector<std::string> lines;
};

Outcome run(
    const std::function<void(const Send&)>& work, Seconds deadline = Seconds{60},
    const std::function<bool()>& is_interrupted = [] { return false; }) {
  Outcome outcome;
  outcome.end = run_in_child({.work = work,
                              .receive = [&](std::string_view line) { outcome.lines.emplace_back(line); },
                              .is_interrupted = is_interrupted,
                              .deadline = deadline});
  return outcome;
}

[[noreturn]] void never_end() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours{1});
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

std::size_t threads() {
  const std::filesystem::directory_iterator tasks{"/proc/self/task"};
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(Child, LinesArriveInOrder) {
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) expected.push_back(std::to_string(i));
  const Outcome outcome = run([&](const Send& send) {
    for (const std::string& line : expected) send(line);
  });
  EXPECT_EQ(outcome.end.how, How::finished);
  EXPECT_EQ(outcome.end.exit_code, 0);
  EXPECT_EQ(outcome.lines, expected);
  EXPECT_FALSE(has_children());
}

TEST(Child, LinesLongerThanThePipeArriveWhole) {
  const std::string small(1000, 'a');
  const std::string large(300'000, 'b');  // the pipe and the reader's block hold 65536 bytes
  const Outcome outcome = run([&](const Send& send) {
    for (int i = 0; i < 3; ++i) {
      send(small);
      send(large);
    }
  });
  EXPECT_THAT(outcome.lines, ElementsAre(small, large, small, large, small, large));
}

TEST(Child, MayEndWithoutAWord) {
  const Outcome outcome = run([](const Send&) { ::_exit(9); });
  EXPECT_EQ(outcome.end.how, How::finished);
  EXPECT_EQ(outcome.end.exit_code, 9);
  EXPECT_THAT(outcome.lines, IsEmpty());
}

TEST(Child, ACrashKeepsTheLinesBeforeIt) {
  for (const int signal : {SIGSEGV, SIGKILL, SIGABRT}) {
    const Outcome outcome = run([&](const Send& send) {
      send("before");
      std::signal(signal, SIG_DFL);  // a sanitizer has its own handler
      ::raise(signal);
      send("after");
    });
    EXPECT_EQ(outcome.end.how, How::crashed);
    EXPECT_EQ(outcome.end.signal, signal);
    EXPECT_THAT(outcome.lines, ElementsAre("before"));
  }
  EXPECT_FALSE(has_children());
}

TEST(Child, ALineThatTheCrashCutOffDoesNotArrive) {
  const Outcome outcome = run([](const Send& send) {
    std::thread{[] {
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
      ::kill(::getpid(), SIGKILL);
    }}.detach();
    for (;;) send(std::string(1'000'000, 'x'));
  });
  EXPECT_EQ(outcome.end.how, How::crashed);
  for (const std::string& line : outcome.lines) EXPECT_EQ(line.size(), 1'000'000U);
}

TEST(Child, IsEndedAtItsDeadline) {
  const Outcome outcome = run([](const Send&) { never_end(); }, Seconds{0.05});
  EXPECT_EQ(outcome.end.how, How::deadline);
  EXPECT_FALSE(has_children());
}

TEST(Child, CannotOutlastItsDeadlineByTalking) {
  const auto talk = [](const Send& send) {
    for (;;) send("and another thing");
  };
  EXPECT_EQ(run(talk, Seconds{0.05}).end.how, How::deadline);
}

TEST(Child, IsEndedOnInterruption) {
  int asked = 0;
  const Outcome outcome = run([](const Send&) { never_end(); }, Seconds{60}, [&] { return ++asked == 2; });
  EXPECT_EQ(outcome.end.how, How::interrupted);
  EXPECT_FALSE(has_children());
}

TEST(Child, IsEndedWhenItsLinesCannotBeTaken) {
  EXPECT_THROW(run_in_child({.work =
                                 [](const Send& send) {
                                   send("line");
                                   never_end();
                                 },
                             .receive = [](std::string_view) { throw std::runtime_error{"full"}; },
                             .is_interrupted = [] { return false; }}),
               std::runtime_error);
  EXPECT_FALSE(has_children());
}

TEST(Child, DoesNotOutliveItsParent) {
  // A process in between is killed; what it has started reports its id first.
  pid_t grandchild = 0;
  const Outcome outcome = run([](const Send& send) {
    run_in_child({.work =
                      [](const Send& up) {
                        up(std::to_string(::getpid()));
                        never_end();
                      },
                  .receive =
                      [&](std::string_view line) {
                        send(line);
                        ::kill(::getpid(), SIGKILL);
                      },
                  .is_interrupted = [] { return false; }});
  });
  EXPECT_EQ(outcome.end.signal, SIGKILL);
  ASSERT_EQ(outcome.lines.size(), 1U);
  grandchild = std::stoi(outcome.lines[0]);
  // Gone, or dead and not yet collected by its new parent, which is not us.
  const auto is_alive = [&] {
    std::ifstream status{fmt::format("/proc/{}/stat", grandchild)};
    std::string id, name, state;
    return (status >> id >> name >> state) && state != "Z" && state != "X";
  };
  while (is_alive()) std::this_thread::sleep_for(std::chrono::milliseconds{1});  // or the test's own deadline
}

TEST(Child, HasDefaultSignalsAndItsOwnGroup) {
  const Outcome outcome = run([](const Send& send) {
    send(::getpgrp() == ::getpid() ? "own group" : "parent's group");
    ::raise(SIGTERM);
  });
  EXPECT_THAT(outcome.lines, ElementsAre("own group"));
  EXPECT_EQ(outcome.end.signal, SIGTERM);
}

// A child inherits one thread only, so its parent must not have more (tests/cli: the program has one).
TEST(Child, NeedsNoThreadInItsParent) {
  const std::size_t before = threads();
  std::size_t during = 0;
  run_in_child({.work = [](const Send& send) { send("line"); },
                .receive = [&](std::string_view) { during = threads(); },
                .is_interrupted = [] { return false; }});
  EXPECT_EQ(during, before);
}

}  // namespace
}  // namespace lockstep
