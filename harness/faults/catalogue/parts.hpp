// The parts of the catalogue, by where the faults act.
#pragma once

#include "harness/faults/catalogue.hpp"

namespace lockstep::faults {

// The checks.
inline const std::string exact = "exact";
inline const std::string reduction = "reduction";
inline const std::string coverage = "coverage";
inline const std::string replicas = "replicas";
inline const std::string gradients = "evidence:gradients";
inline const std::string movement = "evidence:movement";
inline const std::string collectives = "evidence:collectives";
inline const std::string clipping = "evidence:clipping";
inline const std::string fewer_pieces = "documented:fewer_pieces_than_devices";
inline const std::string one_device = "end_to_end:one_device";
inline const std::string f64 = "end_to_end:f64";

inline const std::vector<Collective> sums{Collective::all_reduce, Collective::reduce};
inline const std::vector<std::string> dp{"dp"};
inline const std::vector<std::string> ddp{"ddp"};
inline const std::vector<std::string> both{"dp", "ddp"};

/// 0, 1, … ranks − 1.
std::vector<int> all_ranks(int ranks);

/// Before the sum: a rank brings something else than its gradient.
std::vector<Fault> of_contributions(const FaultSetting& setting);
/// In or after the sum.
std::vector<Fault> of_sums(const FaultSetting& setting);
/// When dp moves parameters and rows.
std::vector<Fault> of_copies(const FaultSetting& setting);
/// Before anything is communicated: a rank has the wrong samples.
std::vector<Fault> of_batches(const FaultSetting& setting);
/// How rows are split, weighed and accumulated.
std::vector<Fault> of_pieces(const FaultSetting& setting);
/// Inside a layer.
std::vector<Fault> of_layers(const FaultSetting& setting);
/// Of parameters and optimizers between the steps.
std::vector<Fault> of_state(const FaultSetting& setting);
/// Of clipping.
std::vector<Fault> of_clipping(const FaultSetting& setting);
/// Runs that did something else than their strategy says, or said something else than they did.
std::vector<Fault> of_recordings(const FaultSetting& setting);

}  // namespace lockstep::faults
