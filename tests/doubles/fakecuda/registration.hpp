// How a kernel body becomes known to the fake: LOCKSTEP_EMULATE(relu_forward<float>) in a file that was compiled with
// emulation.hpp in front, one line per instantiation, at namespace scope where the kernel's name is visible.
#pragma once

#include <cstddef>
#include <utility>

#include "tests/doubles/fakecuda/engine.hpp"

namespace fakecuda {

/// Adds a body under its name as the registration wrote it; spaces do not count. Called while a program is loaded.
bool register_body(const char* name, const KernelBody& body);

template <auto kernel>
struct Emulated;

template <typename... Parameters, void (*kernel)(Parameters...)>
struct Emulated<kernel> {
  static constexpr std::size_t bytes[sizeof...(Parameters) + 1] = {sizeof(Parameters)..., 0};

  template <std::size_t... I>
  __attribute__((no_sanitize("thread"))) static void call_with(void** arguments, std::index_sequence<I...>) {
    kernel(*static_cast<Parameters*>(arguments[I])...);
  }
  __attribute__((no_sanitize("thread"))) static void call(void** arguments) {
    call_with(arguments, std::index_sequence_for<Parameters...>{});
  }
  static constexpr KernelBody body{call, bytes, sizeof...(Parameters)};
};

}  // namespace fakecuda

#define LOCKSTEP_EMULATE_NAME_(counter) emulated_kernel_##counter
#define LOCKSTEP_EMULATE_NAME(counter) LOCKSTEP_EMULATE_NAME_(counter)
#define LOCKSTEP_EMULATE(...)                                             \
  [[maybe_unused]] static const bool LOCKSTEP_EMULATE_NAME(__COUNTER__) = \
      ::fakecuda::register_body(#__VA_ARGS__, ::fakecuda::Emulated<&__VA_ARGS__>::body)
