// What the reader says to a file of given bytes.
#pragma once

#include <string>

#include "harness/base/error.hpp"
#include "harness/checkpoint/safetensors.hpp"
#include "tests/doubles/memory_files.hpp"

namespace lockstep::testing {

/// The message of the InputError; "" when the file is read. It is called /t.
inline std::string refusal_of(const std::string& content) {
  MemoryFiles files{{.names = {{"/t", 1}}, .contents = {{1, content}}}};
  try {
    read_safetensors(files, "/t");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace lockstep::testing
