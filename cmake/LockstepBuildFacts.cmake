# What a program says about its own build (harness/run/environment/build_facts.hpp).

# lockstep_flags(variable): the flags of our own targets that change what is computed or how fast. Folders of the machine
# that builds are none of a result's business.
function(lockstep_flags variable)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
  get_target_property(options lockstep_build INTERFACE_COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "^-W")
  list(JOIN options " " options)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${options}")
  string(REPLACE "${PROJECT_SOURCE_DIR}" "." flags "${flags}")
  if(NOT "$ENV{HOME}" MATCHES "^/?$")
    string(REPLACE "$ENV{HOME}" "~" flags "${flags}")
  endif()
  string(STRIP "${flags}" flags)
  set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

# lockstep_build_facts(target): compiles the facts into a target.
function(lockstep_build_facts target)
  lockstep_flags(LOCKSTEP_FLAGS)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/build_facts.cpp)
  configure_file(environment/build_facts.cpp.in ${file}.in @ONLY)
  file(GENERATE OUTPUT ${file} INPUT ${file}.in)  # the options hold generator expressions
  target_sources(${target} PRIVATE ${file})
endfunction()

# lockstep_commit(target): compiles the git commit into a program. Asked for by every build; the file changes, and the
# program is linked again, only when the answer does.
function(lockstep_commit target)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${target}_commit.cpp)
  add_custom_target(${target}_commit
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D OUTPUT=${file} -P ${PROJECT_SOURCE_DIR}/cmake/WriteCommit.cmake
    BYPRODUCTS ${file}
    COMMENT "" VERBATIM)
  set_source_files_properties(${file} PROPERTIES GENERATED TRUE)
  add_dependencies(${target} ${target}_commit)
  target_sources(${target} PRIVATE ${file})
endfunction()
