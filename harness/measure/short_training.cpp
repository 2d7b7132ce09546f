#include "harness/measure/short_training.hpp"

#include <algorithm>
#include <numeric>

#include "harness/data/batch_loader.hpp"

namespace lockstep {
namespace {

BatchPlan samples_in_a_row(const std::vector<std::size_t>& batches, std::size_t samples) {
  return [&batches, samples](std::size_t step) {
    const std::size_t first =
        std::accumulate(batches.begin(), batches.begin() + static_cast<std::ptrdiff_t>(step), std::size_t{0});
    std::vector<SampleId> ids;
    for (std::size_t row = 0; row < batches[step]; ++row) ids.push_back(static_cast<SampleId>((first + row) % samples));
    return ids;
  };
}

}  // namespace

ShortTrainingRecord train_shortly(World& world, const Training& training, const Dataset& dataset,
                                  const ShortTraining& plan) {
  struct OfRank {
    std::vector<double> losses;
    MemoryAccount account;
    std::optional<std::size_t> outside_account;
  };
  const auto ranks = results_of_every_rank<OfRank>(world, [&](Rank& rank) {
    OfRank result;
    BatchLoader source{*rank.device, dataset, samples_in_a_row(plan.batches, dataset.size()), training.dtype};
    const auto strategy = make_strategy(plan.strategy, rank, training, plan.options);
    for (std::size_t step = 0; step < plan.batches.size(); ++step) {
      strategy->step(step, source);
      strategy->compute().synchronize();
      const bool has_part = strategy->optimizer() != nullptr;
      result.losses.push_back(has_part ? to_host<double>(strategy->compute(), strategy->loss())[0] : 0);
    }
    result.account = rank.device->account();
    result.outside_account = rank.device->outside_account();
    return result;
  });

  ShortTrainingRecord record{
      .losses = std::vector<double>(plan.batches.size()), .accounts = {}, .outside_accounts = {}};
  for (const OfRank& rank : ranks) {
    for (std::size_t step = 0; step < record.losses.size(); ++step) record.losses[step] += rank.losses[step];
    record.accounts.push_back(rank.account);
    record.outside_accounts = std::max(record.outside_accounts, rank.outside_account);
  }
  return record;
}

}  // namespace lockstep
