#include "harness/run/selftest.hpp"

#include <algorithm>

#include "harness/run/scenario/document.hpp"
#include "harness/run/scenario/expand.hpp"

namespace lockstep {

std::vector<Case> selftest_cases() {
  std::vector<Case> cases;
  for (const SelftestFile& file : selftest_files())
    std::ranges::move(expand(parse_scenario(file.text, file.name)), std::back_inserter(cases));
  return cases;
}

}  // namespace lockstep
