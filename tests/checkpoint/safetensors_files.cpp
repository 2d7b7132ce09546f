#include "tests/checkpoint/safetensors_files.hpp"

#include <fmt/ranges.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"

namespace lockstep::testing {
namespace {

std::string length_bytes(std::uint64_t length) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(length >> shift & 0xFF);
  return bytes;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// A file with this header, padded, and so many bytes of data.
std::string file(std::string header, std::size_t data = 0) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return length_bytes(header.size()) + header + std::string(data, 'd');
}

/// The same without padding.
std::string unpadded(const std::string& header, std::size_t data = 0) {
  return length_bytes(header.size()) + header + std::string(data, 'd');
}

/// `"NAME":{"dtype":…,"shape":[…],"data_offsets":[…]}`
std::string entry(std::string_view name, std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{}]}})", name, dtype, shape, offsets);
}

/// An object with these entries.
std::string object(std::initializer_list<std::string_view> entries) {
  return fmt::format("{{{}}}", fmt::join(entries, ","));
}

std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return object({entry("w1", dtype, shape, offsets)});
}

/// A good entry of 8 bytes.
const std::string w1 = entry("w1", "F32", "2", "0,8");
const std::string good = file(object({w1}), 8);

/// A file with the hashes of lockstep; `lie` is put in place of the hash of the data.
std::string hashed(const std::string& lie = {}) {
  const std::string data(8, 'd');
  const std::string hash = lie.empty() ? format_hash(hash_text(data)) : lie;
  const std::string tensor = R"("w1":{"data_offsets":[0,8],"dtype":"F32","shape":[2]})";
  const std::string without = fmt::format(R"({{"__metadata__":{{"xxh3:w1":"{}"}},{}}})", hash, tensor);
  return file(fmt::format(R"({{"__metadata__":{{"header_xxh3":"{}","xxh3:w1":"{}"}},{}}})",
                          format_hash(hash_text(without)), hash, tensor),
              8);
}

using Files = std::vector<HostileFile>;

void add_lengths(Files& files) {
  for (std::size_t size = 0; size < 8; ++size)
    files.push_back({59, fmt::format("size-{}", size), std::string(size, '\0'), "too few for a safetensors file"});
  const std::string rest = good.substr(8);
  files.push_back({59, "length-0", length_bytes(0), "must start with {"});
  files.push_back({59, "length-0-with-data", length_bytes(0) + rest, "must start with {"});
  files.push_back({59, "length-one-too-many", length_bytes(rest.size() + 1) + rest, "exceeds the file's size"});
  files.push_back({59, "length-2-63", length_bytes(std::uint64_t{1} << 63) + rest, "exceeds the file's size"});
  files.push_back({59, "length-2-64-1", length_bytes(~std::uint64_t{0}) + rest, "exceeds the file's size"});
  files.push_back({59, "length-wraps-with-8", length_bytes(~std::uint64_t{0} - 7) + rest, "exceeds the file's size"});
  files.push_back({59, "length-100-mb-and-1", length_bytes(100'000'001) + rest, "exceeds the file's size"});
  files.push_back({59, "length-over-limit", file("{}" + std::string(1 << 20, ' ')), "exceeds the limit 1048576"});
  files.push_back(
      {59, "length-big-endian", std::string(7, '\0') + char(rest.size()) + rest, "exceeds the file's size"});
  files.push_back({59, "length-not-multiple-of-8", unpadded(object({w1}) + "  ", 8), "not a multiple of 8"});
}

void add_texts(Files& files) {
  const std::string json = object({w1});
  const auto add = [&](const char* name, const std::string& header, const char* message) {
    files.push_back({60, name, file(header, 8), message});
  };
  add("leading-space", " " + json, "must start with {");
  add("leading-newline", "\n" + json, "must start with {");
  add("byte-order-mark", "\xef\xbb\xbf" + json, "must start with {");
  add("utf-16", std::string("{\0\"\0", 4), "not UTF-8");
  const auto noted = [](const char* text) {
    return object({fmt::format("\"__metadata__\":{{\"a\":\"{}\"}}", text), w1});
  };
  add("not-utf-8", noted("\xff"), "not UTF-8 text at its byte 22");
  add("overlong-utf-8", noted("\xc0\x80"), "not UTF-8");
  add("surrogate-utf-8", noted("\xed\xa0\x80"), "not UTF-8");
  add("garbage-after-object", json + "x", "end with }");
  add("second-document", json + "{}", "not JSON");
  add("newline-after-object", json + "\n", "end with }");
  add("nul-padding", json + std::string(8, '\0'), "not UTF-8");
  add("nul-and-second-document", json + std::string(1, '\0') + "{}", "not UTF-8");
  add("array", "[]", "must start with {");
  add("text", "\"w1\"", "must start with {");
  add("empty-text", "        ", "must start with {");
  add("not-closed", json.substr(0, json.size() - 1), "not JSON");
  add("trailing-comma", object({w1, ""}), "not JSON");
  add("comment", "{/**/" + json.substr(1), "not JSON");
  add("single-quotes", "{'w1':{}}", "not JSON");
  add("lone-surrogate-escape", noted("\\ud800"), "not JSON");
  add("control-character", "{\"__metadata__\":{\"a\":\"\x01\"}}", "not JSON");
  add("deep-arrays", fmt::format("{{\"w1\":{}}}", repeated("[", 100'000)), "expected an object, got an array");
  add("deep-objects", repeated(R"({"a":)", 100'000) + "}", "a: unknown field");
  add("deep-shape", R"({"w1":{"dtype":"F32","shape":[[[2]]],"data_offsets":[0,8]}})", "got an array");
}

void add_names(Files& files) {
  const auto add = [&](const char* name, const std::string& header, std::size_t data, const char* message) {
    files.push_back({61, name, file(header, data), message});
  };
  add("duplicate-same-offsets", object({w1, w1}), 8, "duplicate tensor \"w1\"");
  add("duplicate-other-type", object({w1, entry("w1", "I32", "2", "0,8")}), 8, "duplicate tensor \"w1\"");
  add("duplicate-other-offsets", object({w1, entry("w1", "F32", "2", "8,16")}), 16, "duplicate tensor \"w1\"");
  add("duplicate-by-escape", object({entry("a", "F32", "2", "0,8"), entry("\\u0061", "F32", "2", "0,8")}), 8,
      "duplicate tensor \"a\"");
  add("name-empty", object({entry("", "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-climbs", object({entry("../../etc/passwd", "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-nul", object({entry("a\\u0000b", "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-escape-sequence", object({entry("\\n\\u001b[31m", "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-long", object({entry(std::string(257, 'n'), "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-nfc", object({entry("\xc3\xa9", "F32", "2", "0,8")}), 8, "bad tensor name");
  add("name-space", object({entry("a b", "F32", "2", "0,8")}), 8, "bad tensor name");
}

void add_metadata(Files& files) {
  const auto add = [&](const char* name, const std::string& metadata, const char* message) {
    files.push_back({62, name, file(object({metadata, w1}), 8), message});
  };
  add("metadata-null", R"("__metadata__":null)", "__metadata__: expected an object, got null");
  add("metadata-array", R"("__metadata__":[])", "__metadata__: expected an object, got an array");
  add("metadata-number", R"("__metadata__":{"step":3})", "\"step\": expected text, got 3");
  add("metadata-nested", R"("__metadata__":{"a":{}})", "expected text, got an object");
  add("metadata-true", R"("__metadata__":{"a":true})", "expected text, got true");
  add("metadata-nul", R"("__metadata__":{"a":"1\u00002"})", "a NUL in");
  add("metadata-key-nul", R"("__metadata__":{"a\u0000b":"1"})", "a NUL in");
  add("metadata-twice", R"("__metadata__":{},"__metadata__":{})", "duplicate key \"__metadata__\"");
  add("metadata-key-twice", R"("__metadata__":{"a":"1","a":"2"})", "duplicate metadata key \"a\"");
  add("metadata-key-twice-by-escape", R"("__metadata__":{"a":"1","\u0061":"2"})", "duplicate metadata key \"a\"");
}

void add_fields(Files& files) {
  const auto add = [&](int number, const char* name, const std::string& tensor, const char* message) {
    files.push_back({number, name, file(object({"\"w1\":" + tensor}), 8), message});
  };
  add(63, "no-dtype", R"({"shape":[2],"data_offsets":[0,8]})", "w1: dtype is missing");
  add(63, "no-shape", R"({"dtype":"F32","data_offsets":[0,8]})", "w1: shape is missing");
  add(63, "no-offsets", R"({"dtype":"F32","shape":[2]})", "w1: data_offsets is missing");
  add(63, "no-fields", "{}", "w1: dtype is missing");
  add(63, "extra-field", R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"stride":[1]})",
      "unknown field \"stride\"");
  add(63, "misspelt-field", R"({"dtype":"F32","shap":[2],"data_offsets":[0,8]})", "did you mean \"shape\"?");
  add(63, "field-twice", R"({"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]})", "duplicate field shape");
  add(63, "field-twice-by-escape", R"({"dtype":"F32","shape":[2],"shap\u0065":[1],"data_offsets":[0,8]})",
      "duplicate field shape");
  add(63, "tensor-null", "null", "w1: expected an object, got null");
  add(63, "tensor-array", "[]", "w1: expected an object, got an array");
  add(63, "dtype-number", R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})", "dtype: expected text, got 32");
  add(63, "shape-number", R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})", "shape: expected an array, got 2");
  add(63, "shape-object", R"({"dtype":"F32","shape":{},"data_offsets":[0,8]})",
      "shape: expected an array, got an object");
  add(63, "one-offset", R"({"dtype":"F32","shape":[2],"data_offsets":[8]})", "must be two numbers, not 1");
  add(63, "no-offset", R"({"dtype":"F32","shape":[2],"data_offsets":[]})", "must be two numbers, not 0");
  add(63, "three-offsets", R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", "must be two numbers, not more");
  add(64, "dtype-unknown", R"({"dtype":"F31","shape":[2],"data_offsets":[0,8]})", "unknown dtype \"F31\"");
  add(64, "dtype-lower-case", R"({"dtype":"f32","shape":[2],"data_offsets":[0,8]})", "unknown dtype \"f32\"");
  add(64, "dtype-empty", R"({"dtype":"","shape":[2],"data_offsets":[0,8]})", "unknown dtype \"\"");
}

void add_numbers(Files& files) {
  const auto add = [&](const char* name, const std::string& shape, const std::string& offsets, const char* message) {
    files.push_back({65, name, file(one("F32", shape, offsets), 8), message});
  };
  const char* const not_a_number = "expected an unsigned integer of 64 bits";
  for (const char* number : {"-1", "-0", "2.0", "2e0", "\"2\"", "true", "null", "18446744073709551616"}) {
    files.push_back(
        {65, fmt::format("dimension-{}", hash_text(number)), file(one("F32", number, "0,8"), 8), not_a_number});
    files.push_back({65, fmt::format("offset-{}", hash_text(number)),
                     file(one("F32", "2", fmt::format("0,{}", number)), 8), not_a_number});
  }
  for (const char* number : {"02", "+2", ".5", "0x2", "NaN", "Infinity", "1_0", "1e400"})
    files.push_back({65, fmt::format("no-json-{}", hash_text(number)), file(one("F32", number, "0,8"), 8), "not JSON"});
  add("offset-beyond-doubles", "2", "0,9007199254740993", "w1: 9007199254740993 bytes");
  add("product-wraps-to-0", "4294967296,4294967296", "0,0", "overflows");
  add("product-wraps-with-width", "1099511627776,4194304", "0,8", "overflows");
  add("zero-hides-overflow", "0,1099511627776,4194304", "0,0", "overflows");
  add("zero-after-overflow", "1099511627776,4194304,0", "0,0", "overflows");
  add("dimension-over-limit", "1099511627777", "0,8", "the limit is 1099511627776");
  add("zero-and-2-63", "0,9223372036854775808,4", "0,0", "the limit is 1099511627776");
  add("nine-dimensions", "1,1,1,1,1,1,1,1,2", "0,8", "more than 8 dimensions");
  add("many-dimensions", repeated("1,", 100'000) + "2", "0,8", "more than 8 dimensions");
}

void add_places(Files& files) {
  const auto add = [&](int number, const char* name, const std::string& header, std::size_t data, const char* message) {
    files.push_back({number, name, file(object({header}), data), message});
  };
  add(66, "offsets-reversed", entry("w1", "F32", "2", "8,0"), 8, "w1: data_offsets [8, 0] are reversed");
  add(66, "beyond-end", entry("w1", "F32", "4", "0,16"), 8, "truncated: the tensors take 16 bytes");
  add(66, "hole-at-start", entry("w1", "F32", "1", "4,8"), 8, "(a hole)");
  add(66, "hole-in-the-middle", entry("a", "F32", "1", "0,4") + "," + entry("b", "F32", "1", "8,12"), 12, "(a hole)");
  add(66, "overlap", entry("a", "F32", "2", "0,8") + "," + entry("b", "F32", "2", "4,12"), 12, "(an overlap)");
  add(66, "alias", entry("a", "F32", "2", "0,8") + "," + entry("b", "F32", "2", "0,8"), 8, "(an overlap)");
  add(66, "alias-shifted", entry("a", "U8", "8", "0,8") + "," + entry("b", "U8", "7", "1,8"), 8, "(an overlap)");
  add(66, "begin-near-2-64", entry("w1", "F32", "2", "18446744073709551608,18446744073709551615"), 8, "(a hole)");
  std::string bomb;
  for (int i = 0; i < 1000; ++i)
    bomb += fmt::format("{}{}", i == 0 ? "" : ",", entry(fmt::format("t{}", i), "U8", "8", "0,8"));
  add(66, "thousand-tensors-on-one-range", bomb, 8, "(an overlap)");
  add(67, "size-too-small", entry("w1", "F32", "2", "0,4"), 4, "w1: 4 bytes, but [2] of F32 takes 8");
  add(67, "size-too-large", entry("w1", "F32", "2", "0,12"), 12, "w1: 12 bytes, but [2] of F32 takes 8");
  add(67, "size-of-other-type", entry("w1", "F16", "2", "0,8"), 8, "w1: 8 bytes, but [2] of F16 takes 4");
  add(67, "empty-with-bytes", entry("w1", "F32", "0", "0,8"), 8, "w1: 8 bytes, but [0] of F32 takes 0");
  add(67, "scalar-with-8-bytes", entry("w1", "F32", "", "0,8"), 8, "w1: 8 bytes, but [] of F32 takes 4");
  add(67, "three-f4", entry("w1", "F4", "3", "0,2"), 2, "[3] of F4 is not a whole number of bytes");
  add(67, "two-f6", entry("w1", "F6_E2M3", "2", "0,2"), 2, "is not a whole number of bytes");
  add(67, "misaligned", entry("a", "U8", "1", "0,1") + "," + entry("b", "F64", "1", "1,9"), 9,
      "not at a multiple of 8");
}

void add_ends(Files& files) {
  files.push_back({68, "one-byte-more", good + "x", "1 bytes after the last tensor"});
  files.push_back({68, "zip-after-the-end", good + "PK\x03\x04", "4 bytes after the last tensor"});
  files.push_back({68, "pickle-after-the-end", good + "\x80\x04K\x01.", "5 bytes after the last tensor"});
  files.push_back({68, "data-without-tensors", file("{}", 8), "8 bytes after the last tensor"});
  files.push_back({68, "html-in-front", "<html>  " + good, "exceeds the file's size"});
  files.push_back({68, "one-byte-less", good.substr(0, good.size() - 1), "truncated"});
  files.push_back({68, "half-the-data", good.substr(0, good.size() - 4), "truncated"});
  files.push_back({68, "header-only", good.substr(0, good.size() - 8), "truncated"});
  files.push_back({68, "half-the-header", good.substr(0, 30), "exceeds the file's size"});
}

void add_hashes(Files& files) {
  std::string flipped = hashed();
  flipped.back() = 'e';
  files.push_back({69, "data-changed", flipped, "w1: xxh3 mismatch"});
  files.push_back({69, "hash-changed", hashed("0123456789abcdef"), "w1: xxh3 mismatch"});
  files.push_back({69, "hash-upper-case", hashed("0123456789ABCDEF"), "is not a hash"});
  files.push_back({69, "hash-short", hashed("0"), "is not a hash"});
  files.push_back({69, "hash-no-number", hashed("0x23456789abcdef"), "is not a hash"});
  std::string renamed = hashed();
  renamed.replace(renamed.find("\"w1\":{"), 4, "\"w2\"");
  files.push_back({69, "name-changed", renamed, "the header does not match its hash"});
  std::string unguarded = hashed();
  unguarded.replace(unguarded.find("header_xxh3"), 11, "header_xxh4");
  files.push_back({69, "header-hash-gone", unguarded, "the hash header_xxh3 is missing"});
}

}  // namespace

std::vector<HostileFile> hostile_files() {
  Files files;
  add_lengths(files);
  add_texts(files);
  add_names(files);
  add_metadata(files);
  add_fields(files);
  add_numbers(files);
  add_places(files);
  add_ends(files);
  add_hashes(files);
  return files;
}

std::vector<GoodFile> good_files() {
  return {
      {"no-tensors", file("{}")},
      {"one-tensor", good},
      {"with-hashes", hashed()},
      {"metadata-only", file(R"({"__metadata__":{}})")},
      {"of-pytorch", file(object({R"("__metadata__":{"format":"pt"})", w1}), 8)},
      {"escapes",
       file(object({R"("__metadata__":{"\u0061\n\"":"\u00e9\ud83d\ude00"})", R"("w\u0031":)" + w1.substr(5)}), 8)},
      {"white-space", file("{ \"w1\" :\n{\"dtype\":\t\"F32\", \"shape\": [ 2 ],\r\n \"data_offsets\": [0, 8] } }", 8)},
      {"scalar", file(one("F64", "", "0,8"), 8)},
      {"empty-tensors", file(object({entry("a", "F32", "0,4", "0,0"), w1, entry("z", "F64", "0", "8,8")}), 8)},
      {"eight-dimensions", file(one("F32", "1,1,1,1,1,1,1,2", "0,8"), 8)},
      {"largest-dimension", file(one("F32", "0,1099511627776", "0,0"))},
      {"long-name", file(object({entry(std::string(256, 'n'), "F32", "2", "0,8")}), 8)},
      {"not-sorted", file(object({entry("a", "U8", "1", "8,9"), entry("b", "F32", "2", "0,8")}), 9)},
      {"small-types",
       file(object({entry("a", "F16", "1", "0,2"), entry("b", "BF16", "1", "2,4"), entry("c", "BOOL", "2", "4,6"),
                    entry("d", "F4", "2", "6,7"), entry("e", "F6_E3M2", "4", "7,10")}),
            10)}};
}

}  // namespace lockstep::testing
