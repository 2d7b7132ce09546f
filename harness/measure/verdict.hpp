// What a case or a check came to.
#pragma once

#include <array>
#include <string_view>

namespace lockstep {

enum class Verdict { pass, fail, same, regressed, improved, inconclusive, invalid, missing, skipped, error };

inline constexpr std::array<std::string_view, 10> verdict_names{
    "PASS", "FAIL", "SAME", "REGRESSED", "IMPROVED", "INCONCLUSIVE", "INVALID", "MISSING", "SKIPPED", "ERROR"};

constexpr std::string_view name_of(Verdict verdict) { return verdict_names[static_cast<std::size_t>(verdict)]; }

}  // namespace lockstep
