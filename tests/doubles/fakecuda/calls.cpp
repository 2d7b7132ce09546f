#include "tests/doubles/fakecuda/calls.hpp"

#include <cstdio>
#include <string>
#include <string_view>

#include "tests/doubles/fakecuda/findings.hpp"

namespace fakecuda {
namespace {

/// Whether this thread is in a function of cudaLaunchHostFunc, which must not call CUDA.
bool in_host_function() { return executing().operation != 0; }

bool asks_for_error(std::string_view function) {
  return function == "cudaGetLastError" || function == "cudaPeekAtLastError";
}

/// A failed <<<>>> says so only to those who ask, and only until another call has hidden it.
void check_that_launches_are_checked(const char* function) {
  const char*& launch = this_thread().unchecked_launch;
  if (launch != nullptr && !asks_for_error(function))
    report("unchecked launch", std::string{"the launch of '"} + launch +
                                   "' failed and nobody asked cudaGetLastError before calling " + function);
  launch = nullptr;
}

}  // namespace

Call::Call(const char* name) : runtime{Runtime::instance()}, function{name} {
  const Injection::Verdict verdict = runtime.injection.call(name);
  fails_ = verdict.fails;
  code_ = verdict.code;
  if (runtime.settings.trace) std::fprintf(stderr, "fakecuda: call %s%s\n", name, fails_ ? " fails" : "");
  if (getpid() != runtime.process) {
    report("fork", std::string{name} + " in a process that was forked after CUDA was used");
    fails_ = true;
    code_ = cudaErrorInitializationError;
  }
  if (in_host_function()) {
    report("host function", std::string{name} + " is called by a function of cudaLaunchHostFunc");
    fails_ = true;
    code_ = cudaErrorNotPermitted;
  }
  check_that_launches_are_checked(name);
}

Call::~Call() {
  if (runtime.settings.mode == Mode::eager && !in_host_function()) runtime.scheduler.run_all(lock, Work::of_devices);
}

cudaError_t answer(cudaError_t error) {
  if (error != cudaSuccess) this_thread().last_error = error;
  return error;
}

}  // namespace fakecuda

std::uint64_t lockstep_fakecuda_calls(const char* function) {
  const fakecuda::Lock lock;
  const fakecuda::Injection& calls = fakecuda::Runtime::instance().injection;
  if (std::string_view{function} == "total") return calls.total();
  const auto found = calls.counts().find(function);
  return found != calls.counts().end() ? found->second : 0;
}
