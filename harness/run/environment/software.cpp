#include "harness/run/environment/software.hpp"

#include <hwloc.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>
#include <zlib.h>

#include <array>

#include "harness/run/environment/plain_value.hpp"
#include "harness/run/environment/system_files.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

std::string kernel() {
  struct utsname system {};
  ::uname(&system);
  return plain_value(fmt::format("{} {}", system.sysname, system.release));
}

/// "glibc 2.36"; null for a C library that does not say.
Json c_library() {
  std::array<char, 64> text{};
  const std::size_t length = ::confstr(_CS_GNU_LIBC_VERSION, text.data(), text.size());
  return length > 1 && length <= text.size() ? Json(plain_value(text.data())) : Json(nullptr);
}

/// A version that is one number, with two digits for each part but the first: 10203 is 1.2.3.
std::string dotted(unsigned version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

}  // namespace

Json openblas_version(std::string_view description) {
  static constexpr std::string_view name = "OpenBLAS ";
  if (!description.starts_with(name)) return nullptr;
  description.remove_prefix(name.size());
  return plain_value(std::string{description.substr(0, description.find(' '))});
}

Json describe_software(const std::filesystem::path& root) {
  return {{"os", value_in(root / "etc/os-release", "PRETTY_NAME", '=').value_or("unknown")},
          {"kernel", kernel()},
          {"libc", c_library()},
          {"openblas", openblas_version(kernels::blas_description())},
          {"hwloc", HWLOC_VERSION},
          {"zlib", zlibVersion()},
          {"xxhash", dotted(XXH_VERSION_NUMBER)},
          {"fmt", dotted(FMT_VERSION)}};
}

}  // namespace lockstep
