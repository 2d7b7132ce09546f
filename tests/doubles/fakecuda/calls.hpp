// What every function of the faked API begins with.
#pragma once

#include <driver_types.h>

#include <cstdint>

#include "tests/doubles/fakecuda/lock.hpp"
#include "tests/doubles/fakecuda/runtime.hpp"

namespace fakecuda {

/// One call of a faked function: holds the runtime's lock for its duration, is counted and traced, and says whether the
/// injection plan makes it fail. The name is the one of the header, without _v2.
class Call {
 public:
  explicit Call(const char* function);
  /// In eager mode everything that can run has run afterwards.
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// 0, or the code with which the call must fail without doing anything; `usual` when the plan names no code.
  [[nodiscard]] int failure(int usual) const { return !fails_ ? 0 : code_ != 0 ? code_ : usual; }

  Lock lock;  // first: the runtime is touched with it held
  Runtime& runtime;
  const char* function;

 private:
  bool fails_ = false;
  int code_ = 0;
};

/// Remembers an error for cudaGetLastError, and returns it.
cudaError_t answer(cudaError_t error);

}  // namespace fakecuda

/// For a program that counts what it calls, and does not find this function on real GPUs: how often it has called
/// `function`, or all of the faked API for "total".
extern "C" std::uint64_t lockstep_fakecuda_calls(const char* function);
