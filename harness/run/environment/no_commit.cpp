// Linked where a program brings no definition of its own; for that it must stay alone in its file.
#include "harness/run/environment/build_facts.hpp"

namespace lockstep {

const char* build_commit() { return "unknown"; }

}  // namespace lockstep
