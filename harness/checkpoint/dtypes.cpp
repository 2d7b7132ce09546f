#include "harness/checkpoint/dtypes.hpp"

#include <algorithm>
#include <array>

namespace lockstep {

std::size_t bits_of_dtype(std::string_view dtype) {
  struct Row {
    std::string_view name;
    std::size_t bits;
  };
  static constexpr std::array<Row, 22> table{{
      {"F64", 64},        {"F32", 32},    {"F16", 16},    {"BF16", 16},   {"I64", 64},    {"I32", 32},
      {"I16", 16},        {"I8", 8},      {"U64", 64},    {"U32", 32},    {"U16", 16},    {"U8", 8},
      {"BOOL", 8},        {"C64", 64},    {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
      {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
  }};
  const auto* const row = std::ranges::find(table, dtype, &Row::name);
  return row == table.end() ? 0 : row->bits;
}

}  // namespace lockstep
