// Ctrl-C and SIGTERM as a question that loops ask.
#pragma once

namespace lockstep {

/// From now on the first SIGINT or SIGTERM is remembered; the second one ends the process at once.
void listen_to_signals();

/// The signal that asked to stop; 0 until one comes.
int stop_signal();

}  // namespace lockstep
