// Writes the files that the fuzzer starts from into the folder it is given.
#include <filesystem>

#include "harness/base/files.hpp"
#include "tests/checkpoint/safetensors_files.hpp"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  for (const auto& file : lockstep::testing::hostile_files())
    lockstep::write_file_atomically(folder / file.name, file.content);
  for (const auto& file : lockstep::testing::good_files())
    lockstep::write_file_atomically(folder / file.name, file.content);
}
