#include "harness/run/new_process.hpp"

#include <cstring>

#include "harness/run/child.hpp"
#include "harness/run/failure.hpp"

namespace lockstep {

void run_in_new_process(const std::function<void()>& work, Seconds deadline) {
  std::optional<Failure> failure;
  bool is_done = false;
  const ChildEnd end = run_in_child({.work =
                                         [&](const std::function<void(std::string_view)>& send) {
                                           const std::optional<Failure> thrown = failure_of(work);
                                           send((thrown ? failure_json(*thrown) : Json{{"done", true}})
                                                    .dump(-1, ' ', false, Json::error_handler_t::replace));
                                         },
                                     .receive =
                                         [&](std::string_view line) {
                                           const Json message = Json::parse(line, nullptr, false);
                                           if (!message.is_object()) return;
                                           failure = failure_in(message);
                                           is_done = message.contains("done");
                                         },
                                     .is_interrupted = [] { return false; },
                                     .deadline = deadline});
  if (failure) throw Error{failure->code, failure->message};
  if (end.how == ChildEnd::How::crashed)
    throw RunError{
        fmt::format("a process of this case was killed by signal {} ({})", end.signal, ::strsignal(end.signal))};
  if (!is_done) throw RunError{"a process of this case did not finish"};
}

}  // namespace lockstep
