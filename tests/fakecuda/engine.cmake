# The proof of the engine that executes kernels.
add_library(fakecuda_engine_bodies OBJECT engine_bodies.cpp)
target_link_libraries(fakecuda_engine_bodies PRIVATE lockstep_fakecuda_bodies lockstep_build)

foreach(test engine planted_kernels)
  lockstep_test(fakecuda_${test}_test SOURCES ${test}_test.cpp DEPENDS lockstep_fakecuda LABELS fakecuda)
  target_sources(fakecuda_${test}_test PRIVATE $<TARGET_OBJECTS:fakecuda_engine_bodies>)
endforeach()
