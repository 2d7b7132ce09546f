#include "harness/checkpoint/safetensors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"

namespace lockstep {
namespace {

constexpr std::array<float, 2> floats{1.0F, -2.0F};
constexpr std::array<double, 1> doubles{0.5};
constexpr std::array<std::int32_t, 1> integers{-1};

template <typename T, std::size_t count>
TensorBytes tensor(const std::string& name, const std::string& dtype, const std::array<T, count>& values) {
  return {name, dtype, {count}, std::as_bytes(std::span{values})};
}

class Safetensors : public ::testing::Test {
 protected:
  Safetensors()
      : directory_{std::filesystem::path{::testing::TempDir()} /
                   ("safetensors_" + std::string{::testing::UnitTest::GetInstance()->current_test_info()->name()})} {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~Safetensors() override { std::filesystem::remove_all(directory_); }

  std::string written(const std::vector<TensorBytes>& tensors,
                      const std::map<std::string, std::string>& metadata = {}) const {
    write_safetensors(path(), tensors, metadata);
    return read_file(path(), 1 << 20);
  }
  void expect_refused(const std::vector<TensorBytes>& tensors, const std::string& why) const {
    EXPECT_THROW(write_safetensors(path(), tensors, {}), InternalError) << why;
    EXPECT_FALSE(std::filesystem::exists(path())) << why;
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_ / "t.safetensors"; }

  std::filesystem::path directory_;
};

std::string with_length(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return std::string{static_cast<char>(header.size()), '\0', '\0', '\0', '\0', '\0', '\0', '\0'} + header;
}

TEST_F(Safetensors, OneTensorByHand) {
  EXPECT_EQ(written({tensor("w", "F32", floats)}),
            with_length(R"({"w":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}})") +
                std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8));
}

TEST_F(Safetensors, LargestElementsFirstThenByName) {
  const std::vector<TensorBytes> tensors{tensor("b", "F32", floats), tensor("z", "F64", doubles),
                                         tensor("a", "I32", integers)};
  const std::string content = written(tensors, {{"step", "3"}});
  EXPECT_EQ(content, with_length(R"({"__metadata__":{"step":"3"},)"
                                 R"("a":{"data_offsets":[8,12],"dtype":"I32","shape":[1]},)"
                                 R"("b":{"data_offsets":[12,20],"dtype":"F32","shape":[2]},)"
                                 R"("z":{"data_offsets":[0,8],"dtype":"F64","shape":[1]}})") +
                         std::string("\x00\x00\x00\x00\x00\x00\xe0\x3f", 8) + "\xff\xff\xff\xff" +
                         std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8));
  EXPECT_EQ(written({tensors[2], tensors[0], tensors[1]}, {{"step", "3"}}), content) << "whatever order they come in";
}

TEST_F(Safetensors, ScalarsEmptyTensorsAndNoTensors) {
  const TensorBytes scalar{"s", "F64", {}, std::as_bytes(std::span{doubles})};
  EXPECT_EQ(written({scalar, {"e", "F32", {0, 4}, {}}}),
            with_length(R"({"e":{"data_offsets":[8,8],"dtype":"F32","shape":[0,4]},)"
                        R"("s":{"data_offsets":[0,8],"dtype":"F64","shape":[]}})") +
                std::string("\x00\x00\x00\x00\x00\x00\xe0\x3f", 8));
  EXPECT_EQ(written({}), with_length("{}"));
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
  expect_refused({{"w", "F16", {4}, bytes}}, "unknown dtype");
  constexpr std::size_t two_to_the_32 = std::size_t{1} << 32;
  expect_refused({{"w", "F32", {two_to_the_32, two_to_the_32}, {}}}, "a product that wraps to 0");
}

TEST_F(Safetensors, MetadataIsText) {
  EXPECT_THROW(write_safetensors(path(), {}, {{"note", "\xff"}}), InternalError);
  EXPECT_THROW(write_safetensors(path(), {}, {{"\xff", "note"}}), InternalError);
}

TEST_F(Safetensors, ADirectoryThatCannotBeWrittenIsAnIoError) {
  EXPECT_THROW(write_safetensors(directory_ / "missing" / "t", {tensor("w", "F32", floats)}, {}), IoError);
  EXPECT_THROW(write_safetensors("/proc/t", {tensor("w", "F32", floats)}, {}), IoError);
}

TEST_F(Safetensors, AFailedWriteKeepsTheOldFile) {
  const std::string before = written({tensor("w", "F32", floats)});
  EXPECT_THROW(write_safetensors(path(), {tensor("bad name", "F32", floats)}, {}), InternalError);
  EXPECT_EQ(read_file(path(), 1 << 20), before);
}

}  // namespace
}  // namespace lockstep
