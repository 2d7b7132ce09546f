// A directory of checkpoints: one file per step, step-000000012.safetensors. One file and not one per rank, because one
// rename then commits everything; ranks of one process share its memory anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/checkpoint/safetensors.hpp"

namespace lockstep {

struct Checkpoint {
  std::filesystem::path path;
  std::uint64_t step = 0;
  SafetensorsContent content;  // verified; its metadata has "format_version", "step" and what was saved
};

struct RejectedCheckpoint {
  std::filesystem::path path;
  std::string reason;  // begins with the path
};

struct NewestCheckpoint {
  std::optional<Checkpoint> checkpoint;        // none: the directory holds no checkpoint, whole or broken
  std::vector<RejectedCheckpoint> rejected;    // those after it that are broken, newest first
  std::vector<std::filesystem::path> ignored;  // other names in the directory, temporary files among them; sorted
};

/// Several processes may use one directory: a file is put there whole, and the last one to save a step wins.
class CheckpointStore {
 public:
  /// Keeps the `keep` (at least 1) newest. Touches nothing yet. `files` must outlive it.
  CheckpointStore(FileOps& files, std::filesystem::path directory, std::size_t keep);

  /// Saves a step, and makes the directory where it is missing. When it returns, the checkpoint survives a crash of the
  /// machine; only then are older ones removed. Checkpoints of later steps are left alone. Throws IoError; what was
  /// there before still loads then.
  void save(std::uint64_t step, std::vector<TensorBytes> tensors, Metadata metadata);

  /// The checkpoint with the highest step that is whole. Whether it is whole and its step say its header and hashes,
  /// never its date. Throws InputError with all reasons when there are checkpoints and all are broken: to start afresh
  /// is for the user to decide. Throws IoError when the directory is missing or cannot be read: an empty one is
  /// a fresh start, a misspelt one is not.
  NewestCheckpoint load_newest();

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  void remove_old(std::uint64_t newest);

  FileOps& files_;
  std::filesystem::path directory_;
  std::size_t keep_;
  std::set<std::string> broken_;  // names that load_newest rejected: they do not count as kept
};

/// step-000000012.safetensors; longer from 10^9 on.
std::string checkpoint_name(std::uint64_t step);

/// The step in the name of a checkpoint, with any number of digits; none for other names.
std::optional<std::uint64_t> step_of_name(std::string_view name);

}  // namespace lockstep
