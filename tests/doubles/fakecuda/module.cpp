#include "tests/doubles/fakecuda/module.hpp"

#include <link.h>

#include <algorithm>

namespace fakecuda {
namespace {

struct Search {
  const void* address;
  Module found;
};

Module extent(const dl_phdr_info& object) {
  Module module{UINTPTR_MAX, 0, UINTPTR_MAX, 0};
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = object.dlpi_addr + part.p_vaddr;
    const std::uintptr_t end = begin + part.p_memsz;
    module.begin = std::min(module.begin, begin);
    module.end = std::max(module.end, end);
    if ((part.p_flags & PF_W) == 0) continue;
    module.variables_begin = std::min(module.variables_begin, begin);
    module.variables_end = std::max(module.variables_end, end);
  }
  return module;
}

int look_at(dl_phdr_info* object, std::size_t, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  const Module module = extent(*object);
  if (!module.holds(search.address)) return 0;
  search.found = module;
  return 1;
}

}  // namespace

Module module_of(const void* address) {
  Search search{address, {}};
  dl_iterate_phdr(look_at, &search);
  return search.found;
}

}  // namespace fakecuda
