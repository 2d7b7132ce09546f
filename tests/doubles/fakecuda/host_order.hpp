// What host threads know of each other, with FAKECUDA_HOST_ORDER=tracked.
//
// By default all host threads are one actor: what one of them has waited for, the others count as knowing. That never
// accuses a correct program, but may miss that a rank's thread does not wait when another's does. Tracked, each thread
// is an actor of its own, and one learns from another by what the fake sees: pthread_create and pthread_join, mutexes,
// condition variables, and what instrumented code reports with `host_releases` and `host_acquires`, such as atomics.
#pragma once

#include "tests/doubles/fakecuda/clock.hpp"

namespace fakecuda {

class Runtime;

/// The actor of the calling thread. Needs the lock.
Actor& host_actor(Runtime& runtime);

/// The calling thread's work so far is known to whoever acquires the object later. Cheap when nothing is tracked.
void host_releases(const void* object);
void host_acquires(const void* object);

}  // namespace fakecuda
