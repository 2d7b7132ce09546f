// A function whose call happens in a process of its own.
#pragma once

#include <functional>
#include <string>

#include "harness/base/units.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {

/// What `work` returns, which is run in a child process (run_in_child: the caller must have one thread). What `work`
/// throws as Error is thrown here with its code and message. A child that is killed or takes longer than `deadline` is
/// an error too, which calls the child `name`.
Json in_child(const std::string& name, Seconds deadline, const std::function<Json()>& work);

}  // namespace lockstep
