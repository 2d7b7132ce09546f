// Flows of control that are switched by hand: a few instructions where this file knows the processor, ucontext
// elsewhere.
#pragma once

#include <cstddef>

namespace fakecuda {

/// A suspended flow of control. What it needs to go on lies on its own stack.
using Context = void*;

/// A context that runs `entry`, which must never return, on a stack that the caller keeps.
Context make_context(std::byte* stack, std::size_t bytes, void (*entry)());

/// Suspends the caller into `from` and goes on with `to`; returns when somebody goes on with `from`.
void switch_context(Context& from, Context to);

}  // namespace fakecuda
