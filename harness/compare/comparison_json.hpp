// A comparison as JSON: the file comparison.json, described by reports/comparison.schema.json.
#pragma once

#include <filesystem>

#include "harness/base/json.hpp"
#include "harness/compare/comparison.hpp"

namespace lockstep {

inline constexpr int comparison_schema_version = 1;

Json to_json(const Comparison& comparison);

/// Whether a file says that it is a comparison. False for a folder and for whatever cannot be read as JSON.
bool is_comparison(const std::filesystem::path& path);

/// Reads a comparison.json back. Throws IoError and InputError as read_result does.
Comparison read_comparison(const std::filesystem::path& path);

}  // namespace lockstep
