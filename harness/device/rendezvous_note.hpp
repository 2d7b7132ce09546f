// What one rank tells others through a file before they have a group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lockstep {

/// Rank 0's note is an announcement, another rank's says that it has arrived.
struct RendezvousNote {
  std::uint32_t rank = 0;   // whose
  std::uint32_t ranks = 1;  // of the group, as that rank was told
  std::uint64_t run = 0;    // hash of the run's name
  /// Random numbers that tell this process from those of earlier runs: of an arrival its own, of an announcement those
  /// of the arrivals that it answers, of ranks 1, 2, ….
  std::vector<std::uint64_t> nonces;
  std::vector<std::byte> message;  // of an announcement
  friend bool operator==(const RendezvousNote&, const RendezvousNote&) = default;
};

inline constexpr std::size_t largest_rendezvous = 65536;             // ranks
inline constexpr std::size_t largest_rendezvous_message = 4096;      // bytes
inline constexpr std::size_t largest_rendezvous_file = 1024 * 1024;  // bytes

/// Little-endian: "LkstpRdv", u32 version 1, rank, ranks, nonces, bytes of the message, 0, u64 run, nonces, message,
/// u64 XXH3 of all before.
std::vector<std::byte> encode(const RendezvousNote& note);

/// Takes nothing but what `encode` makes of a note of either kind. Throws InputError with what is wrong.
RendezvousNote parse_rendezvous_note(std::span<const std::byte> bytes);

}  // namespace lockstep
