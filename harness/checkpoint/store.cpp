#include "harness/checkpoint/store.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "harness/base/error.hpp"
#include "harness/base/file_calls.hpp"
#include "harness/base/files.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

constexpr std::string_view prefix = "step-";
constexpr std::string_view suffix = ".safetensors";
constexpr std::string_view format_version = "1";

std::optional<std::uint64_t> whole_number(std::string_view digits) {
  // from_chars alone would take a sign.
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} ? std::optional{number} : std::nullopt;
}

struct NamedStep {
  std::uint64_t step;
  std::string name;
};

/// Newest first; by number, as "step-10" sorts before "step-9".
std::vector<NamedStep> checkpoints_among(const std::vector<std::string>& names) {
  std::vector<NamedStep> found;
  for (const std::string& name : names)
    if (const auto step = step_of_name(name)) found.push_back({*step, name});
  std::ranges::sort(found, [](const NamedStep& a, const NamedStep& b) {
    return std::tie(b.step, b.name) < std::tie(a.step, a.name);
  });
  return found;
}

const std::string& metadata_entry(const SafetensorsContent& content, const std::string& key) {
  const auto found = content.metadata.find(key);
  if (found == content.metadata.end()) throw InputError{fmt::format("metadata \"{}\" is missing", key)};
  return found->second;
}

/// Throws InputError without the path.
void require_checkpoint(const SafetensorsContent& content, std::uint64_t step) {
  if (!content.is_verified) throw InputError{"has no hashes: not a checkpoint of lockstep"};
  if (const std::string& version = metadata_entry(content, "format_version"); version != format_version)
    throw InputError{
        fmt::format("format_version {} is not the one of this program ({})", printable(version), format_version)};
  const std::string& text = metadata_entry(content, "step");
  if (whole_number(text) != step)
    throw InputError{fmt::format("named after step {}, but its step is {}", step, printable(text))};
}

Checkpoint load(FileOps& files, const std::filesystem::path& path, std::uint64_t step) {
  SafetensorsContent content = read_safetensors(files, path, FileOps::Symlinks::refuse);
  try {
    require_checkpoint(content, step);
  } catch (const InputError& error) {
    throw InputError{fmt::format("{}: {}", path.string(), error.what())};
  }
  return {path, step, std::move(content)};
}

}  // namespace

CheckpointStore::CheckpointStore(FileOps& files, std::filesystem::path directory, std::size_t keep)
    : files_{files}, directory_{std::move(directory)}, keep_{keep} {
  require(keep_ > 0, "checkpoint store: at least one checkpoint must be kept");
}

void CheckpointStore::save(std::uint64_t step, std::vector<TensorBytes> tensors, Metadata metadata) {
  require(metadata.emplace("format_version", format_version).second &&
              metadata.emplace("step", std::to_string(step)).second,
          "checkpoint store: \"format_version\" and \"step\" are the store's own metadata");
  make_directories(files_, directory_);
  const std::string name = checkpoint_name(step);
  write_safetensors(files_, directory_ / name, std::move(tensors), metadata);
  broken_.erase(name);
  remove_old(step);
}

void CheckpointStore::remove_old(std::uint64_t newest) {
  std::size_t kept = 0;
  for (const auto& [step, name] : checkpoints_among(names_in(files_, directory_))) {
    if (step > newest) continue;
    if (kept < keep_) {
      if (!broken_.contains(name)) ++kept;
      continue;
    }
    const std::filesystem::path path = directory_ / name;
    const int error = uninterrupted([&] { return files_.remove(path); });
    // Another process may have removed it.
    if (error < 0 && error != -ENOENT)
      throw_io_error(path, "cannot remove this old checkpoint (the new one is saved)", error);
  }
}

NewestCheckpoint CheckpointStore::load_newest() {
  std::vector<std::string> names = names_in(files_, directory_);
  NewestCheckpoint newest;
  broken_.clear();
  std::ranges::sort(names);
  for (const std::string& name : names)
    if (!step_of_name(name)) newest.ignored.push_back(directory_ / name);

  for (const auto& [step, name] : checkpoints_among(names)) {
    const std::filesystem::path path = directory_ / name;
    try {
      newest.checkpoint = load(files_, path, step);
      return newest;
    } catch (const InputError& error) {
      newest.rejected.push_back({path, error.what()});
    } catch (const IoError& error) {
      newest.rejected.push_back({path, error.what()});
    }
    broken_.insert(name);
  }
  if (newest.rejected.empty()) return newest;
  std::string message =
      fmt::format("{}: none of its checkpoints can be loaded; move them away to start afresh:", directory_.string());
  for (const RejectedCheckpoint& rejected : newest.rejected) message += "\n  " + rejected.reason;
  throw InputError{message};
}

std::string checkpoint_name(std::uint64_t step) { return fmt::format("{}{:09}{}", prefix, step, suffix); }

std::optional<std::uint64_t> step_of_name(std::string_view name) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size())
    return std::nullopt;
  return whole_number(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
}

}  // namespace lockstep
