#include "harness/run/child.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

using Clock = std::chrono::steady_clock;

void write_line(int descriptor, std::string_view text) {
  std::string line{text};
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ::_exit(static_cast<int>(ExitCode::io));  // the parent is gone
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void be_the_child(const ChildWork& child, int out, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(static_cast<int>(ExitCode::io));  // it died before the line above
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
  ::setpgid(0, 0);  // Ctrl-C reaches the parent, which decides
  child.work([out](std::string_view line) { write_line(out, line); });
  ::_exit(0);
}

/// Splits what arrives into lines.
class LineReader {
 public:
  LineReader(int descriptor, const std::function<void(std::string_view)>& receive)
      : descriptor_{descriptor}, receive_{receive} {}

  /// Takes what is there; false at the end.
  bool read_some() {
    std::array<char, 65536> block;
    const ssize_t got = ::read(descriptor_, block.data(), block.size());
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    if (got == 0) return false;
    pending_.append(block.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
      receive_(std::string_view{pending_}.substr(begin, end - begin));
      begin = end + 1;
    }
    pending_.erase(0, begin);
    return true;
  }

 private:
  int descriptor_;
  const std::function<void(std::string_view)>& receive_;
  std::string pending_;
};

/// Owns a process: kills and collects it unless that has been done.
class Process {
 public:
  explicit Process(pid_t id) : id_{id} {}
  ~Process() {
    if (id_ > 0) stop();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void stop() {
    ::kill(-id_, SIGKILL);  // its group, if it has made it
    ::kill(id_, SIGKILL);
    collect();
  }
  int collect() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }

 private:
  pid_t id_;
};

}  // namespace

ChildEnd run_in_child(const ChildWork& child) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw IoError{fmt::format("cannot make a pipe: {}", std::strerror(errno))};
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id == 0) {
    ::close(ends[0]);
    be_the_child(child, ends[1], parent);
  }
  ::close(ends[1]);
  const auto close_pipe = std::shared_ptr<void>{nullptr, [&](void*) { ::close(ends[0]); }};
  if (id < 0) throw IoError{fmt::format("cannot start a process: {}", std::strerror(errno))};

  Process process{id};
  LineReader reader{ends[0], child.receive};
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(child.deadline);
  for (;;) {
    pollfd readable{.fd = ends[0], .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, 100);
    if (child.is_interrupted()) {
      process.stop();
      return {.how = ChildEnd::How::interrupted};
    }
    if (Clock::now() > end) {
      process.stop();
      return {.how = ChildEnd::How::deadline};
    }
    if (ready > 0 && !reader.read_some()) break;
  }
  const int status = process.collect();
  if (WIFSIGNALED(status)) return {.how = ChildEnd::How::crashed, .signal = WTERMSIG(status)};
  return {.how = ChildEnd::How::finished, .exit_code = WEXITSTATUS(status)};
}

}  // namespace lockstep
