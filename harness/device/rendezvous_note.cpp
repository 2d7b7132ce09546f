#include "harness/device/rendezvous_note.hpp"

#include <algorithm>
#include <string_view>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"

namespace lockstep {
namespace {

constexpr std::string_view magic = "LkstpRdv";
constexpr std::uint32_t version = 1;
constexpr std::size_t fixed_size = magic.size() + 6 * sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t);

template <typename Number>
void put(std::vector<std::byte>& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) bytes.push_back(static_cast<std::byte>(number >> 8 * i & 0xFFU));
}

/// Takes bytes from the front; whoever calls it has seen that there are enough.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_{bytes} {}

  std::span<const std::byte> take(std::size_t count) {
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <typename Number>
  Number number() {
    Number value = 0;
    const auto bytes = take(sizeof value);
    for (std::size_t i = 0; i < bytes.size(); ++i) value |= static_cast<Number>(bytes[i]) << 8 * i;
    return value;
  }

 private:
  std::span<const std::byte> rest_;
};

template <typename... Args>
void expect(bool condition, fmt::format_string<Args...> message, Args&&... args) {
  if (!condition) throw InputError{fmt::format(message, std::forward<Args>(args)...)};
}

}  // namespace

std::vector<std::byte> encode(const RendezvousNote& note) {
  std::vector<std::byte> bytes;
  std::ranges::copy(std::as_bytes(std::span{magic}), std::back_inserter(bytes));
  for (const std::uint32_t number : {version, note.rank, note.ranks, static_cast<std::uint32_t>(note.nonces.size()),
                                     static_cast<std::uint32_t>(note.message.size()), std::uint32_t{0}})
    put(bytes, number);
  put(bytes, note.run);
  for (const std::uint64_t nonce : note.nonces) put(bytes, nonce);
  bytes.insert(bytes.end(), note.message.begin(), note.message.end());
  put(bytes, hash_bytes(bytes));
  return bytes;
}

RendezvousNote parse_rendezvous_note(std::span<const std::byte> bytes) {
  expect(bytes.size() >= fixed_size, "{} bytes are too few for a note", bytes.size());
  Reader reader{bytes};
  expect(std::ranges::equal(reader.take(magic.size()), std::as_bytes(std::span{magic})), "not a note of a rendezvous");
  const auto found = reader.number<std::uint32_t>();
  expect(found == version, "version {}, known is {}", found, version);
  RendezvousNote note;
  note.rank = reader.number<std::uint32_t>();
  note.ranks = reader.number<std::uint32_t>();
  const auto nonces = reader.number<std::uint32_t>();
  const auto message = reader.number<std::uint32_t>();
  expect(reader.number<std::uint32_t>() == 0, "a field that must be 0 is not");
  note.run = reader.number<std::uint64_t>();
  expect(note.ranks >= 1 && note.ranks <= largest_rendezvous, "a group of {} ranks", note.ranks);
  expect(note.rank < note.ranks, "rank {} of {}", note.rank, note.ranks);
  const bool announces = note.rank == 0;
  expect(nonces == (announces ? note.ranks - 1 : 1), "{} nonces from rank {} of {}", nonces, note.rank, note.ranks);
  expect(message <= (announces ? largest_rendezvous_message : 0), "a message of {} bytes from rank {}", message,
         note.rank);
  const std::size_t whole = fixed_size + nonces * sizeof(std::uint64_t) + message;
  expect(bytes.size() == whole, "{} bytes instead of {}", bytes.size(), whole);
  for (std::uint32_t i = 0; i < nonces; ++i) note.nonces.push_back(reader.number<std::uint64_t>());
  const auto text = reader.take(message);
  note.message.assign(text.begin(), text.end());
  expect(reader.number<std::uint64_t>() == hash_bytes(bytes.first(whole - sizeof(std::uint64_t))),
         "the hash does not match");
  return note;
}

}  // namespace lockstep
