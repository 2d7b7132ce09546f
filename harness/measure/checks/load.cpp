#include <fmt/ranges.h>

#include "harness/measure/checks/resume.hpp"

namespace lockstep {

CheckResult check_load(const LoadedState& loaded, const NewestCheckpoint& newest, const Position& saved_at,
                       ParameterPrefix prefix) {
  std::vector<std::string> wrong;
  for (const RejectedCheckpoint& rejected : newest.rejected) wrong.push_back(rejected.reason);
  const Position& found = loaded.facts.position;
  if (found != saved_at)
    wrong.push_back(fmt::format("it is at step {}, micro-batch {}, saved was step {}, micro-batch {}", found.step,
                                found.micro_batch, saved_at.step, saved_at.micro_batch));
  if (loaded.facts.prefix != prefix)
    wrong.push_back(fmt::format("its parameters begin with \"{}\", saved was \"{}\"", text_of(loaded.facts.prefix),
                                text_of(prefix)));
  const std::uint64_t tensors = newest.checkpoint ? newest.checkpoint->content.tensors.size() : 0;
  std::string because = "the newest checkpoint is the one that was saved, whole by its hashes and of this run";
  for (const std::string& note : loaded.facts.notes) because += ". " + note;
  if (!wrong.empty()) because = fmt::format("{}: {}", because, fmt::join(wrong, "; "));
  return judged("load", tensors, static_cast<double>(wrong.size()), 0, because);
}

}  // namespace lockstep
