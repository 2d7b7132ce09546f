// What the compiler calls in code that was compiled with -fsanitize=thread. ThreadSanitizer's own library is not
// linked: these functions tell the detectors of the fake about every memory access of kernels and of instrumented host
// code.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/doubles/fakecuda/kernel_access.hpp"

using fakecuda::Access;
using fakecuda::touched;

// NOLINTBEGIN(bugprone-reserved-identifier): the compiler's names
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void** pointer) { touched(pointer, sizeof *pointer, Access::read); }
void __tsan_vptr_update(void** pointer, void*) { touched(pointer, sizeof *pointer, Access::write); }
void __tsan_read_range(void* address, std::size_t bytes) { touched(address, bytes, Access::read); }
void __tsan_write_range(void* address, std::size_t bytes) { touched(address, bytes, Access::write); }

#define FAKECUDA_ACCESSES(n)                                                                   \
  void __tsan_read##n(void* address) { touched(address, n, Access::read); }                    \
  void __tsan_write##n(void* address) { touched(address, n, Access::write); }                  \
  void __tsan_unaligned_read##n(void* address) { touched(address, n, Access::read); }          \
  void __tsan_unaligned_write##n(void* address) { touched(address, n, Access::write); }        \
  void __tsan_volatile_read##n(void* address) { touched(address, n, Access::read); }           \
  void __tsan_volatile_write##n(void* address) { touched(address, n, Access::write); }         \
  void __tsan_unaligned_volatile_read##n(void* address) { touched(address, n, Access::read); } \
  void __tsan_unaligned_volatile_write##n(void* address) { touched(address, n, Access::write); }
FAKECUDA_ACCESSES(1)
FAKECUDA_ACCESSES(2)
FAKECUDA_ACCESSES(4)
FAKECUDA_ACCESSES(8)
FAKECUDA_ACCESSES(16)

// Atomic operations are done with the strongest order, whatever was asked for.
#define FAKECUDA_ATOMICS(bits, type)                                                                                \
  type __tsan_atomic##bits##_load(const volatile type* address, int) {                                              \
    touched(const_cast<const type*>(address), sizeof(type), Access::atomic);                                        \
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                                              \
  }                                                                                                                 \
  void __tsan_atomic##bits##_store(volatile type* address, type value, int) {                                       \
    touched(const_cast<const type*>(address), sizeof(type), Access::atomic);                                        \
    __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                                             \
  }                                                                                                                 \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile type* address, type* expected, type value, int, int) { \
    touched(const_cast<const type*>(address), sizeof(type), Access::atomic);                                        \
    return __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);        \
  }                                                                                                                 \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile type* address, type* expected, type value, int, int) {   \
    touched(const_cast<const type*>(address), sizeof(type), Access::atomic);                                        \
    return __atomic_compare_exchange_n(address, expected, value, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);         \
  }
#define FAKECUDA_ATOMIC_CHANGE(bits, type, name, builtin)                      \
  type __tsan_atomic##bits##_##name(volatile type* address, type value, int) { \
    touched(const_cast<const type*>(address), sizeof(type), Access::atomic);   \
    return builtin(address, value, __ATOMIC_SEQ_CST);                          \
  }
#define FAKECUDA_ATOMIC_CHANGES(bits, type)                         \
  FAKECUDA_ATOMIC_CHANGE(bits, type, exchange, __atomic_exchange_n) \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_add, __atomic_fetch_add) \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_sub, __atomic_fetch_sub) \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_and, __atomic_fetch_and) \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_or, __atomic_fetch_or)   \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_xor, __atomic_fetch_xor) \
  FAKECUDA_ATOMIC_CHANGE(bits, type, fetch_nand, __atomic_fetch_nand)
#define FAKECUDA_ATOMIC_SIZE(bits, type) FAKECUDA_ATOMICS(bits, type) FAKECUDA_ATOMIC_CHANGES(bits, type)
FAKECUDA_ATOMIC_SIZE(8, std::uint8_t)
FAKECUDA_ATOMIC_SIZE(16, std::uint16_t)
FAKECUDA_ATOMIC_SIZE(32, std::uint32_t)
FAKECUDA_ATOMIC_SIZE(64, std::uint64_t)
void __tsan_atomic_thread_fence(int) { std::atomic_thread_fence(std::memory_order_seq_cst); }
void __tsan_atomic_signal_fence(int) { std::atomic_signal_fence(std::memory_order_seq_cst); }

// Calls of these functions are not instrumented. A program that is linked with --wrap sends its own here.
void* __wrap_memcpy(void* to, const void* from, std::size_t bytes) {
  touched(from, bytes, Access::read);
  touched(to, bytes, Access::write);
  return std::memcpy(to, from, bytes);
}
void* __wrap_memmove(void* to, const void* from, std::size_t bytes) {
  touched(from, bytes, Access::read);
  touched(to, bytes, Access::write);
  return std::memmove(to, from, bytes);
}
void* __wrap_memset(void* to, int value, std::size_t bytes) {
  touched(to, bytes, Access::write);
  return std::memset(to, value, bytes);
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
