#include "harness/run/case_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <system_error>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"

namespace lockstep {
namespace {

std::string file_name_of(const std::string& case_name) {
  constexpr std::size_t longest = 200;  // most file systems take 255 bytes
  std::string name = case_name;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.'; }, '_');
  if (name.size() <= longest) return name;
  return fmt::format("{}-{}", name.substr(0, longest), format_hash(hash_text(case_name)));
}

}  // namespace

std::filesystem::path make_case_folder(const std::filesystem::path& directory, std::string_view kind, const Case& one) {
  const std::filesystem::path folder = directory / kind / file_name_of(one.name);
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  std::filesystem::create_directories(folder, error);
  if (error) throw IoError{fmt::format("{}: cannot create: {}", folder.string(), error.message())};
  return folder;
}

}  // namespace lockstep
