// The two clocks: one for durations, one for dates.
#pragma once

#include <string>

namespace lockstep {

/// Seconds of the steady clock, which never steps back: only differences mean something.
double steady_seconds();

/// The date and time now, in UTC, as strftime formats it.
std::string utc_now(const char* format);

}  // namespace lockstep
