// A planted fault: this header compiles only where <string> happens to be included before it.
#pragma once

namespace lockstep {

std::string needs_string();

}  // namespace lockstep
