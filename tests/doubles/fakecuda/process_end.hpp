// How a process ends: what it left behind is looked for, and findings decide the exit code.
#pragma once

namespace fakecuda {

/// Hooks into the end of the process and into fork. Called once, when the library is loaded.
void watch_process();

/// Ends it with the code for findings, at once.
[[noreturn]] void end_process_with_findings();

}  // namespace fakecuda
