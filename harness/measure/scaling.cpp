#include "harness/measure/scaling.hpp"

#include <fmt/format.h>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

template <typename Function>
std::vector<double> mapped(const std::vector<double>& values, const Function& function) {
  std::vector<double> result;
  for (const double value : values) result.push_back(function(value));
  return result;
}

/// Of each pair.
std::vector<double> speedups(const Scaling& scaling, const PairedTimes& times) {
  const double gain = static_cast<double>(scaling.devices) * scaling.ideal_share();  // 1 when strong, N when weak
  return mapped(ratios(times), [=](double ratio) { return gain * ratio; });
}

Metric noise_floor_metric(const PairedTimes& times) {
  Metric metric{.name = "noise_floor",
                .unit = "1",
                .better = Better::lower,
                .definition =
                    "largest relative difference that the 95 % interval of A/A allows: the ratio of "
                    "neighbouring blocks of the same side"};
  metric.value = noise_floor(times);
  return metric;
}

}  // namespace

double serial_fraction(double speedup, double devices) {
  require(devices > 1, "a serial fraction on {} devices", devices);
  return (1 / speedup - 1 / devices) / (1 - 1 / devices);
}

std::vector<Metric> scaling_metrics(const Scaling& scaling, const PairedTimes& times) {
  const auto devices = static_cast<double>(scaling.devices);
  const bool is_weak = scaling.kind == Scaling::Kind::weak;
  const std::vector<double> gains = speedups(scaling, times);
  const std::vector<double> throughputs =
      mapped(times.candidate, [&](double seconds) { return static_cast<double>(scaling.global_batch) / seconds; });
  std::vector<Metric> metrics;
  const auto add = [&](Metric metric, const std::vector<double>& values) {
    metrics.push_back(summarised(std::move(metric), values));
  };
  add({.name = "speedup",
       .unit = "1",
       .better = Better::higher,
       .definition = is_weak ? "S = N*T_1(b)/T_N(N*b), paired blocks" : "S = T_1(B)/T_N(B), paired blocks"},
      gains);
  add({.name = "efficiency", .unit = "1", .better = Better::higher, .definition = "S/N"},
      mapped(gains, [=](double gain) { return gain / devices; }));
  if (scaling.devices > 1)
    add({.name = "serial_fraction",
         .unit = "1",
         .better = Better::lower,
         .definition = "e = (1/S - 1/N)/(1 - 1/N), Karp and Flatt"},
        mapped(gains, [=](double gain) { return serial_fraction(gain, devices); }));
  add({.name = "step_time",
       .unit = "s",
       .better = Better::lower,
       .definition = "T_N: per step the longest over ranks; median over the blocks of their medians",
       .has_samples = true},
      times.candidate);
  add({.name = "throughput", .unit = "samples/s", .better = Better::higher, .definition = "global batch / T_N"},
      throughputs);
  add({.name = "throughput_per_device",
       .unit = "samples/s",
       .better = Better::higher,
       .definition = "global batch / T_N / N"},
      mapped(throughputs, [=](double rate) { return rate / devices; }));
  add({.name = "baseline_step_time",
       .unit = "s",
       .better = Better::none,
       .definition = "T_1: one device without data-parallel code, in the same run",
       .has_samples = true},
      times.baseline);
  metrics.push_back(noise_floor_metric(times));
  return metrics;
}

Metric dp_tax(const PairedTimes& times) {
  return summarised(
      {.name = "dp_tax", .unit = "1", .better = Better::lower, .definition = "T_strategy(1 device)/T_plain - 1"},
      mapped(ratios(times), [](double ratio) { return 1 / ratio - 1; }));
}

Metric communication_overhead(const std::vector<double>& candidate, const std::vector<double>& silent) {
  Metric metric{.name = "communication_overhead",
                .unit = "1",
                .better = Better::lower,
                .definition =
                    "(T_N - T_comp)/T_N, T_comp with collectives that do nothing, measured block by block "
                    "beside T_N"};
  if (silent.empty()) return metric;
  require(candidate.size() == silent.size(), "{} blocks beside {} without communication", candidate.size(),
          silent.size());
  std::vector<double> overheads;
  for (std::size_t block = 0; block < candidate.size(); ++block)
    overheads.push_back((candidate[block] - silent[block]) / candidate[block]);
  return summarised(std::move(metric), overheads);
}

std::string speedup_in_words(const Scaling& scaling, const PairedTimes& times) {
  const auto floor = noise_floor(times);
  if (!floor)
    return fmt::format("{} pairs of blocks are too few for a noise floor, so no effect is called one", times.pairs());
  const std::vector<double> gains = speedups(scaling, times);
  const double gain = median(gains);
  const bool is_tax = scaling.devices == 1;
  if (!is_effect(gain, median_interval(gains), *floor))
    return fmt::format("no {} above the noise floor of {:.1f} %", is_tax ? "tax or gain" : "speed-up or slow-down",
                       100 * *floor);
  if (is_tax)
    return fmt::format("a step takes {:.1f} % {} than in the plain program, above the noise floor of {:.1f} %",
                       100 * (gain < 1 ? 1 / gain - 1 : 1 - 1 / gain), gain < 1 ? "longer" : "less", 100 * *floor);
  return fmt::format("{:.2f} times {} than one device, above the noise floor of {:.1f} %", gain < 1 ? 1 / gain : gain,
                     gain < 1 ? "slower" : "faster", 100 * *floor);
}

}  // namespace lockstep
