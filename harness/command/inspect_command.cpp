#include <algorithm>
#include <array>
#include <vector>

#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/checkpoint/safetensors.hpp"
#include "harness/checkpoint/values.hpp"
#include "harness/command/commands.hpp"

namespace lockstep {
namespace {

using Row = std::array<std::string, 8>;

const Row head{"tensor", "dtype", "shape", "bytes", "hash", "smallest", "largest", "not finite"};

std::string name_of(SafetensorsReader::Hash hash) {
  switch (hash) {
    case SafetensorsReader::Hash::matches:
      return "matches";
    case SafetensorsReader::Hash::differs:
      return "DIFFERS";
    case SafetensorsReader::Hash::absent:
      return "-";
  }
  throw InternalError{"a hash without a name"};
}

std::string describe_non_finite(const ValueSummary& values) {
  if (values.non_finite == 0) return "0";
  return fmt::format("{}, first at index {}", values.non_finite, values.first_non_finite);
}

Row row_of(const TensorInfo& tensor, SafetensorsReader::Hash hash, std::span<const std::byte> bytes) {
  Row row{tensor.name,
          tensor.dtype,
          safetensors::format_shape(tensor.shape),
          std::to_string(tensor.bytes()),
          name_of(hash),
          "-",
          "-",
          "-"};
  if (const auto values = summarize_values(tensor.dtype, bytes)) {
    if (values->finite > 0)
      row[5] = fmt::format("{:.6g}", values->smallest), row[6] = fmt::format("{:.6g}", values->largest);
    row[7] = describe_non_finite(*values);
  }
  return row;
}

void print_rows(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("  {:<{}}", row[i], widths[i]);
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void print_metadata(const Metadata& metadata) {
  if (metadata.empty()) return;
  fmt::print("  metadata\n");
  std::size_t width = 0;
  for (const auto& [key, value] : metadata) width = std::max(width, printable(key).size());
  for (const auto& [key, value] : metadata) fmt::print("    {:<{}}  {}\n", printable(key), width, printable(value));
}

/// Whose file it is, as far as it says.
std::string describe_origin(const SafetensorsReader& reader) {
  const Metadata& metadata = reader.metadata();
  if (!reader.has_hashes()) {
    const auto format = metadata.find("format");
    const bool of_pytorch = format != metadata.end() && format->second == "pt";
    return fmt::format("{}, not verified: it has no hashes", of_pytorch ? "for PyTorch" : "of another writer");
  }
  const auto step = metadata.find("step");
  if (!metadata.contains("format_version") || step == metadata.end()) return "written by lockstep";
  return fmt::format("checkpoint of lockstep, step {}", printable(step->second));
}

/// Prints what the file holds. Throws InputError when it is not valid, after printing what could be read.
void inspect(const std::filesystem::path& path) {
  SystemFiles files;
  SafetensorsReader reader{files, path};
  std::vector<Row> rows{head};
  std::string damaged;
  std::vector<std::byte> bytes;
  for (const TensorInfo& tensor : reader.tensors()) {
    bytes.resize(tensor.bytes());
    const SafetensorsReader::Hash hash = reader.read_next(bytes);
    rows.push_back(row_of(tensor, hash, bytes));
    if (hash == SafetensorsReader::Hash::differs) damaged += (damaged.empty() ? "" : ", ") + tensor.name;
  }
  fmt::print("{}: {}\n", without_controls(path.string()), describe_origin(reader));
  print_rows(rows);
  print_metadata(reader.metadata());
  fmt::print("  {} tensor{}, {} of data, {} of header\n", reader.tensors().size(),
             reader.tensors().size() == 1 ? "" : "s", format_bytes(reader.data_bytes()),
             format_bytes(reader.header_bytes()));
  if (!damaged.empty())
    throw InputError{fmt::format("{}: the data do not match their hash: {}", path.string(), damaged)};
}

}  // namespace

ExitCode inspect_command(const std::vector<std::filesystem::path>& paths) {
  ExitCode first_code = ExitCode::passed;
  std::string messages;
  for (const std::filesystem::path& path : paths) {
    try {
      inspect(path);
    } catch (const Error& error) {
      if (error.code() != ExitCode::invalid_input && error.code() != ExitCode::io) throw;
      if (messages.empty()) first_code = error.code();
      messages += (messages.empty() ? "" : "\nerror: ") + std::string{error.what()};
    }
  }
  if (!messages.empty()) throw Error{first_code, messages};
  return ExitCode::passed;
}

}  // namespace lockstep
