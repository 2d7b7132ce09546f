#include "harness/run/result_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/base/units.hpp"
#include "harness/run/environment.hpp"

namespace lockstep {
namespace {

double steady_seconds() { return Seconds{std::chrono::steady_clock::now().time_since_epoch()}.count(); }

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

bool is_finished(const Json& result) {
  const std::string verdict = result.value("verdict", "");
  return verdict != name_of(Verdict::error) && verdict != name_of(Verdict::missing) && !verdict.empty();
}

}  // namespace

ResultFile::ResultFile(std::filesystem::path directory, Existing existing, std::vector<std::string> command)
    : directory_{std::move(directory)}, started_{steady_seconds()} {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error)
    throw IoError{fmt::format("{}: cannot create the output folder: {}", directory_.string(), error.message())};
  lock();
  const bool has_result = std::filesystem::exists(directory_ / "result.json");
  if (has_result && existing == Existing::refuse)
    throw IoError{fmt::format(
        "{}: already holds a result; use --resume to continue it, --force to replace it, or another --output",
        directory_.string())};
  if (has_result && existing == Existing::resume) load_previous();
  if (existing != Existing::resume) std::filesystem::remove(directory_ / "samples.jsonl", error);
  document_ = {
      {"schema_version", result_schema_version},
      {"tool", describe_tool()},
      {"run", {{"started", utc_now()}, {"duration_s", 0.0}, {"status", "running"}, {"command", std::move(command)}}},
      {"environment", describe_environment()},
      {"cases", Json::array()}};
  save();
}

ResultFile::~ResultFile() {
  if (lock_ >= 0) ::close(lock_);
}

void ResultFile::lock() {
  const std::filesystem::path path = directory_ / ".lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) throw IoError{fmt::format("{}: cannot write: {}", directory_.string(), std::strerror(errno))};
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(lock_);
  lock_ = -1;
  throw IoError{fmt::format("{}: another lockstep is writing there", directory_.string())};
}

void ResultFile::load_previous() {
  const std::filesystem::path path = directory_ / "result.json";
  const Json previous = Json::parse(read_file(path, 256 * MiB), nullptr, false);
  if (!previous.is_object() || !previous.contains("cases") || !previous["cases"].is_array() ||
      previous.value("schema_version", 0) != result_schema_version)
    throw InputError{fmt::format("{}: not a result that can be resumed", path.string())};
  for (const Json& result : previous["cases"])
    if (result.is_object() && is_finished(result)) previous_.push_back(result);
}

const Json* ResultFile::finished(const Json& identity) const {
  for (const Json& result : previous_)
    if (result.value("name", "") == identity["name"] && result.value("scenario_hash", "") == identity["scenario_hash"])
      return &result;
  return nullptr;
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
