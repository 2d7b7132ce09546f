// Which threads of the process wait for other threads.
#pragma once

namespace fakecuda {

/// For its lifetime the calling thread can only go on when another thread does something.
class Blocked {
 public:
  Blocked();
  ~Blocked();
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
};

/// Whether every other thread of the process sleeps inside a Blocked: in the fake, in pthread_join or in
/// pthread_cond_wait without a time limit. The caller counts as one who waits. Other ways to wait are not known, so
/// false may mean either.
bool every_other_thread_is_blocked();

/// In a forked child: its only thread is not blocked.
void forget_other_threads();

}  // namespace fakecuda
