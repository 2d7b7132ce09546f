#include "harness/measure/check.hpp"

#include <cmath>

namespace lockstep {

CheckResult judged(std::string name, std::uint64_t compared, double worst, double limit, std::string because) {
  if (compared == 0) return failed(std::move(name), 0, "nothing was compared");
  CheckResult result{.name = std::move(name), .compared = compared, .limit = limit, .because = std::move(because)};
  if (std::isfinite(worst)) result.worst = worst;
  result.verdict = worst <= limit ? Verdict::pass : Verdict::fail;  // false for NaN
  return result;
}

CheckResult failed(std::string name, std::uint64_t compared, std::string found) {
  return {.name = std::move(name),
          .verdict = Verdict::fail,
          .compared = compared,
          .worst = {},
          .limit = {},
          .because = std::move(found)};
}

}  // namespace lockstep
