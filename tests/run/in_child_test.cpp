#include "harness/run/in_child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

class InChild : public ::testing::Test {
 protected:
  static Error error_of(const std::function<Json()>& work, Seconds deadline = Seconds{60}) {
    try {
      in_child("the child", deadline, work);
    } catch (const Error& error) {
      return error;
    }
    return {ExitCode::passed, "no error came out"};
  }
};

TEST_F(InChild, returns_what_the_child_returns) {
  const pid_t here = ::getpid();
  EXPECT_EQ(in_child("the child", Seconds{60},
                     [&] {
                       return Json{{"elsewhere", ::getpid() != here}};
                     }),
            (Json{{"elsewhere", true}}));
}

TEST_F(InChild, throws_what_the_child_throws) {
  const Error error = error_of([]() -> Json { throw InputError{"no data"}; });
  EXPECT_EQ(error.code(), ExitCode::invalid_input);
  EXPECT_STREQ(error.what(), "the child: no data");
  EXPECT_STREQ(error_of([]() -> Json { throw std::bad_alloc{}; }).what(), "the child: the host is out of memory");
  const Error bug = error_of([]() -> Json { throw std::logic_error{"impossible"}; });
  EXPECT_EQ(bug.code(), ExitCode::internal);
  EXPECT_STREQ(bug.what(), "the child: impossible; this is a bug in lockstep");
}

TEST_F(InChild, a_signal_is_an_error) {
  const Error error = error_of([]() -> Json {
    ::raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(error.code(), ExitCode::runtime);
  EXPECT_STREQ(error.what(), "the child: killed by signal 9 (Killed)");
}

TEST_F(InChild, a_deadline_is_an_error) {
  const Error error = error_of(
      []() -> Json {
        for (;;) std::this_thread::sleep_for(std::chrono::hours{1});
      },
      Seconds{0.05});
  EXPECT_EQ(error.code(), ExitCode::deadline);
  EXPECT_STREQ(error.what(), "the child: not finished within 50.00 ms");
}

TEST_F(InChild, silence_is_an_error) {
  const Error error = error_of([]() -> Json { ::_exit(3); });
  EXPECT_EQ(error.code(), ExitCode::runtime);
  EXPECT_STREQ(error.what(), "the child: ended without a result, exit code 3");
}

}  // namespace
}  // namespace lockstep
