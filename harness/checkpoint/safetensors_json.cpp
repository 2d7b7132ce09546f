// The JSON of a header, as a state machine over the events of the parser: whatever is not expected next is refused at
// once, so neither depth nor repetition costs anything.
#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/checkpoint/dtypes.hpp"
#include "harness/checkpoint/safetensors_header.hpp"

namespace lockstep::safetensors {
namespace {

using Json = nlohmann::json;

class HeaderEvents final : public nlohmann::json_sax<Json> {
 public:
  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { unexpected(value == 0 ? "-0" : std::to_string(value)); }
  bool number_float(double, const std::string& text) override { unexpected(text); }
  bool binary(Json::binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) override {
    if (place_ == Place::shape)
      add_dimension(value);
    else if (place_ == Place::offsets)
      add_offset(value);
    else
      unexpected(std::to_string(value));
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::metadata)
      set_metadata(std::move(value));
    else if (place_ == Place::tensor && key_ == "dtype")
      set_dtype(std::move(value));
    else
      unexpected("the text " + printable(value));
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::outside)
      place_ = Place::header;
    else if (place_ == Place::header)
      place_ = key_ == metadata_key ? Place::metadata : Place::tensor;
    else
      unexpected("an object");
    return true;
  }

  bool key(std::string& name) override {
    if (place_ == Place::header)
      start_entry(name);
    else if (place_ == Place::metadata)
      start_metadata(name);
    else
      start_field(name);
    key_ = std::move(name);
    return true;
  }

  bool end_object() override {
    if (place_ == Place::tensor) require_all_fields();
    place_ = place_ == Place::header ? Place::outside : Place::header;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape")
      place_ = Place::shape;
    else if (place_ == Place::tensor && key_ == "data_offsets")
      place_ = Place::offsets;
    else
      unexpected("an array");
    return true;
  }

  bool end_array() override {
    if (place_ == Place::offsets && offsets_ != 2) refuse("data_offsets must be two numbers, not {}", offsets_);
    place_ = Place::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    throw InputError{fmt::format("the header is not JSON at its byte {}", position)};
  }

 private:
  enum class Place { outside, header, metadata, tensor, shape, offsets };
  static constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};

  TensorInfo& tensor() { return header_.tensors.back(); }

  template <typename... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> what, Args&&... args) {
    throw InputError{fmt::format("{}: {}", tensor().name, fmt::format(what, std::forward<Args>(args)...))};
  }

  [[noreturn]] void unexpected(const std::string& got) {
    switch (place_) {
      case Place::outside:
        throw InputError{fmt::format("the header must be an object, not {}", got)};
      case Place::header:
        throw InputError{fmt::format("{}: expected an object, got {}", key_, got)};
      case Place::metadata:
        throw InputError{fmt::format("{}: {}: expected text, got {}", metadata_key, printable(key_), got)};
      case Place::tensor:
        refuse("{}: expected {}, got {}", key_, key_ == "dtype" ? "text" : "an array", got);
      case Place::shape:
      case Place::offsets:
        refuse("{}: expected an unsigned integer of 64 bits, got {}", key_, got);
    }
    throw_internal_error("safetensors: a place without a name");
  }

  static void require_new(std::set<std::string>& seen, const std::string& name, std::string_view kind) {
    if (!seen.insert(name).second) throw InputError{fmt::format("duplicate {} {}", kind, printable(name))};
  }

  /// One that was escaped; where it ends a text depends on the reader.
  static void require_no_nul(const std::string& text) {
    if (text.find('\0') != std::string::npos)
      throw InputError{fmt::format("{}: a NUL in {}", metadata_key, printable(text))};
  }

  void start_entry(const std::string& name) {
    if (name == metadata_key) return require_new(names_, name, "key");
    if (!is_good_name(name))
      throw InputError{fmt::format("bad tensor name {}: 1 to 256 of A-Z a-z 0-9 _ . / - are allowed, without a \"..\"",
                                   printable(name))};
    require_new(names_, name, "tensor");
    if (header_.tensors.size() == most_tensors) throw InputError{fmt::format("more than {} tensors", most_tensors)};
    header_.tensors.push_back({.name = name, .dtype = {}, .shape = {}});
    seen_fields_.clear();
    offsets_ = 0;
  }

  void start_metadata(const std::string& name) {
    require_no_nul(name);
    require_new(metadata_keys_, name, "metadata key");
  }

  void set_metadata(std::string value) {
    require_no_nul(value);
    header_.metadata[key_] = std::move(value);
  }

  void start_field(const std::string& name) {
    if (std::ranges::find(fields, name) == fields.end())
      refuse("unknown field {}{}", printable(name), did_you_mean(name, fields));
    if (!seen_fields_.insert(name).second) refuse("duplicate field {}", name);
  }

  void require_all_fields() {
    for (const std::string_view field : fields)
      if (!seen_fields_.contains(std::string{field})) refuse("{} is missing", field);
  }

  void set_dtype(std::string name) {
    if (bits_of_dtype(name) == 0) refuse("unknown dtype {}", printable(name));
    tensor().dtype = std::move(name);
  }

  void add_dimension(std::uint64_t value) {
    if (tensor().shape.size() == most_dimensions) refuse("more than {} dimensions", most_dimensions);
    if (value > largest_dimension) refuse("a dimension of {}, the limit is {}", value, largest_dimension);
    tensor().shape.push_back(value);
  }

  void add_offset(std::uint64_t value) {
    if (offsets_ == 2) refuse("data_offsets must be two numbers, not more");
    (offsets_ == 0 ? tensor().begin : tensor().end) = value;
    ++offsets_;
  }

  SafetensorsHeader header_;
  Place place_ = Place::outside;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> metadata_keys_;
  std::set<std::string> seen_fields_;  // of the tensor that is being read
  int offsets_ = 0;                    // of the tensor that is being read
};

}  // namespace

SafetensorsHeader parse_header_json(std::string_view text) {
  HeaderEvents events;
  Json::sax_parse(text, &events);
  return events.take();
}

}  // namespace lockstep::safetensors
