#include "harness/run/families/checkpoint_faults.hpp"

#include <array>

#include "harness/base/error.hpp"
#include "harness/faults/checkpoint_catalogue.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

constexpr std::size_t micro_batches = 4;

/// A scenario's training, saved and resumed in fresh folders.
class Resumptions {
 public:
  Resumptions(const Scenario& scenario, const std::filesystem::path& directory)
      : scenario_{scenario},
        directory_{directory},
        dataset_{make_dataset(scenario)},
        training_{make_training(scenario)},
        options_{make_options(scenario)} {
    options_.micro_batches = micro_batches;
  }

  std::vector<CheckResult> resume(const ResumeFault& fault, const ResumeCase& one, Agreement agreement) {
    const std::filesystem::path folder = directory_ / "checkpoints";
    const auto open_world = [&](const RunPlace& place) {
      return make_world(scenario_, static_cast<std::size_t>(place.devices));
    };
    SystemFiles files;
    auto checks = resume_with(
        fault, one, {training_, dataset_, scenario_.global_batch(), options_, open_world, files, folder}, agreement);
    std::filesystem::remove_all(folder);
    return checks;
  }

 private:
  const Scenario& scenario_;
  const std::filesystem::path& directory_;
  Dataset dataset_;
  Training training_;
  StrategyOptions options_;
};

RunPlace place_of(const Scenario& scenario) {
  return {std::string{strategy_name(scenario)}, static_cast<int>(scenario.run.devices)};
}

bool is_same(const RunPlace& a, const RunPlace& b) { return a.strategy == b.strategy && a.devices == b.devices; }

void require_honest(Resumptions& resumptions, const ResumeCase& one) {
  for (const CheckResult& check : resumptions.resume({}, one, Agreement::bits))
    if (check.verdict != Verdict::pass)
      throw RunError{fmt::format("without a fault {} is {}: {}", check.name, name_of(check.verdict), check.because)};
}

}  // namespace

std::vector<TriedFault> try_all_in_checkpoints(const Scenario& scenario, const std::filesystem::path& directory) {
  Resumptions resumptions{scenario, directory};
  const RunPlace here = place_of(scenario);
  for (const std::size_t micro_batch : {0U, 2U})
    require_honest(resumptions, {.saver = here, .loader = here, .micro_batch = micro_batch});
  std::vector<TriedFault> all;
  for (const CheckpointFault& fault : checkpoint_catalogue()) {
    TriedFault tried{.id = fault.id, .source = fault.source, .acts = fault.acts, .expected = fault.caught};
    if (fault.needs_second_rank && (here.strategy != "ddp" || here.devices == 1)) {
      tried.expected = {};
      tried.reason = "only one rank is restored";
      all.push_back(std::move(tried));
      continue;
    }
    const ResumeCase one{.saver = here, .loader = here, .micro_batch = fault.micro_batch};
    const auto fired = std::make_shared<FiredCount>();
    const auto checks = resumptions.resume(counted(fault.fault, fired), one, Agreement::bits);
    all.push_back(
        judged(std::move(tried), {.failed = failures(checks), .fired = fired->acted, .changed = fired->changed}));
  }
  return all;
}

CorrectRuns correct_resumptions(const Scenario& scenario, const std::filesystem::path& directory) {
  Resumptions resumptions{scenario, directory};
  const RunPlace here = place_of(scenario);
  const std::array<RunPlace, 4> loaders{here, RunPlace{"single", 1}, RunPlace{"dp", 3}, RunPlace{"ddp", 4}};
  CorrectRuns correct;
  for (; correct.runs < scenario.faults.correct_runs; ++correct.runs) {
    const std::size_t run = correct.runs;
    const RunPlace& loader = loaders[run % loaders.size()];
    const ResumeCase one{.saver = here,
                         .loader = loader,
                         .micro_batch = run / 4 % micro_batches,
                         .prefix = run % 2 == 0 ? ParameterPrefix::none : ParameterPrefix::module};
    for (const CheckResult& check :
         resumptions.resume({}, one, is_same(here, loader) ? Agreement::bits : Agreement::rounding))
      if (check.verdict != Verdict::pass)
        correct.alarms.push_back(fmt::format("{} on {} goes on after {} on {}, micro-batch {}: {}: {}", loader.strategy,
                                             loader.devices, here.strategy, here.devices, one.micro_batch, check.name,
                                             check.because));
  }
  return correct;
}

}  // namespace lockstep
