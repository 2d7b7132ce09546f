// The thread that calls host functions, and lets queued work run when nobody waits in the fake.
#pragma once

namespace fakecuda {

/// Once per process; needs the lock.
void start_service();

}  // namespace fakecuda
