#include "harness/run/families/memory_trials.hpp"

#include <algorithm>

#include "harness/measure/short_training.hpp"
#include "harness/run/in_child.hpp"
#include "harness/run/out_of_memory.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

// A trial as the child's line.

Json to_json(const Usage& usage) { return {usage.current, usage.peak}; }

Usage usage_of(const Json& json) { return {.current = json.at(0), .peak = json.at(1)}; }

Json to_json(const MemoryAccount& account) {
  Json json{{"total", to_json(account.total)}, {"by_use", Json::array()}};
  for (const Usage& usage : account.by_use) json["by_use"].push_back(to_json(usage));
  return json;
}

MemoryAccount account_of(const Json& json) {
  MemoryAccount account{.total = usage_of(json.at("total")), .by_use = {}};
  for (std::size_t use = 0; use < account.by_use.size(); ++use)
    account.by_use[use] = usage_of(json.at("by_use").at(use));
  return account;
}

Json to_json(const BatchTrial& trial) {
  Json json{{"accounts", Json::array()}};
  for (const MemoryAccount& account : trial.accounts) json["accounts"].push_back(to_json(account));
  if (trial.outside_accounts) json["outside_accounts"] = *trial.outside_accounts;
  if (const auto& shortage = trial.shortage)
    json["shortage"] = {{"device", shortage->device},       {"use", shortage->use},
                        {"requested", shortage->requested}, {"free", shortage->free},
                        {"message", shortage->message},     {"advised_batch", shortage->advised_batch}};
  return json;
}

void read_into(BatchTrial& trial, const Json& json) {
  for (const Json& account : json.at("accounts")) trial.accounts.push_back(account_of(account));
  if (json.contains("outside_accounts")) trial.outside_accounts = json.at("outside_accounts").get<std::size_t>();
  if (!json.contains("shortage")) return;
  const Json& shortage = json.at("shortage");
  trial.shortage = Shortage{.device = shortage.at("device"),
                            .use = shortage.at("use"),
                            .requested = shortage.at("requested"),
                            .free = shortage.at("free"),
                            .message = shortage.at("message"),
                            .advised_batch = shortage.at("advised_batch")};
}

/// The wanted batch, which must not be larger than the data.
std::size_t wanted_batch(const Scenario& scenario, std::size_t samples) {
  const std::size_t batch = scenario.global_batch();
  if (batch > samples)
    throw InputError{
        fmt::format("{}: train.batch: {} samples per step, but the data has {}", scenario.name, batch, samples)};
  return batch;
}

}  // namespace

BatchTrials::BatchTrials(const Scenario& scenario)
    : scenario_{scenario},
      dataset_{make_dataset(scenario)},
      training_{make_training(scenario)},
      question_{memory_question(scenario, training_, dataset_.size())},
      advice_{advise(question_, wanted_batch(scenario, dataset_.size()), dataset_.size())} {}

BatchTrial BatchTrials::run(std::size_t batch, std::size_t micro_batches) {
  BatchTrial trial{.batch = batch, .micro_batches = micro_batches, .accounts = {}, .shortage = {}};
  const std::string name = fmt::format("the trial with a batch of {} in {} micro-batches", batch, micro_batches);
  read_into(trial,
            in_child(name, scenario_.run.deadline, [&] { return to_json(in_this_process(batch, micro_batches)); }));
  trials_.push_back(trial);
  return trial;
}

BatchTrial BatchTrials::run(std::size_t batch) {
  const std::size_t micro_batches = scenario_.train.micro_batches;
  const auto same = [&](const BatchTrial& trial) {
    return trial.batch == batch && trial.micro_batches == micro_batches;
  };
  const auto known = std::ranges::find_if(trials_, same);
  return known != trials_.end() ? *known : run(batch, micro_batches);
}

MemoryComparison BatchTrials::compare(const BatchTrial& trial) const {
  MemoryQuestion question = question_;
  question.options.micro_batches = trial.micro_batches;
  return {predict_memory(question.with_batch(trial.batch)), trial.accounts};
}

BatchTrial BatchTrials::in_this_process(std::size_t batch, std::size_t micro_batches) const {
  BatchTrial trial{.batch = batch, .micro_batches = micro_batches, .accounts = {}, .shortage = {}};
  StrategyOptions options = question_.options;
  options.micro_batches = micro_batches;
  World world = make_world(scenario_, scenario_.run.devices);
  try {
    ShortTrainingRecord trained = train_shortly(
        world, training_, dataset_, {.strategy = question_.strategy, .options = options, .batches = steps_of(batch)});
    trial.accounts = std::move(trained.accounts);
    trial.outside_accounts = trained.outside_accounts;
  } catch (const RankOutOfMemory& error) {
    trial.shortage = Shortage{.device = error.cause().device(),
                              .use = std::string{name_of(error.cause().use())},
                              .requested = error.cause().requested(),
                              .free = error.cause().free(),
                              .message = explained(error, advice_),
                              .advised_batch = advice_.largest_batch};
  }
  return trial;
}

std::vector<std::size_t> BatchTrials::steps_of(std::size_t batch) const {
  std::vector<std::size_t> steps(scenario_.train.steps, batch);
  for (const std::size_t rows : question_.batches(batch))
    if (rows != batch) steps.push_back(rows);
  steps.push_back(batch);
  return steps;
}

Recovery BatchTrials::recover_from(std::size_t too_large, std::size_t batch) const {
  const auto train = [&](World& world, std::vector<std::size_t> batches) {
    return train_shortly(world, training_, dataset_,
                         {.strategy = question_.strategy, .options = question_.options, .batches = std::move(batches)})
        .losses;
  };
  Recovery recovery;
  World world = make_world(scenario_, scenario_.run.devices);
  try {
    train(world, {batch, batch, too_large});
  } catch (const RankOutOfMemory&) {
    recovery.ran_out = true;
    recover(world);
  }
  recovery.after_failure = accounts_of(world);
  recovery.losses = train(world, steps_of(batch));
  recovery.at_end = accounts_of(world);
  World fresh = make_world(scenario_, scenario_.run.devices);
  recovery.fresh_losses = train(fresh, steps_of(batch));
  return recovery;
}

}  // namespace lockstep
