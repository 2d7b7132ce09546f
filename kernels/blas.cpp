#include "kernels/blas.hpp"

#include <cblas.h>
#include <stdlib.h>

#include <optional>
#include <string_view>

// Exported by OpenBLAS but not declared in its header (driver/others/blas_server.c and dynamic.c of its source). Weak,
// because a build for a single CPU model lacks the latter two.
extern "C" {
[[gnu::weak]] int blas_thread_shutdown_();
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace lockstep::kernels {
namespace {

constexpr const char* kernel_choice_variable = "OPENBLAS_CORETYPE";

bool uses_kernels_of_an_unknown_cpu() { return std::string_view{openblas_get_corename()} == "Prescott"; }

std::optional<const char*> best_kernels_for_this_cpu() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx512) return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return std::nullopt;
}

}  // namespace

void use_one_thread_per_caller() {
  openblas_set_num_threads(1);
  // After the call above, which would start the pool again.
  if (blas_thread_shutdown_ != nullptr) blas_thread_shutdown_();
}

void use_kernels_for_this_cpu() {
  const bool can_choose_again = gotoblas_dynamic_init != nullptr && gotoblas_dynamic_quit != nullptr;
  if (!can_choose_again || getenv(kernel_choice_variable) != nullptr || !uses_kernels_of_an_unknown_cpu()) return;
  const std::optional<const char*> kernels = best_kernels_for_this_cpu();
  if (!kernels) return;
  // The variable is the only way to tell OpenBLAS; it is read once, when OpenBLAS chooses.
  setenv(kernel_choice_variable, *kernels, 1);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(kernel_choice_variable);
}

std::string blas_description() { return openblas_get_config(); }

bool blas_is_safe_for_concurrent_callers() { return openblas_get_parallel() != 0; }

}  // namespace lockstep::kernels
