#include "harness/compare/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

/// Below this a change of a time is of no interest to anyone.
constexpr double time_threshold = 0.03;
/// Files and the page cache scatter more, and nobody chooses a machine for less.
constexpr double storage_threshold = 0.10;
/// Bytes are exact, but an allocator's rounding is not a regression.
constexpr double size_threshold = 0.01;

struct Row {
  std::string_view metric;
  double threshold;
};

/// One metric per quantity that is measured: throughput, efficiency and others follow from these. Shares near 0
/// (overlap, communication overhead) have no useful ratio.
constexpr std::array<Row, 12> table{{
    {"step_time", time_threshold},
    {"speedup", time_threshold},
    {"bus_bandwidth", time_threshold},
    {"save_time", storage_threshold},
    {"load_time", storage_threshold},
    {"largest_batch", size_threshold},
    {"bytes_per_sample", size_threshold},
    {"fixed_bytes", size_threshold},
    {"checkpoint_size", size_threshold},
    {"wire_bytes", size_threshold},
    {"peak_memory", size_threshold},
    {"device0_ratio", size_threshold},
}};

bool is_exact(std::string_view metric) {
  for (const Row& row : table)
    if (row.metric == metric) return row.threshold == size_threshold;
  return false;
}

/// "peak_memory.1" is one device's peak_memory.
std::string_view kind_of(const RecordedMetric& metric) {
  return std::string_view{metric.name}.substr(0, metric.name.find('.'));
}

double parse_share(const std::string& text) {
  const bool is_percent = text.ends_with('%');
  const char* const end = text.data() + text.size() - (is_percent ? 1 : 0);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const double share = is_percent ? value / 100 : value;
  if (error != std::errc{} || stop != end || !(share > 0) || share > 1)
    throw UsageError{
        fmt::format("--threshold {}: expected a share above 0, at most 1, like 3% or 0.03", printable(text))};
  return share;
}

}  // namespace

Gate::Gate() {
  for (const auto& [metric, threshold] : table) thresholds_.emplace(metric, threshold);
}

void Gate::set_threshold(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos) {
    if (equals == 0) throw UsageError{fmt::format("--threshold {}: a metric is missing before =", printable(text))};
    named_.push_back(text.substr(0, equals));
    thresholds_[named_.back()] = parse_share(text.substr(equals + 1));
    return;
  }
  const double share = parse_share(text);
  for (auto& [metric, threshold] : thresholds_)
    if (!is_exact(metric)) threshold = share;
}

void Gate::judge_only(const std::vector<std::string>& names) {
  std::map<std::string, double, std::less<>> chosen;
  for (const std::string& name : names) {
    const auto found = thresholds_.find(name);
    const double threshold = found != thresholds_.end() ? found->second : time_threshold;
    if (!chosen.emplace(name, threshold).second) throw UsageError{fmt::format("--metric {} twice", printable(name))};
  }
  thresholds_ = std::move(chosen);
  named_ = names;
}

void Gate::require_known(const RecordedResult& result) const {
  std::vector<std::string_view> known;
  for (const RecordedCase& one : result.cases)
    for (const RecordedMetric& metric : one.metrics) known.push_back(kind_of(metric));
  for (const std::string& name : named_)
    if (std::ranges::find(known, name) == known.end())
      throw UsageError{
          fmt::format("no metric {} in {}{}", printable(name), result.path.string(), did_you_mean(name, known))};
}

std::optional<double> Gate::threshold(const RecordedMetric& metric) const {
  const auto found = thresholds_.find(kind_of(metric));
  if (found == thresholds_.end() || metric.better == Better::none) return std::nullopt;
  return found->second;
}

}  // namespace lockstep
