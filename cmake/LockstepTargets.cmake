# What every target of ours is compiled with. Warnings are errors for our targets only.
add_library(lockstep_build INTERFACE)
target_compile_features(lockstep_build INTERFACE cxx_std_20)
target_compile_options(lockstep_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # A product and a sum round separately everywhere, so that results do not depend on the compiler's choice of contraction.
  -ffp-contract=off
  $<$<BOOL:${LOCKSTEP_ARCH}>:-march=${LOCKSTEP_ARCH}>)
target_include_directories(lockstep_build INTERFACE ${PROJECT_SOURCE_DIR})
if(LOCKSTEP_SANITIZE)
  target_compile_options(lockstep_build INTERFACE -fsanitize=${LOCKSTEP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lockstep_build INTERFACE -fsanitize=${LOCKSTEP_SANITIZE})
endif()

# lockstep_floor(NAME floor SOURCES … DEPENDS …): one library per floor; DEPENDS are the floors and packages below it.
function(lockstep_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(lockstep_${name} STATIC ${FLOOR_SOURCES})
  target_link_libraries(lockstep_${name} PRIVATE lockstep_build PUBLIC ${FLOOR_DEPENDS})
  target_include_directories(lockstep_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(lockstep_${name} PUBLIC cxx_std_20)
endfunction()

# lockstep_test(NAME name SOURCES … DEPENDS … LABELS …): one GoogleTest program, its tests found at build time.
function(lockstep_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE lockstep_build ${TEST_DEPENDS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "${TEST_LABELS}")
endfunction()
