// The range of addresses that all memory of the fake comes from.
#pragma once

#include <cstddef>

namespace fakecuda {

struct Arena {
  std::byte* begin;
  std::byte* end;
};

/// Reserved on first use; pages cost nothing until they are touched.
const Arena& arena();

}  // namespace fakecuda
