#include "harness/run/case_folder.hpp"

#include <algorithm>
#include <cctype>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

std::string file_name_of(std::string name) {
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.'; }, '_');
  return name;
}

}  // namespace

std::filesystem::path make_case_folder(const std::filesystem::path& directory, std::string_view kind, const Case& one) {
  const std::filesystem::path folder = directory / kind / file_name_of(one.name);
  std::error_code error;
  std::filesystem::remove_all(folder, error);  // an earlier run may have written more
  std::filesystem::create_directories(folder, error);
  if (error) throw IoError{fmt::format("{}: cannot create: {}", folder.string(), error.message())};
  return folder;
}

}  // namespace lockstep
