// What can be exported: a result, or the comparison of two.
#pragma once

#include <filesystem>
#include <variant>

#include "harness/compare/comparison.hpp"
#include "harness/compare/recorded_result.hpp"

namespace lockstep {

/// A view; the result or comparison must outlive it.
using Exportable = std::variant<const RecordedResult*, const Comparison*>;

/// The result, or null for a comparison.
inline const RecordedResult* result_in(const Exportable& what) {
  const auto* result = std::get_if<const RecordedResult*>(&what);
  return result != nullptr ? *result : nullptr;
}

/// The comparison, or null for a result.
inline const Comparison* comparison_in(const Exportable& what) {
  const auto* comparison = std::get_if<const Comparison*>(&what);
  return comparison != nullptr ? *comparison : nullptr;
}

}  // namespace lockstep
