// What was found wrong with the program under test.
#pragma once

#include <string>

namespace fakecuda {

/// The exit code of a process with findings.
inline constexpr int findings_exit_code = 77;

/// One finding: printed to stderr at once as "fakecuda: finding: kind: text", and to FAKECUDA_FINDINGS when that is
/// set. The same kind and text are reported once; `detail` is shown with the first. May be called with or without the
/// runtime's lock.
void report(std::string kind, std::string text, const std::string& detail = {});

/// How many different ones this process has.
int findings();

/// Forgets them: in a forked child, which starts with none, or after a test that provoked one.
void clear_findings();

}  // namespace fakecuda

/// For a program that provokes findings and runs on real GPUs too, where it does not find this function: how many there
/// were, and forgets them.
extern "C" int lockstep_fakecuda_take_findings();
