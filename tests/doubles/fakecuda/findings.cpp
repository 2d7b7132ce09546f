#include "tests/doubles/fakecuda/findings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <set>

namespace fakecuda {
namespace {

/// Never destroyed: something may be found while the process ends.
struct Found {
  std::mutex mutex;
  std::set<std::string> lines;
};

Found& found() {
  static auto* const all = new Found;
  return *all;
}

constexpr std::size_t most_printed = 100;

void write_all(int file, const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t n = ::write(file, line.data() + done, line.size() - done);
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

void append_to_file(const std::string& line) {
  const char* name = std::getenv("FAKECUDA_FINDINGS");
  if (name == nullptr || *name == '\0') return;
  const int file = ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  write_all(file, line);
  ::close(file);
}

}  // namespace

void report(std::string kind, std::string text, const std::string& detail) {
  const std::string line = std::move(kind) + ": " + std::move(text);
  const std::lock_guard guard{found().mutex};
  if (!found().lines.insert(line).second) return;
  if (found().lines.size() > most_printed) return;
  const std::string shown = line + (detail.empty() ? "" : " (" + detail + ")") + "\n";
  write_all(STDERR_FILENO, "fakecuda: finding: " + shown);
  append_to_file(shown);
}

int findings() {
  const std::lock_guard guard{found().mutex};
  return static_cast<int>(found().lines.size());
}

void clear_findings() {
  const std::lock_guard guard{found().mutex};
  found().lines.clear();
}

}  // namespace fakecuda

int lockstep_fakecuda_take_findings() {
  const int count = fakecuda::findings();
  fakecuda::clear_findings();
  return count;
}
