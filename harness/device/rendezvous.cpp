#include "harness/device/rendezvous.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <random>
#include <thread>

#include "harness/base/file_calls.hpp"
#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/input_file.hpp"
#include "harness/device/rendezvous_note.hpp"

namespace lockstep {
namespace {

using Why = RendezvousFailed::Why;

/// What is wrong with what a rank waits for, until nothing is.
struct Trouble {
  Why why = Why::absent;
  std::string text;
};

/// Looks again and again, less often with time, until the deadline.
class Watch {
 public:
  explicit Watch(Seconds deadline) : deadline_{deadline} {}

  void pause_or_throw(const Trouble& trouble) {
    if (deadline_ > Seconds{0} && std::chrono::steady_clock::now() - begin_ > deadline_)
      throw RendezvousFailed{trouble.why,
                             fmt::format("waited {} at the rendezvous: {}", format_duration(deadline_), trouble.text)};
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, longest_pause);
  }

 private:
  static constexpr std::chrono::milliseconds longest_pause{50};
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::milliseconds pause_{1};
  Seconds deadline_;
};

/// A file of this rank's; gone with this object.
class OwnFile {
 public:
  OwnFile(FileOps& files, std::filesystem::path path) : files_{files}, path_{std::move(path)} {}
  ~OwnFile() {
    if (is_written_) uninterrupted([&] { return files_.remove(path_); });
  }
  OwnFile(const OwnFile&) = delete;
  OwnFile& operator=(const OwnFile&) = delete;

  void write(const RendezvousNote& note) {
    const std::vector<std::byte> bytes = encode(note);
    write_file_atomically(files_, path_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    is_written_ = true;
  }

 private:
  FileOps& files_;
  std::filesystem::path path_;
  bool is_written_ = false;
};

std::filesystem::path arrival_of(const Rendezvous& rendezvous, int rank) {
  std::filesystem::path path = rendezvous.file;
  path += fmt::format(".{}", rank);
  return path;
}

std::uint64_t draw_nonce() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

std::uint64_t run_of(const Rendezvous& rendezvous) { return hash_text(rendezvous.run); }

bool is_there(FileOps& files, const std::filesystem::path& path) {
  const int descriptor = uninterrupted([&] { return files.open_to_read(path, FileOps::Symlinks::refuse); });
  if (descriptor >= 0) files.close(descriptor);
  return descriptor != -ENOENT;
}

/// The note of this run in a file; nothing, and what is wrong, when there is none.
std::optional<RendezvousNote> read_note(FileOps& files, const Rendezvous& rendezvous, const std::filesystem::path& path,
                                        Trouble& trouble) {
  if (!is_there(files, path)) {
    trouble = {Why::absent, fmt::format("{} is not there", path.string())};
    return std::nullopt;
  }
  try {
    InputFile file{files, path, FileOps::Symlinks::refuse};
    std::vector<std::byte> bytes(std::min<std::uint64_t>(file.size(), largest_rendezvous_file + 1));
    bytes.resize(file.read(bytes));
    if (bytes.size() > largest_rendezvous_file) throw InputError{"too large for a note"};
    RendezvousNote note = parse_rendezvous_note(bytes);
    if (note.run == run_of(rendezvous)) return note;
    trouble = {Why::other_run, fmt::format("{} is of a run with another name", path.string())};
  } catch (const InputError& error) {
    trouble = {Why::damaged, fmt::format("{}: {}", path.string(), error.what())};
  } catch (const IoError& error) {  // perhaps taken away a moment ago
    trouble = {Why::absent, error.what()};
  }
  return std::nullopt;
}

[[noreturn]] void throw_other_size(const Rendezvous& rendezvous, int other, std::uint32_t size) {
  throw RendezvousFailed{Why::other_size, fmt::format("rank {} is of a group of {} ranks, rank {} of {}",
                                                      rendezvous.rank, rendezvous.ranks, other, size)};
}

/// What rank 0 knows of another rank.
struct Arrival {
  std::optional<RendezvousNote> note;
  bool has_joined = false;
  Trouble trouble;
};

class Announcement {
 public:
  Announcement(FileOps& files, const Rendezvous& rendezvous, std::vector<std::byte> message)
      : files_{files},
        rendezvous_{rendezvous},
        note_{.rank = 0,
              .ranks = static_cast<std::uint32_t>(rendezvous.ranks),
              .run = run_of(rendezvous),
              .nonces = {},
              .message = std::move(message)},
        arrivals_(static_cast<std::size_t>(rendezvous.ranks - 1)),
        file_{files, rendezvous.file} {}

  void until_all_have_joined() {
    Watch watch{rendezvous_.deadline};
    while (true) {
      for (int rank = 1; rank < rendezvous_.ranks; ++rank) look_for(rank);
      if (std::ranges::all_of(arrivals_, &Arrival::has_joined)) return;
      announce();
      watch.pause_or_throw(trouble());
    }
  }

 private:
  void look_for(int rank) {
    Arrival& arrival = arrivals_[static_cast<std::size_t>(rank - 1)];
    std::optional<RendezvousNote> note = read_note(files_, rendezvous_, arrival_of(rendezvous_, rank), arrival.trouble);
    if (note && note->rank != static_cast<std::uint32_t>(rank)) {
      arrival.trouble = {Why::damaged, fmt::format("the arrival of rank {} is rank {}'s", rank, note->rank)};
      note.reset();
    }
    if (note) {
      if (note != arrival.note) is_announced_ = false;
      arrival.note = std::move(note);
      arrival.has_joined = false;
      return;
    }
    if (!arrival.note || !is_announced_ || arrival.trouble.why != Why::absent) return;
    // It has read the answer to its own number.
    if (arrival.note->ranks != note_.ranks) throw_other_size(rendezvous_, rank, arrival.note->ranks);
    arrival.has_joined = true;
  }

  /// Once all have arrived, and again when one turns out to have been left by an earlier run.
  void announce() {
    const auto has_come = [](const Arrival& arrival) { return arrival.note.has_value(); };
    if (is_announced_ || !std::ranges::all_of(arrivals_, has_come)) return;
    note_.nonces.clear();
    for (const Arrival& arrival : arrivals_) note_.nonces.push_back(arrival.note->nonces[0]);
    file_.write(note_);
    is_announced_ = true;
  }

  [[nodiscard]] Trouble trouble() const {
    std::vector<int> missing;
    const Trouble* first = nullptr;
    for (std::size_t i = 0; i < arrivals_.size(); ++i) {
      if (arrivals_[i].note && !is_announced_) continue;
      if (arrivals_[i].has_joined) continue;
      missing.push_back(static_cast<int>(i) + 1);
      if (first == nullptr) first = &arrivals_[i].trouble;
    }
    if (first == nullptr) return {};
    if (is_announced_) {
      const Arrival& arrival = arrivals_[static_cast<std::size_t>(missing[0] - 1)];
      const bool fits = arrival.note->ranks == note_.ranks;
      return {fits ? Why::other_run : Why::other_size,
              fmt::format("rank {} has not taken the answer to its arrival, which an earlier run may have left",
                          fmt::join(missing, ", "))};
    }
    return {first->why, fmt::format("rank {} has not come ({})", fmt::join(missing, ", "), first->text)};
  }

  FileOps& files_;
  const Rendezvous& rendezvous_;
  RendezvousNote note_;
  std::vector<Arrival> arrivals_;  // of ranks 1, 2, …
  bool is_announced_ = false;      // what arrived last, too
  OwnFile file_;
};

/// Whether the announcement is the answer to this rank's arrival; when not, why.
bool answers(const RendezvousNote& announcement, const Rendezvous& rendezvous, std::uint64_t nonce, Trouble& trouble) {
  const auto index = static_cast<std::size_t>(rendezvous.rank - 1);
  const bool is_of_other_size = announcement.ranks != static_cast<std::uint32_t>(rendezvous.ranks);
  if (announcement.rank == 0 && index < announcement.nonces.size() && announcement.nonces[index] == nonce) {
    if (is_of_other_size) throw_other_size(rendezvous, 0, announcement.ranks);
    return true;
  }
  trouble = {is_of_other_size ? Why::other_size : Why::other_run,
             fmt::format("{} is for {} other ranks, rank 0 of this run has not answered", rendezvous.file.string(),
                         announcement.ranks)};
  return false;
}

std::vector<std::byte> hear(FileOps& files, const Rendezvous& rendezvous) {
  const std::uint64_t nonce = draw_nonce();
  OwnFile arrival{files, arrival_of(rendezvous, rendezvous.rank)};
  arrival.write({.rank = static_cast<std::uint32_t>(rendezvous.rank),
                 .ranks = static_cast<std::uint32_t>(rendezvous.ranks),
                 .run = run_of(rendezvous),
                 .nonces = {nonce},
                 .message = {}});
  Watch watch{rendezvous.deadline};
  Trouble trouble;
  while (true) {
    std::optional<RendezvousNote> note = read_note(files, rendezvous, rendezvous.file, trouble);
    if (note && answers(*note, rendezvous, nonce, trouble)) return std::move(note->message);
    watch.pause_or_throw(trouble);
  }
}

}  // namespace

std::vector<std::byte> meet(FileOps& files, const Rendezvous& rendezvous, std::vector<std::byte> message) {
  const auto& [file, run, rank, ranks, deadline] = rendezvous;
  if (ranks < 1 || static_cast<std::size_t>(ranks) > largest_rendezvous || rank < 0 || rank >= ranks)
    throw UsageError{fmt::format("rank {} of {} ranks", rank, ranks)};
  if (rank > 0) return hear(files, rendezvous);
  require(message.size() <= largest_rendezvous_message, "a message of {} bytes for a rendezvous", message.size());
  Announcement{files, rendezvous, message}.until_all_have_joined();
  return message;
}

}  // namespace lockstep
