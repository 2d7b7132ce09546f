#include "tests/doubles/fakecuda/runtime.hpp"

#include <atomic>

#include "tests/doubles/fakecuda/nccl_world.hpp"

namespace fakecuda {
namespace {

std::atomic<bool> made{false};
std::atomic<int> threads{0};

}  // namespace

Runtime& Runtime::instance() {
  static auto* const runtime = new Runtime;  // outlives everything that may still call it while the process ends
  return *runtime;
}

bool Runtime::exists() { return made; }

Runtime::Runtime() {
  nccl = std::make_shared<Nccl>();
  host.name = "host";
  introduce(host);
  devices.resize(static_cast<std::size_t>(settings.devices));
  for (int index = 0; index < settings.devices; ++index) {
    device(index).index = index;
    device(index).default_stream = &scheduler.make_stream(index, true, true, 0);
  }
  made = true;
}

void Runtime::introduce(Actor& actor) {
  actor.id = actors_++;
  actor.clock.tick(actor.id);
}

HostThread& this_thread() {
  thread_local HostThread state{.number = ++threads};
  return state;
}

}  // namespace fakecuda
