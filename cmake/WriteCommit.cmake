# cmake -D SOURCE=folder -D OUTPUT=file -P WriteCommit.cmake
# Writes the C++ file that says which git commit SOURCE is at; leaves it alone when it says so already.

# git_in(variable arguments…): what git answers in SOURCE; empty when it fails or is not there.
function(git_in variable)
  set(answer "")
  execute_process(COMMAND git --no-optional-locks -C ${SOURCE} ${ARGN}
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    set(answer "")
  endif()
  set(${variable} "${answer}" PARENT_SCOPE)
endfunction()

set(commit "unknown")
git_in(top rev-parse --show-toplevel)
file(REAL_PATH "${SOURCE}" source)
if(top STREQUAL source)  # sources that were unpacked below another repository are at none of its commits
  git_in(head rev-parse --verify HEAD)
  if(head MATCHES "^[0-9a-f]+$")
    set(commit "${head}")
    git_in(changes status --porcelain --untracked-files=no)
    if(changes)
      string(APPEND commit "-dirty")
    endif()
  endif()
endif()

file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [=[
#include "harness/run/environment/build_facts.hpp"

const char* lockstep::build_commit() { return "@commit@"; }
]=] @ONLY)
