// Facts of a machine in words, for people and for MLPerf's descriptions, which are texts.
#pragma once

#include <string>
#include <vector>

#include "harness/run/result_json.hpp"

namespace lockstep {

/// "L1d 32 KiB per core, L2 1 MiB per core, L3 32 MiB per 8 cores", of those that are known; empty when none is.
std::string caches_text(const Json& hardware);

/// "3.69 GHz"; empty for null.
std::string clock_text(const Json& hz);

/// "80 GiB"; empty for null.
std::string bytes_text(const Json& bytes);

/// The texts that are not empty, with ", " between them.
std::string listed(const std::vector<std::string>& texts);

}  // namespace lockstep
