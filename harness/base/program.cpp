#include "harness/base/program.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/base/error.hpp"

namespace lockstep {

int run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t id = 0;
  if (const int error = ::posix_spawn(&id, program.c_str(), nullptr, nullptr, pointers.data(), environ); error != 0)
    throw IoError{fmt::format("{}: cannot be run: {}", program.string(), std::strerror(error))};
  int status = 0;
  while (::waitpid(id, &status, 0) < 0)
    if (errno != EINTR)
      throw IoError{fmt::format("{}: cannot wait for it: {}", program.string(), std::strerror(errno))};
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::filesystem::path this_program() {
  std::error_code error;
  std::filesystem::path path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw IoError{fmt::format("cannot find the file of this program: {}", error.message())};
  return path;
}

}  // namespace lockstep
