// Typed errors. Everything that ends a run is thrown as one of these; only main turns one into an exit code.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace lockstep {

/// What the process reports to its caller. The numbers are a published contract (harness/README.md).
enum class ExitCode : int {
  passed = 0,
  failed = 1,
  usage = 2,
  invalid_input = 3,
  nothing_ran = 4,
  runtime = 5,
  deadline = 6,
  io = 7,
  inconclusive = 8,
  internal = 70,
  interrupted = 130,
  terminated = 143,
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error{message}, code_{code} {}
  [[nodiscard]] ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// The command line makes no sense.
struct UsageError : Error {
  explicit UsageError(const std::string& message) : Error{ExitCode::usage, message} {}
};
/// A file from outside (scenario, dataset, checkpoint, result) is not valid; the message says where.
struct InputError : Error {
  explicit InputError(const std::string& message) : Error{ExitCode::invalid_input, message} {}
};
/// This machine lacks what was asked for (devices, a library, a dataset).
struct EnvironmentError : Error {
  explicit EnvironmentError(const std::string& message) : Error{ExitCode::nothing_ran, message} {}
};
/// A case failed while running: out of device memory, a kernel, a rank.
struct RunError : Error {
  explicit RunError(const std::string& message) : Error{ExitCode::runtime, message} {}
};
/// The operating system refused to read or write.
struct IoError : Error {
  explicit IoError(const std::string& message) : Error{ExitCode::io, message} {}
};
/// A broken invariant of our own: a bug in Lockstep, never the user's fault.
struct InternalError : Error {
  explicit InternalError(const std::string& message) : Error{ExitCode::internal, message} {}
};

[[noreturn]] void throw_internal_error(const std::string& message);

/// States a precondition or invariant; throws InternalError with the facts when it does not hold.
template <typename... Args>
void require(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) throw_internal_error(fmt::format(message, std::forward<Args>(args)...));
}

}  // namespace lockstep
