#include "tests/doubles/fakecuda/hang.hpp"

#include <algorithm>

#include "tests/doubles/fakecuda/findings.hpp"
#include "tests/doubles/fakecuda/hosts.hpp"
#include "tests/doubles/fakecuda/process_end.hpp"
#include "tests/doubles/fakecuda/scheduler.hpp"

namespace fakecuda {
namespace {

/// What the oldest operation of a stream waits for.
std::string head_of(const Stream& stream) {
  const Operation& head = *stream.queue.front();
  std::string text = "\n  " + stream.name + ": '" + head.name + "'";
  if (stream.busy) return text + " is running a host function";
  for (const Point& point : head.after)
    if (!point->done) return text + " waits for an event or another stream";
  return head.why_not ? text + " " + head.why_not() : text;
}

}  // namespace

HangWatch::HangWatch(const Settings& settings, Scheduler& scheduler)
    : settings_{settings},
      scheduler_{scheduler},
      progress_{scheduler.progress()},
      since_{std::chrono::steady_clock::now()} {}

bool HangWatch::proven() {
  return !settings_.processes && !scheduler_.some_waiter_can_go_on() && !scheduler_.some_host_function_can_run() &&
         every_other_thread_is_blocked();
}

bool HangWatch::patience_is_over() {
  const auto now = std::chrono::steady_clock::now();
  if (scheduler_.progress() != progress_) {
    progress_ = scheduler_.progress();
    since_ = now;
  }
  return std::chrono::duration<double>(now - since_).count() > settings_.patience;
}

void HangWatch::declare(Lock& lock, const std::string& why) {
  std::string text = why;
  for (const Waiter* waiter : scheduler_.waiters()) text += "\n  host: " + waiter->what();
  for (const Stream* stream : scheduler_.streams())
    if (!stream->queue.empty()) text += head_of(*stream);
  report("hang", text);
  if (settings_.on_hang != OnHang::exit) return;
  lock.give_up();
  end_process_with_findings();
}

void HangWatch::asked(Lock& lock) {
  const bool work_left = std::any_of(scheduler_.streams().begin(), scheduler_.streams().end(),
                                     [](const Stream* stream) { return !stream->queue.empty(); });
  if (patience_is_over() && work_left)
    declare(lock, "work is asked about, but nothing has moved for " +
                      std::to_string(static_cast<int>(settings_.patience)) + " s");
}

void HangWatch::pause(Lock& lock) {
  using std::chrono::milliseconds;
  constexpr milliseconds second_look{1};
  constexpr milliseconds next_look{20};
  const bool now_suspected = proven();
  if (now_suspected && (suspected_ || scheduler_.waiters().size() == 1) && scheduler_.progress() == progress_)
    declare(lock, "every thread waits and nothing that is queued can run");
  else if (patience_is_over())
    declare(lock, "nothing has moved for " + std::to_string(static_cast<int>(settings_.patience)) + " s");
  if (scheduler_.progress() != progress_) {
    progress_ = scheduler_.progress();
    since_ = std::chrono::steady_clock::now();
  }
  suspected_ = now_suspected;
  const Blocked blocked;
  scheduler_.sleep(lock, now_suspected ? second_look : next_look);
}

}  // namespace fakecuda
