#include "tests/doubles/fakecuda/context.hpp"

#include <cstdint>
#include <cstring>
#include <new>

#if !defined(FAKECUDA_PORTABLE_CONTEXTS) && (defined(__x86_64__) || defined(__aarch64__))

extern "C" void fakecuda_switch(void** from, void* to);

// What a called function must keep for its caller goes onto the stack; the stack pointer is the context. Modes of
// floating-point arithmetic are not switched: a kernel has no means to change them.
#if defined(__x86_64__)
asm(R"(
.text
.hidden fakecuda_switch
.globl fakecuda_switch
.type fakecuda_switch, @function
fakecuda_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fakecuda_switch, .-fakecuda_switch
)");
#else
asm(R"(
.text
.hidden fakecuda_switch
.globl fakecuda_switch
.type fakecuda_switch, %function
fakecuda_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size fakecuda_switch, .-fakecuda_switch
)");
#endif

namespace fakecuda {

Context make_context(std::byte* stack, std::size_t bytes, void (*entry)()) {
#if defined(__x86_64__)
  constexpr std::size_t words = 8;  // six registers, `entry` as the return address, and 0 as that of `entry`
  constexpr std::size_t entry_at = 6;
#else
  constexpr std::size_t words = 20;
  constexpr std::size_t entry_at = 11;  // x30
#endif
  // The ABIs want a stack pointer divisible by 16, on x86-64 before the call that pushed the return address.
  std::byte* start = stack + bytes - words * sizeof(void*);
  std::memset(start, 0, words * sizeof(void*));
  std::memcpy(start + entry_at * sizeof(void*), &entry, sizeof entry);
  return start;
}

void switch_context(Context& from, Context to) { fakecuda_switch(&from, to); }

}  // namespace fakecuda

#else

#include <ucontext.h>

namespace fakecuda {

Context make_context(std::byte* stack, std::size_t bytes, void (*entry)()) {
  // Its saved state takes the upper end of the stack.
  const std::size_t kept = (sizeof(ucontext_t) + 63) / 64 * 64;
  auto* context = new (stack + bytes - kept) ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = stack;
  context->uc_stack.ss_size = bytes - kept;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
  return context;
}

void switch_context(Context& from, Context to) {
  ucontext_t here;  // on the stack of the caller, which waits here
  from = &here;
  swapcontext(&here, static_cast<ucontext_t*>(to));
}

}  // namespace fakecuda

#endif
