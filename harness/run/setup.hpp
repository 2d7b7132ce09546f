// From a scenario's plain values to the objects of the floors below.
#pragma once

#include "harness/data/batch_loader.hpp"
#include "harness/data/sampler.hpp"
#include "harness/device/world.hpp"
#include "harness/run/scenario/scenario.hpp"
#include "harness/train/strategy/strategy.hpp"

namespace lockstep {

/// A world of the scenario's backend, each device with its memory and one slowed where it says so; rank 0 on the
/// `first_core`-th core, where devices are cores. Throws EnvironmentError where there are not enough GPUs, with what to
/// do instead.
World make_world(const Scenario& scenario, std::size_t devices, std::size_t first_core = 0);
/// One device to compare with, that of rank 0 on GPUs, at full speed and without a limit of memory: a case fails for
/// its own memory only.
World make_reference_world(const Scenario& scenario, std::size_t first_core = 0);
/// One cpu device, whatever the backend: what is wrong with a GPU's kernels must not be wrong with what they are
/// compared with.
World make_oracle_world();

/// Of parameters, activations, gradients and optimizer state.
DType dtype_of(const Scenario& scenario);

/// The network with its starting values, loss and optimizer.
Training make_training(const Scenario& scenario);
/// The same in another type, from the same starting values: those that the scenario's type holds.
Training make_training(const Scenario& scenario, DType dtype);

/// A training that was counted in epochs has so many steps: its schedule needs to know. Throws InputError when the
/// warm-up leaves none.
void set_length(Training& training, const Scenario& scenario, std::size_t steps);

/// The samples to train on, with the values that the scenario's type holds. Throws InputError when they do not fit the
/// model.
Dataset make_dataset(const Scenario& scenario);
/// Samples that are not trained on; nothing for sources without any.
std::optional<Dataset> make_test_dataset(const Scenario& scenario);

/// Batches of `batch` samples in the scenario's order.
Sampler make_sampler(const Scenario& scenario, const Dataset& dataset, std::size_t batch);
BatchPlan make_batches(const Scenario& scenario, const Dataset& dataset, std::size_t batch);

std::string_view strategy_name(const Scenario& scenario);
StrategyOptions make_options(const Scenario& scenario);
/// Those of `single` beside it: nothing is split.
StrategyOptions make_reference_options(const Scenario& scenario);
/// Whether data, initialisation and optimizer are those of exact arithmetic.
bool is_exact(const Scenario& scenario);

}  // namespace lockstep
