#include "harness/command/stop_signal.hpp"

#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace lockstep {
namespace {

/// The signal that asked to stop; 0 until one comes. A signal handler can reach nothing but such a variable.
volatile std::sig_atomic_t received = 0;

void remember_signal(int signal) {
  if (received != 0) ::_exit(128 + signal);  // the second one does not wait
  received = signal;
}

}  // namespace

void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = remember_signal;
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

int stop_signal() { return static_cast<int>(received); }

}  // namespace lockstep
