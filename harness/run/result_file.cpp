#include "harness/run/result_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <set>

#include "harness/base/clock.hpp"
#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/units.hpp"
#include "harness/run/environment/plain_value.hpp"

namespace lockstep {
namespace {

bool has_text(const Json& object, const char* key) { return object.contains(key) && object[key].is_string(); }

bool all_of(const Json& object, const char* key, const std::function<bool(const Json&)>& holds) {
  return object.contains(key) && object[key].is_array() && std::ranges::all_of(object[key], holds);
}

/// Whether it has all that is read of a case that is not run again.
bool is_case(const Json& value) {
  static constexpr std::array<const char*, 6> texts{"name", "scenario_hash", "family", "question", "verdict", "reason"};
  return std::ranges::all_of(texts, [&](const char* key) { return has_text(value, key); }) &&
         all_of(value, "checks", [](const Json& check) { return has_text(check, "verdict"); }) &&
         all_of(value, "metrics", [](const Json& metric) {
           return has_text(metric, "name") && has_text(metric, "unit") && metric.contains("value") &&
                  (metric["value"].is_number() || metric["value"].is_null());
         });
}

/// Whether the verdict stands: the case came to one of ours, and none of its checks depends on expectations, which may
/// be others by now.
bool is_finished(const Json& result) {
  const bool is_known = std::ranges::find(verdict_names, result["verdict"].get<std::string>()) != verdict_names.end();
  const bool has_expectations = std::ranges::any_of(
      result["checks"], [](const Json& check) { return check.value("name", "").starts_with("expect:"); });
  return is_known && !has_expectations && result["verdict"] != name_of(Verdict::error) &&
         result["verdict"] != name_of(Verdict::missing);
}

/// The case that a line of samples.jsonl belongs to; empty when it cannot be read.
std::string case_of(const std::string& line) {
  const Json sample = Json::parse(line, nullptr, false);
  return has_text(sample, "case") ? sample["case"].get<std::string>() : "";
}

/// The command line as it is published.
std::vector<std::string> impersonal(std::vector<std::string> words) {
  for (std::string& word : words) word = without_homes(std::move(word));
  return words;
}

/// Another for every call, on any machine. Not drawn from a seed: nothing that is computed depends on it.
std::string random_id() {
  std::random_device device;
  return format_hash(std::uint64_t{device()} << 32 | device());
}

std::filesystem::path created(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw IoError{fmt::format("{}: cannot create the output folder: {}", directory.string(), error.message())};
  return directory;
}

}  // namespace

ResultFile::ResultFile(const std::filesystem::path& directory, Existing existing, std::vector<std::string> command,
                       HostName host_name, CudaLibraries cuda)
    : directory_{created(directory)}, lock_{directory_}, started_{steady_seconds()} {
  std::error_code ignored;
  const bool has_result = std::filesystem::exists(directory_ / "result.json", ignored);
  if (has_result && existing == Existing::refuse)
    throw IoError{fmt::format(
        "{}: already holds a result; use --resume to continue it, --force to replace it, or another --output",
        directory_.string())};
  document_ = {{"schema_version", result_schema_version},
               {"tool", describe_tool()},
               {"run",
                {{"id", random_id()},
                 {"started", utc_now("%Y-%m-%dT%H:%M:%SZ")},
                 {"duration_s", 0.0},
                 {"status", "running"},
                 {"command", impersonal(std::move(command))}}},
               {"environment", describe_environment(host_name, cuda)},
               {"cases", Json::array()}};
  if (has_result && existing == Existing::resume)
    load_previous();
  else
    std::filesystem::remove(directory_ / "samples.jsonl", ignored);
  save();
}

ResultFile::Lock::Lock(const std::filesystem::path& directory)
    : descriptor_{::open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)} {
  if (descriptor_ < 0) throw IoError{fmt::format("{}: cannot write: {}", directory.string(), std::strerror(errno))};
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(descriptor_);
  throw IoError{fmt::format("{}: another lockstep is writing there", directory.string())};
}

ResultFile::Lock::~Lock() { ::close(descriptor_); }

void ResultFile::load_previous() {
  const std::filesystem::path path = directory_ / "result.json";
  const Json previous = Json::parse(read_file(path, 256 * MiB), nullptr, false);
  if (!previous.is_object() || previous.value("schema_version", Json{}) != result_schema_version ||
      !all_of(previous, "cases", is_case))
    throw InputError{fmt::format("{}: not a result that can be resumed", path.string())};
  if (previous.value("tool", Json{}) != document_["tool"] ||
      !is_same_environment(previous.value("environment", Json{}), document_["environment"]))
    throw InputError{fmt::format(
        "{}: made by another build or on another machine; results of one run must have one origin", path.string())};
  std::set<std::string> names;
  for (const Json& result : previous["cases"]) {
    if (!is_finished(result)) continue;
    names.insert(result["name"].get<std::string>());
    document_["cases"].push_back(result);
  }
  keep_samples([&](const std::string& name) { return names.contains(name); });
}

void ResultFile::keep_samples(const std::function<bool(const std::string& name)>& of) {
  std::string kept;
  std::ifstream lines{directory_ / "samples.jsonl"};
  for (std::string line; std::getline(lines, line);)
    if (of(case_of(line))) kept += line + '\n';
  write_file_atomically(directory_ / "samples.jsonl", kept);
}

const Json* ResultFile::finished(const Json& identity) const {
  for (const Json& result : document_["cases"])
    if (result["name"] == identity["name"] && result["scenario_hash"] == identity["scenario_hash"]) return &result;
  return nullptr;
}

void ResultFile::start_case(const Json& identity) {
  auto& cases = document_["cases"].get_ref<Json::array_t&>();
  const auto dropped = std::erase_if(cases, [&](const Json& result) { return result["name"] == identity["name"]; });
  if (dropped > 0) keep_samples([&](const std::string& name) { return name != identity["name"] && !name.empty(); });
}

void ResultFile::add_sample(const Json& sample) { append_line(directory_ / "samples.jsonl", sample.dump()); }

void ResultFile::add_case(Json result) {
  document_["cases"].push_back(std::move(result));
  save();
}

void ResultFile::finish(std::string_view status, int exit_code) {
  document_["run"]["status"] = status;
  document_["run"]["exit_code"] = exit_code;
  save();
}

void ResultFile::save() {
  document_["run"]["duration_s"] = steady_seconds() - started_;
  write_file_atomically(directory_ / "result.json",
                        document_.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace lockstep
