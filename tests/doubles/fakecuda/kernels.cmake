# The part of the fake that executes kernels: the engine, what instrumented code calls, and the production kernels'
# bodies compiled for the host.
target_sources(lockstep_fakecuda PRIVATE
  block.cpp bodies.cpp context.cpp cublas_gemm.cpp cublas_handle.cpp cublas_product.cpp cublas_status.cpp engine.cpp fibers.cpp module.cpp shared_memory.cpp tsan_abi.cpp)

# Link a target of host code against it, and the detectors see each of its memory accesses. Never link ThreadSanitizer's
# library: -fsanitize=thread is for compiling only.
add_library(lockstep_fakecuda_instrumented INTERFACE)
target_compile_options(lockstep_fakecuda_instrumented INTERFACE
  -fsanitize=thread --param=tsan-instrument-func-entry-exit=0
  # Expanded in place they would not be seen.
  -fno-builtin-memcpy -fno-builtin-memmove -fno-builtin-memset)
target_link_options(lockstep_fakecuda_instrumented INTERFACE -Wl,--wrap=memcpy,--wrap=memmove,--wrap=memset)
target_link_libraries(lockstep_fakecuda_instrumented INTERFACE lockstep_fakecuda)

# Link a target of kernel bodies (and nothing else) against it.
add_library(lockstep_fakecuda_bodies INTERFACE)
target_compile_options(lockstep_fakecuda_bodies INTERFACE
  -fsanitize=thread --param=tsan-instrument-func-entry-exit=0
  -include ${PROJECT_SOURCE_DIR}/tests/doubles/fakecuda/emulation.hpp)
target_include_directories(lockstep_fakecuda_bodies BEFORE INTERFACE
  ${PROJECT_SOURCE_DIR}/tests/doubles/fakecuda/emulation ${PROJECT_SOURCE_DIR})
target_link_libraries(lockstep_fakecuda_bodies INTERFACE lockstep_cuda_headers)

add_library(lockstep_emulated_kernels OBJECT emulated_kernels.cpp)
target_link_libraries(lockstep_emulated_kernels PRIVATE lockstep_fakecuda_bodies lockstep_build)
set_target_properties(lockstep_emulated_kernels PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_sources(lockstep_fakecuda PRIVATE $<TARGET_OBJECTS:lockstep_emulated_kernels>)
