#include "harness/compare/alternation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/run/child.hpp"

namespace lockstep {
namespace {

/// Longer than any suite; each case has its own deadline.
constexpr Seconds run_deadline{24 * 3600};
constexpr int cannot_start = 127;  // as of a shell

/// In the child: becomes the program, with its output in `log`.
[[noreturn]] void become(const std::vector<std::string>& words, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (output >= 0 && ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0)
    ::execvp(arguments[0], arguments.data());
  ::_exit(cannot_start);
}

class Alternator {
 public:
  Alternator(const Alternation& alternation, const std::filesystem::path& folder, const AlternationProgress& progress,
             const std::function<int()>& interrupted)
      : alternation_{alternation}, folder_{folder}, progress_{progress}, interrupted_{interrupted} {}

  void run_all() {
    for (std::size_t pair = 0; pair < alternation_.pairs; ++pair) {
      const bool baseline_first = pair % 2 == 0;
      run(baseline_first ? baseline : candidate, pair);
      run(baseline_first ? candidate : baseline, pair);
    }
  }

  static constexpr std::string_view baseline = "baseline", candidate = "candidate";

 private:
  void run(std::string_view side, std::size_t pair) {
    const std::filesystem::path output = folder_ / side / fmt::format("{:03}", pair + 1);
    std::filesystem::path log = output;
    log += ".log";
    const std::filesystem::path& program = side == baseline ? alternation_.baseline : alternation_.candidate;
    std::vector<std::string> words{program.string(), "run"};
    words.insert(words.end(), alternation_.arguments.begin(), alternation_.arguments.end());
    words.insert(words.end(), {"--output", output.string()});
    const ChildEnd end = run_in_child({.work = [&](const auto&) { become(words, log); },
                                       .receive = [](std::string_view) {},
                                       .is_interrupted = [&] { return interrupted_() != 0; },
                                       .deadline = run_deadline});
    require_usable(side, program, log, end);
    progress_(side, ++done_, 2 * alternation_.pairs);
  }

  void require_usable(std::string_view side, const std::filesystem::path& program, const std::filesystem::path& log,
                      const ChildEnd& end) const {
    if (end.how == ChildEnd::How::interrupted)
      throw Error{interrupted_() == SIGTERM ? ExitCode::terminated : ExitCode::interrupted, "interrupted"};
    if (end.how == ChildEnd::How::finished && end.exit_code == cannot_start)
      throw IoError{fmt::format("{}: cannot be run", program.string())};
    if (end.how != ChildEnd::How::finished)
      throw Error{ExitCode::runtime, fmt::format("the {} was killed; see {}", side, log.string())};
    const auto code = static_cast<ExitCode>(end.exit_code);
    // Cases without a verdict are judged like all others.
    if (code == ExitCode::passed || code == ExitCode::inconclusive) return;
    throw Error{side == candidate ? code : ExitCode::inconclusive,
                fmt::format("the {} ended with exit code {}; see {}", side, end.exit_code, log.string())};
  }

  const Alternation& alternation_;
  const std::filesystem::path& folder_;
  const AlternationProgress& progress_;
  const std::function<int()>& interrupted_;
  std::size_t done_ = 0;
};

}  // namespace

AlternatedSides run_in_turn(const Alternation& alternation, const std::filesystem::path& folder,
                            const AlternationProgress& progress, const std::function<int()>& interrupted) {
  SystemFiles files;
  for (const std::string_view side : {Alternator::baseline, Alternator::candidate}) {
    make_directories(files, folder / side);
    if (!names_in(files, folder / side).empty())
      throw IoError{fmt::format("{}: already holds runs; choose another folder", (folder / side).string())};
  }
  Alternator{alternation, folder, progress, interrupted}.run_all();
  AlternatedSides sides{read_side(folder / Alternator::baseline), read_side(folder / Alternator::candidate)};
  sides.baseline.label = alternation.baseline.string();
  sides.candidate.label = alternation.candidate.string();
  return sides;
}

}  // namespace lockstep
