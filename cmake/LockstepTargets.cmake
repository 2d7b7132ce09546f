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

# The packages' headers that most files include, parsed once: more than half of the time a build took. Every file still
# includes what it uses: presets that build the program only (bundle, fuzz) do without.
function(lockstep_precompiled name)
  cmake_parse_arguments(PRECOMPILED "" "" "HEADERS;DEPENDS" ${ARGN})
  file(GENERATE OUTPUT ${name}.cpp CONTENT "// Holds the precompiled headers.\n")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE lockstep_build ${PRECOMPILED_DEPENDS})
  target_precompile_headers(${name} PRIVATE ${PRECOMPILED_HEADERS})
endfunction()
lockstep_precompiled(lockstep_precompiled DEPENDS ${LOCKSTEP_FMT} nlohmann_json::nlohmann_json
  HEADERS <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp>)

# lockstep_floor(NAME floor SOURCES … DEPENDS …): one library per floor; DEPENDS are the floors and packages below it.
function(lockstep_floor name)
  cmake_parse_arguments(FLOOR "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(lockstep_${name} STATIC ${FLOOR_SOURCES})
  target_link_libraries(lockstep_${name} PRIVATE lockstep_build PUBLIC ${FLOOR_DEPENDS})
  target_include_directories(lockstep_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(lockstep_${name} PUBLIC cxx_std_20)
  target_precompile_headers(lockstep_${name} REUSE_FROM lockstep_precompiled)
endfunction()

# What is tested is optimised, not the tests: a quarter of their compile time. GCC 12 sees copies beyond the ends of
# strings where there are none (gcc.gnu.org/bugzilla 105651).
set(LOCKSTEP_TEST_OPTIONS $<$<CONFIG:Release>:-O1> $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>)
if(LOCKSTEP_TESTS)
  lockstep_precompiled(lockstep_precompiled_tests DEPENDS ${LOCKSTEP_FMT} nlohmann_json::nlohmann_json GTest::gmock GTest::gtest
    HEADERS <gmock/gmock.h> <gtest/gtest.h> <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp>)
  target_compile_options(lockstep_precompiled_tests PRIVATE ${LOCKSTEP_TEST_OPTIONS})
endif()

# lockstep_test(NAME name SOURCES … DEPENDS … LABELS … ENVIRONMENT …): one GoogleTest program, its tests found at build
# time and run with one VARIABLE=value (a list does not survive the discovery), or, with WHOLE, one test of ctest where
# starting a process costs more than most of its tests.
function(lockstep_test name)
  cmake_parse_arguments(TEST "WHOLE" "TIMEOUT" "SOURCES;DEPENDS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE lockstep_build ${TEST_DEPENDS} ${LOCKSTEP_FMT} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${LOCKSTEP_TEST_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM lockstep_precompiled_tests)
  set(properties TIMEOUT ${TEST_TIMEOUT})
  foreach(property LABELS ENVIRONMENT)
    if(TEST_${property})
      list(APPEND properties ${property} ${TEST_${property}})
    endif()
  endforeach()
  if(TEST_WHOLE)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name} PROPERTIES ${properties})
  else()
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
  endif()
endfunction()
