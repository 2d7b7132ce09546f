// The note of a rendezvous is hostile until it is parsed.
#include "harness/device/rendezvous_note.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"

namespace lockstep {
namespace {

using Bytes = std::vector<std::byte>;

RendezvousNote announcement() {
  return {.rank = 0, .ranks = 3, .run = 0x1234, .nonces = {7, 0xFFFFFFFFFFFFFFFF}, .message = Bytes(128, std::byte{9})};
}

RendezvousNote arrival() { return {.rank = 2, .ranks = 3, .run = 0x1234, .nonces = {8}, .message = {}}; }

/// With the hash that its bytes should have: what else is wrong must be found by itself.
Bytes rehashed(Bytes bytes) {
  if (bytes.size() < 8) return bytes;
  bytes.resize(bytes.size() - 8);
  const std::uint64_t hash = hash_bytes(bytes);
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(hash >> 8 * i & 0xFFU));
  return bytes;
}

void set_u32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = static_cast<std::byte>(value >> 8 * i & 0xFFU);
}

TEST(RendezvousNote, is_read_as_it_was_written) {
  for (const RendezvousNote& note :
       {announcement(), arrival(), RendezvousNote{.rank = 0, .ranks = 1, .run = 0, .nonces = {}, .message = {}}})
    EXPECT_EQ(parse_rendezvous_note(encode(note)), note);
}

TEST(RendezvousNote, has_a_layout_that_other_versions_of_the_program_share) {
  const Bytes bytes = encode(arrival());
  const std::string text{reinterpret_cast<const char*>(bytes.data()), 32};
  EXPECT_EQ(text, std::string("LkstpRdv\1\0\0\0\2\0\0\0\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 32));
  EXPECT_EQ(bytes.size(), 8 + 6 * 4 + 8 + 8 + 8);
}

struct Change {
  std::string what;
  std::function<void(Bytes&)> make;  // to an announcement
  std::string message;
};

class ChangedNote : public ::testing::TestWithParam<Change> {};

TEST_P(ChangedNote, is_refused_with_the_reason) {
  Bytes bytes = encode(announcement());
  GetParam().make(bytes);
  try {
    parse_rendezvous_note(bytes);
    FAIL() << "was taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string{error.what()}.find(GetParam().message), std::string::npos) << error.what();
  }
}

std::function<void(Bytes&)> field(std::size_t index, std::uint32_t value) {
  return [=](Bytes& bytes) {
    set_u32(bytes, 8 + 4 * index, value);
    bytes = rehashed(bytes);
  };
}

const std::vector<Change> changes{
    {"empty", [](Bytes& bytes) { bytes.clear(); }, "0 bytes are too few"},
    {"cut_in_the_header", [](Bytes& bytes) { bytes.resize(47); }, "47 bytes are too few"},
    {"cut", [](Bytes& bytes) { bytes.pop_back(); }, "bytes instead of"},
    {"longer", [](Bytes& bytes) { bytes.push_back({}); }, "bytes instead of"},
    {"other_magic", [](Bytes& bytes) { bytes[0] = std::byte{'l'}, bytes = rehashed(bytes); }, "not a note"},
    {"other_version", field(0, 2), "version 2"},
    {"rank_beyond", field(1, 3), "rank 3 of 3"},
    {"rank_of_an_arrival", field(1, 1), "nonces from rank 1"},
    {"no_ranks", field(2, 0), "a group of 0 ranks"},
    {"too_many_ranks", field(2, 65537), "a group of 65537 ranks"},
    {"other_ranks", field(2, 4), "2 nonces from rank 0 of 4"},
    {"other_nonces", field(3, 0xFFFFFFFF), "4294967295 nonces"},
    {"huge_message", field(4, 0xFFFFFFFF), "a message of 4294967295 bytes"},
    {"longer_message", field(4, 129), "bytes instead of"},
    {"reserved", field(5, 1), "must be 0"},
    {"flipped_bit", [](Bytes& bytes) { bytes[60] ^= std::byte{1}; }, "the hash does not match"},
};

INSTANTIATE_TEST_SUITE_P(All, ChangedNote, ::testing::ValuesIn(changes),
                         [](const auto& one) { return one.param.what; });

TEST(RendezvousNote, every_changed_byte_and_every_cut_is_refused) {
  for (const RendezvousNote& note : {announcement(), arrival()}) {
    const Bytes good = encode(note);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const unsigned change : {1U, 0x80U, 0xFFU}) {
        Bytes bytes = good;
        bytes[at] ^= static_cast<std::byte>(change);
        EXPECT_THROW(parse_rendezvous_note(bytes), InputError) << at;
      }
      EXPECT_THROW(parse_rendezvous_note(std::span{good}.first(at)), InputError) << at;
    }
  }
}

/// What is taken is a note that is written like that.
TEST(RendezvousNote, random_fields_are_refused_or_read_as_they_are) {
  std::mt19937_64 random{5};
  std::size_t taken = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = encode(i % 2 == 0 ? announcement() : arrival());
    const auto changed = 1 + random() % 3;
    for (std::uint64_t change = 0; change < changed; ++change)
      if (random() % 4 == 0)
        set_u32(bytes, 8 + 4 * (random() % 6), static_cast<std::uint32_t>(random() % 5));
      else
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    bytes = rehashed(bytes);
    try {
      EXPECT_EQ(encode(parse_rendezvous_note(bytes)), bytes);
      ++taken;
    } catch (const InputError&) {
    }
  }
  EXPECT_GT(taken, 100U);
  EXPECT_LT(taken, 19900U);
}

}  // namespace
}  // namespace lockstep
