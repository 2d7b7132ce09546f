#include "harness/data/idx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/base/error.hpp"
#include "harness/base/units.hpp"
#include "tests/data/copies.hpp"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::string idx_header(const std::vector<std::uint32_t>& dims, char type = 0x08) {
  std::string bytes{'\0', '\0', type, static_cast<char>(dims.size())};
  for (const std::uint32_t dim : dims) bytes += big_endian(dim);
  return bytes;
}

std::string gzip(std::string content) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string images = idx_header({3, 1, 2}) + std::string{'\x00', '\x33', '\x66', '\x7f', '\xcc', '\xff'};
const std::string labels = idx_header({3}) + std::string{'\x02', '\x00', '\x09'};

class Idx : public ::testing::Test {
 protected:
  Idx() : directory_{std::filesystem::path{::testing::TempDir()} / ("idx_" + test_name())} {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~Idx() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file(const std::string& name, const std::string& content) const {
    std::ofstream{directory_ / name, std::ios::binary} << content;
    return directory_ / name;
  }

  /// The message of the InputError that reading `content` must end with.
  std::string refusal(const std::string& content) const {
    try {
      read_idx(file("array", content));
    } catch (const InputError& error) {
      return error.what();
    }
    ADD_FAILURE() << "accepted";
    return {};
  }

  /// The same for a pair of files.
  std::string refusal(const std::string& image_file, const std::string& label_file) const {
    try {
      read_idx_dataset({.images = file("images", image_file), .labels = file("labels", label_file)});
    } catch (const InputError& error) {
      return error.what();
    }
    ADD_FAILURE() << "accepted";
    return {};
  }

  std::filesystem::path directory_;

 private:
  static std::string test_name() { return ::testing::UnitTest::GetInstance()->current_test_info()->name(); }
};

TEST_F(Idx, ReadsPlainAndGzip) {
  for (const std::string& content : {images, gzip(images)}) {
    const IdxArray array = read_idx(file("array", content));
    EXPECT_THAT(array.dims, ElementsAre(3, 1, 2));
    EXPECT_THAT(array.values, ElementsAre(0x00, 0x33, 0x66, 0x7f, 0xcc, 0xff));
  }
}

TEST_F(Idx, ReadsGzipOfSeveralMembersAndManyChunks) {
  const std::string head = idx_header({3 * MiB});
  std::string body(3 * MiB, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * i >> 8 & 0xFF);
  const IdxArray array = read_idx(file("array", gzip(head + body.substr(0, 1000)) + gzip(body.substr(1000))));
  EXPECT_EQ((std::string{array.values.begin(), array.values.end()}), body);
}

TEST_F(Idx, MakesADataset) {
  const IdxFiles files{.images = file("images", images), .labels = file("labels", gzip(labels))};
  const Dataset data = read_idx_dataset(files);
  EXPECT_EQ(data.size(), 3U);
  EXPECT_EQ(data.input_width(), 2U);
  EXPECT_EQ(data.classes(), 10U);
  EXPECT_THAT(labels_of(data, {0, 1, 2}), ElementsAre(2, 0, 9));
  EXPECT_THAT(inputs_of(data, {2, 0}), ElementsAre(0.8F, 1, 0, 0.2F)) << "pixels / 255";

  const Dataset scaled = read_idx_dataset(files, 10, {.mean = 0.2, .deviation = 0.5});
  EXPECT_THAT(inputs_of(scaled, {0}), ElementsAre(-0.4F, 0));
}

TEST_F(Idx, EveryTruncationIsRefused) {
  for (const std::string& content : {images, gzip(images)})
    for (std::size_t length = 0; length < content.size(); ++length)
      EXPECT_THAT(refusal(content.substr(0, length)), HasSubstr("byte "))
          << length << " of " << content.size() << " bytes";
}

TEST_F(Idx, E99_a_file_that_ends_too_early_is_refused_with_the_place) {
  EXPECT_THAT(refusal(""), HasSubstr("byte 0: the file ends inside the IDX header"));
  EXPECT_THAT(refusal(images.substr(0, 10)), HasSubstr("byte 8: the file ends inside the IDX header"));
  EXPECT_THAT(refusal(images.substr(0, 18)), HasSubstr("byte 18: the file ends after 2 of 6 elements"));
  EXPECT_THAT(refusal(gzip(images.substr(0, 18))),
              HasSubstr("byte 18 of the decompressed data: the file ends after 2 of 6 elements"));
}

TEST_F(Idx, TrailingBytesAreRefused) {
  EXPECT_THAT(refusal(images + '\0'), HasSubstr("byte 22: more bytes than the dimensions say"));
  EXPECT_THAT(refusal(gzip(images + '\0')), HasSubstr("more bytes than the dimensions say"));
  EXPECT_THAT(refusal(gzip(images) + gzip("x")), HasSubstr("more bytes than the dimensions say")) << "a second member";
  EXPECT_THAT(refusal(gzip(images) + "garbage"), HasSubstr("corrupt gzip"));
}

TEST_F(Idx, E99_wrong_headers_are_refused) {
  EXPECT_THAT(refusal("\x89PNG" + images), HasSubstr("byte 0: not an IDX file"));
  EXPECT_THAT(refusal(idx_header({3}, 0x0D) + "abcdefghijkl"), HasSubstr("byte 2: element type 0x0d"));
  EXPECT_THAT(refusal(idx_header({})), HasSubstr("byte 3: an array without dimensions"));
  EXPECT_THAT(refusal(idx_header({3, 0, 2})), HasSubstr("byte 8: a dimension of 0"));
}

TEST_F(Idx, DimensionsAreNotBelieved) {
  EXPECT_THAT(refusal(idx_header({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF})), HasSubstr("make more than 2"));
  EXPECT_THAT(refusal(idx_header({1U << 31, 1U << 31, 4})), HasSubstr("make more than 2")) << "a product of 2^64";
  // Allowed, but not there: 2 GiB are promised and 3 bytes come. The memory taken stays that of one chunk.
  EXPECT_THAT(refusal(idx_header({1U << 31}) + "abc"), HasSubstr("the file ends after 3 of 2147483648 elements"));
}

// A bit may flip in gzip's own header (time stamp, operating system) without harm, but never so that other data come
// out.
TEST_F(Idx, E99_no_bit_flip_in_gzip_changes_the_data) {
  const std::string good = gzip(images);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    try {
      const IdxArray array = read_idx(file("array", flipped));
      EXPECT_THAT(array.values, ElementsAre(0x00, 0x33, 0x66, 0x7f, 0xcc, 0xff)) << "bit " << bit;
    } catch (const InputError&) {
      ++refused;
    }
  }
  constexpr std::size_t bits_without_meaning = 8 * 6 + 8;  // time stamp, extra flags, operating system; unused flags
  EXPECT_GE(refused, good.size() * 8 - bits_without_meaning);
}

TEST_F(Idx, E99_files_that_do_not_belong_together_are_refused) {
  EXPECT_THAT(refusal(images, idx_header({2}) + "\x01\x02"), HasSubstr("byte 4: 2 labels for the 3 images"));
  EXPECT_THAT(refusal(images, idx_header({3}) + "\x01\x02\x0a"), HasSubstr("byte 10: label 10 of 10 classes"));
  EXPECT_THAT(refusal(images, images), HasSubstr("byte 3: labels need exactly one dimension"));
  EXPECT_THAT(refusal(labels, labels), HasSubstr("byte 3: images need at least two dimensions"));
}

TEST_F(Idx, E100_images_that_are_all_one_value_are_refused) {
  EXPECT_THAT(refusal(idx_header({3, 1, 2}) + std::string(6, '\x07'), labels),
              HasSubstr("images: every one of the 6 pixels is 7"));
}

TEST_F(Idx, E101_a_label_beyond_the_classes_is_refused_with_its_place) {
  EXPECT_THAT(refusal(images, idx_header({3}) + std::string{'\x02', '\x0a', '\x09'}),
              HasSubstr("labels: byte 9: label 10 of 10 classes"));
}

TEST_F(Idx, E99_missing_files_are_IoErrors) { EXPECT_THROW(read_idx(directory_ / "missing"), IoError); }

}  // namespace
}  // namespace lockstep
