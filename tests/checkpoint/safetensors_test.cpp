#include "harness/checkpoint/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/units.hpp"
#include "tests/checkpoint/examples.hpp"
#include "tests/checkpoint/refusal.hpp"
#include "tests/run/temporary_folder.hpp"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using testing::refusal_of;
using ::testing::StartsWith;
using testing::tensor;

constexpr std::array<float, 2> floats{1.0F, -2.0F};
constexpr std::array<double, 1> doubles{0.5};
constexpr std::array<std::int32_t, 1> integers{-1};

const std::string floats_in_file("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8);
const std::string doubles_in_file("\x00\x00\x00\x00\x00\x00\xe0\x3f", 8);
const std::string integers_in_file("\xff\xff\xff\xff", 4);

class Safetensors : public testing::FolderTest {
 protected:
  std::string written(const std::vector<TensorBytes>& tensors, const Metadata& metadata = {}) const {
    write_safetensors(path(), tensors, metadata);
    return read_file(path(), MiB);
  }
  void expect_refused(const std::vector<TensorBytes>& tensors, const std::string& why) const {
    EXPECT_THROW(write_safetensors(path(), tensors, {}), InternalError) << why;
    EXPECT_FALSE(std::filesystem::exists(path())) << why;
  }
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "t.safetensors"; }
};

std::string with_length(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return length + header;
}

std::string hash_of(const std::string& text) { return format_hash(hash_text(text)); }

/// The header with `tensors` and the metadata, both as JSON texts; "header_xxh3" goes before what is in `metadata`.
std::string hashed_header(const std::string& metadata, const std::string& tensors) {
  const std::string without = R"({"__metadata__":{)" + metadata + "}," + tensors + "}";
  return R"({"__metadata__":{"header_xxh3":")" + hash_of(without) + "\"," + metadata + "}," + tensors + "}";
}

std::string flipped(std::string content, std::size_t at, int bits) {
  content.at(at) = static_cast<char>(content[at] ^ bits);
  return content;
}

TEST_F(Safetensors, OneTensorByHand) {
  EXPECT_EQ(written({tensor("w", "F32", floats)}),
            with_length(hashed_header(R"("xxh3:w":")" + hash_of(floats_in_file) + '"',
                                      R"("w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]})")) +
                floats_in_file);
}

TEST_F(Safetensors, LargestElementsFirstThenByName) {
  const std::vector<TensorBytes> tensors{tensor("b", "F32", floats), tensor("z", "F64", doubles),
                                         tensor("a", "I32", integers)};
  const std::string content = written(tensors, {{"step", "3"}});
  EXPECT_EQ(content,
            with_length(hashed_header(R"("step":"3","xxh3:a":")" + hash_of(integers_in_file) + R"(","xxh3:b":")" +
                                          hash_of(floats_in_file) + R"(","xxh3:z":")" + hash_of(doubles_in_file) + '"',
                                      R"("a":{"data_offsets":[8,12],"dtype":"I32","shape":[1]},)"
                                      R"("b":{"data_offsets":[12,20],"dtype":"F32","shape":[2]},)"
                                      R"("z":{"data_offsets":[0,8],"dtype":"F64","shape":[1]})")) +
                doubles_in_file + integers_in_file + floats_in_file);
  EXPECT_EQ(written({tensors[2], tensors[0], tensors[1]}, {{"step", "3"}}), content) << "whatever order they come in";
}

TEST_F(Safetensors, ReadsBackWhatItWrote) {
  const std::array<std::uint8_t, 3> flags{0, 1, 255};
  const TensorBytes scalar{"s", "F64", {}, std::as_bytes(std::span{doubles})};
  write_safetensors(path(), {tensor("w", "F32", floats), scalar, {"e", "F32", {0, 4}, {}}, tensor("f", "U8", flags)},
                    {{"note", "\"\\\n\xc3\xa9\x7f"}, {"step", "3"}});
  const SafetensorsContent content = read_safetensors(path());
  EXPECT_TRUE(content.is_verified);
  EXPECT_EQ(content.metadata, (Metadata{{"note", "\"\\\n\xc3\xa9\x7f"}, {"step", "3"}})) << "without the hashes";
  ASSERT_EQ(content.tensors.size(), 4U);
  const auto expect_tensor = [&](std::size_t index, const TensorBytes& expected) {
    const TensorBytes& found = content.tensors[index];
    EXPECT_EQ(found.name, expected.name);
    EXPECT_EQ(found.dtype, expected.dtype);
    EXPECT_EQ(found.shape, expected.shape);
    EXPECT_TRUE(std::ranges::equal(found.bytes, expected.bytes)) << expected.name;
  };
  expect_tensor(0, scalar);
  expect_tensor(1, {"e", "F32", {0, 4}, {}});
  expect_tensor(2, tensor("w", "F32", floats));
  expect_tensor(3, tensor("f", "U8", flags));
}

TEST_F(Safetensors, NoTensors) {
  written({});
  EXPECT_TRUE(read_safetensors(path()).tensors.empty());
}

TEST_F(Safetensors, ALargeTensorIsReadInPartsAndVerifiedWhole) {
  std::vector<std::uint64_t> values(300 * KiB);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i * i;
  const auto bytes = std::as_bytes(std::span{values});
  write_safetensors(path(), {{"w", "U64", {values.size()}, bytes}}, {});
  EXPECT_TRUE(std::ranges::equal(read_safetensors(path()).tensors.at(0).bytes, bytes));
}

TEST_F(Safetensors, EveryBitFlipIsFound) {  // entry 69
  const std::string good = written({tensor("w1", "F32", floats), tensor("b", "F64", doubles)}, {{"step", "12"}});
  EXPECT_EQ(refusal_of(good), "");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit)
    EXPECT_NE(refusal_of(flipped(good, bit / 8, 1 << bit % 8)), "") << "bit " << bit % 8 << " of byte " << bit / 8;
}

TEST_F(Safetensors, ABitFlipIsNamed) {  // entry 69
  const std::string good = written({tensor("w1", "F32", floats)});
  const auto refusal_with_flip = [&](std::size_t at) { return refusal_of(flipped(good, at, 1)); };
  EXPECT_THAT(refusal_with_flip(good.size() - 1), StartsWith("/t: w1: xxh3 mismatch"));
  EXPECT_THAT(refusal_with_flip(good.find("\"w1\"") + 1), HasSubstr("the header does not match its hash"));
  EXPECT_THAT(refusal_with_flip(good.find("xxh3:w1") + 10), HasSubstr("the header does not match its hash"));
  EXPECT_THAT(refusal_with_flip(good.find("header_xxh3")), HasSubstr("the hash header_xxh3 is missing"));
}

TEST_F(Safetensors, EveryTruncationIsFound) {  // entry 68
  const std::string good = written({tensor("w1", "F32", floats)});
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(refusal_of(good.substr(0, size)), "") << size << " bytes";
}

TEST_F(Safetensors, FilesOfOtherWritersAreNotVerified) {
  std::ofstream{path(), std::ios::binary}
      << with_length(R"({"__metadata__":{"format":"pt"},"h":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}})")
      << "abcd";
  const SafetensorsContent content = read_safetensors(path());
  EXPECT_FALSE(content.is_verified);
  EXPECT_EQ(content.tensors.at(0).dtype, "BF16");
  EXPECT_EQ(content.metadata, (Metadata{{"format", "pt"}}));
}

TEST_F(Safetensors, OnlyRegularFilesAreRead) {  // entry 80
  const auto error_code = [&] {
    try {
      read_safetensors(path());
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::passed;
  };
  EXPECT_EQ(error_code(), ExitCode::io) << "nothing there";
  std::filesystem::create_directory(path());
  EXPECT_EQ(error_code(), ExitCode::invalid_input);
  std::filesystem::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(error_code(), ExitCode::invalid_input) << "and it does not block";
  std::filesystem::remove(path());
  std::filesystem::create_symlink("t.safetensors", path());
  EXPECT_EQ(error_code(), ExitCode::io) << "a link to itself";
}

TEST_F(Safetensors, AFileThatShrinksWhileItIsReadIsAnError) {  // entry 80
  written({tensor("w", "F32", floats)});
  SystemFiles files;
  SafetensorsReader reader{files, path()};
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 1);
  std::array<std::byte, 8> bytes{};
  EXPECT_THROW(reader.read_next(bytes), InputError);
}

TEST_F(Safetensors, RepeatedNamesAreRefused) {
  expect_refused({tensor("w", "F32", floats), tensor("w", "F32", floats)}, "twice the same");
  expect_refused({tensor("w", "F32", floats), tensor("v", "F32", floats), tensor("w", "F64", doubles)},
                 "not side by side");
}

TEST_F(Safetensors, BadNamesAreRefused) {
  for (const std::string& name :
       {std::string{}, std::string(257, 'a'), std::string{"a b"}, std::string{"a\"b"}, std::string{"a\0b", 3},
        std::string{"\xc3\xa9"}, std::string{".."}, std::string{"../a"}, std::string{"a/../b"}, std::string{"a/.."},
        std::string{"__metadata__"}})
    expect_refused({tensor(name, "F32", floats)}, name);
  EXPECT_NO_THROW(written({tensor(std::string(256, 'a'), "F32", floats), tensor("a..b/_-.0", "F32", floats)}));
}

TEST_F(Safetensors, BytesThatDoNotFitTheShapeAreRefused) {
  const auto bytes = std::as_bytes(std::span{floats});
  expect_refused({{"w", "F32", {3}, bytes}}, "too few");
  expect_refused({{"w", "F32", {1}, bytes}}, "too many");
  expect_refused({{"w", "F64", {2}, bytes}}, "other width");
  expect_refused({{"w", "f32", {2}, bytes}}, "unknown dtype");
  expect_refused({{"w", "F32", {1, 1, 1, 1, 1, 1, 1, 1, 2}, bytes}}, "nine dimensions");
  constexpr std::size_t two_to_the_32 = std::size_t{1} << 32;
  expect_refused({{"w", "F32", {two_to_the_32, two_to_the_32}, {}}}, "a product that wraps to 0");
}

TEST_F(Safetensors, AHeaderThatNoReaderOfOursTakesIsRefused) {
  EXPECT_THROW(write_safetensors(path(), {}, {{"note", std::string(MiB, 'x')}}), InternalError);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(Safetensors, MetadataIsTextAndHashesAreOurs) {
  EXPECT_THROW(write_safetensors(path(), {}, {{"note", "\xff"}}), InternalError);
  EXPECT_THROW(write_safetensors(path(), {}, {{"\xff", "note"}}), InternalError);
  EXPECT_THROW(write_safetensors(path(), {}, {{"xxh3:w", "note"}}), InternalError);
  EXPECT_THROW(write_safetensors(path(), {}, {{"header_xxh3", "note"}}), InternalError);
}

TEST_F(Safetensors, ADirectoryThatCannotBeWrittenIsAnIoError) {
  EXPECT_THROW(write_safetensors(folder_ / "missing" / "t", {tensor("w", "F32", floats)}, {}), IoError);
  EXPECT_THROW(write_safetensors("/proc/t", {tensor("w", "F32", floats)}, {}), IoError);
}

TEST_F(Safetensors, AFailedWriteKeepsTheOldFile) {
  const std::string before = written({tensor("w", "F32", floats)});
  EXPECT_THROW(write_safetensors(path(), {tensor("bad name", "F32", floats)}, {}), InternalError);
  EXPECT_EQ(read_file(path(), MiB), before);
}

}  // namespace
}  // namespace lockstep
