// Turns a command line into work, and whatever happened into an exit code: the only place that decides it.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <system_error>

#include "harness/base/text.hpp"
#include "harness/command/commands.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

/// Files opened later must not become the standard streams of whoever closed theirs. Read-only, so that printing to a
/// closed output still fails.
void open_standard_streams() {
  while (true) {
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor > STDERR_FILENO) ::close(descriptor);
    if (descriptor < 0 || descriptor > STDERR_FILENO) return;
    ::fcntl(descriptor, F_SETFD, 0);
  }
}

/// The products of all ranks come from here; a wrong library gives wrong results, not errors.
void prepare_blas() {
  kernels::use_kernels_for_this_cpu();
  kernels::use_one_thread_per_caller();
  if (!kernels::blas_is_safe_for_concurrent_callers())
    throw EnvironmentError{
        "this OpenBLAS gives wrong products to concurrent callers; install libopenblas-pthread-dev and build again"};
}

ExitCode dispatch(const CommandLine& line) {
  switch (line.command) {
    case CommandLine::Command::run:
      return run_command(line);
    case CommandLine::Command::selftest:
      return selftest_command(line);
    case CommandLine::Command::doctor:
      return doctor_command(line.doctor);
    case CommandLine::Command::inspect:
      return inspect_command(line.checkpoints);
    case CommandLine::Command::compare:
      return compare_command(line.compare);
    case CommandLine::Command::ab:
      return ab_command(line.ab);
    case CommandLine::Command::history:
      return history_command(line.history);
    case CommandLine::Command::report:
      return report_command(line.report);
    case CommandLine::Command::export_file:
      return export_command(line.export_file);
    case CommandLine::Command::version:
      print_version();
      return ExitCode::passed;
    case CommandLine::Command::help:
      fmt::print("{}", line.help);
      return ExitCode::passed;
  }
  throw InternalError{"a command without an action"};
}

/// Whatever was printed must have arrived.
void require_output_written() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw IoError{"standard output: cannot write"};
}

/// Says what went wrong, if there is still someone to read it. What comes from outside may be quoted in it, so nothing
/// that controls a terminal gets through.
ExitCode report(ExitCode code, const std::string& message) {
  std::fputs(fmt::format("error: {}\n", without_controls(message)).c_str(), stderr);
  return code;
}

ExitCode run(int count, const char* const* arguments) {
  try {
    const CommandLine line = parse_command_line(count, arguments);
    prepare_blas();
    const ExitCode code = dispatch(line);
    require_output_written();
    return code;
  } catch (const Error& error) {
    return report(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report(ExitCode::runtime, "the host is out of memory");
  } catch (const std::system_error& error) {
    return report(ExitCode::io, error.what());
  } catch (const std::exception& error) {
    return report(ExitCode::internal, fmt::format("{}; this is a bug in lockstep", error.what()));
  }
}

}  // namespace
}  // namespace lockstep

int main(int count, char** arguments) {
  // Both come as errors of the write instead.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  lockstep::open_standard_streams();
  return static_cast<int>(lockstep::run(count, arguments));
}
