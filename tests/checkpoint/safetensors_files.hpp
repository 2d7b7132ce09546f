// Files in the safetensors format, good and hostile: what a test reads and a fuzzer starts from.
#pragma once

#include <string>
#include <vector>

namespace lockstep::testing {

/// A file that must be refused. The entry is the number of the bad input in the catalogue of the tests (README.md).
struct HostileFile {
  int entry;
  std::string name;     // of the file in a corpus
  std::string content;  // all bytes
  std::string message;  // part of the error
};

/// At least one for every rule of safetensors_header.hpp and every known attack on other readers.
std::vector<HostileFile> hostile_files();

struct GoodFile {
  std::string name;
  std::string content;
};

/// Files that must be read: ours and of other writers, at the limits of what is allowed.
std::vector<GoodFile> good_files();

}  // namespace lockstep::testing
