#include "tests/doubles/fakecuda/process_end.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/hosts.hpp"
#include "tests/doubles/fakecuda/leftovers.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {
namespace {

[[noreturn]] void leave(int code) {
  syscall(SYS_exit_group, code);
  __builtin_unreachable();
}

/// One line per function that was called, "cudaMalloc 12", then "total 99" and "injected 1"; several processes append.
void write_counts(const Runtime& runtime) {
  if (runtime.settings.counts_file.empty()) return;
  std::string text;
  for (const auto& [function, calls] : runtime.injection.counts())
    text += function + " " + std::to_string(calls) + "\n";
  text += "total " + std::to_string(runtime.injection.total()) + "\n";
  text += "injected " + std::to_string(runtime.injection.injected()) + "\n";
  const int file = ::open(runtime.settings.counts_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
}

/// The last look; the exit code to leave with.
int code_at_end(int status) {
  static std::atomic<bool> looked{false};
  if (!looked.exchange(true) && Runtime::exists() && Lock::try_for_a_while()) {
    Runtime& runtime = Runtime::instance();
    const Leaks when = runtime.settings.leaks;
    if (when == Leaks::always || (when == Leaks::on_success && status == 0)) report_leftovers(runtime);
    runtime.scheduler.run_what_is_left();
    write_counts(runtime);
  }
  return findings() == 0 ? status : findings_exit_code;
}

void at_exit(int status, void* /*unused*/) {
  const int code = code_at_end(status);
  if (code == status) return;
  std::fflush(nullptr);
  leave(code);
}

}  // namespace

void watch_process() {
  on_exit(&at_exit, nullptr);  // registered before anything of the program, so it is the last
  Lock::around_fork();
  pthread_atfork(nullptr, nullptr, [] {
    forget_other_threads();
    clear_findings();
  });
}

void end_process_with_findings() {
  std::fflush(nullptr);
  if (Runtime::exists()) write_counts(Runtime::instance());
  leave(findings_exit_code);
}

}  // namespace fakecuda

extern "C" {

[[noreturn]] void _exit(int status) { fakecuda::leave(fakecuda::code_at_end(status)); }
[[noreturn]] void _Exit(int status) { fakecuda::leave(fakecuda::code_at_end(status)); }

[[gnu::constructor(101)]] void lockstep_fakecuda_load() { fakecuda::watch_process(); }

int lockstep_fakecuda_is_loaded() { return 1; }
}
