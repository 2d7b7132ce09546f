#include <algorithm>
#include <ranges>

#include "harness/device/cpu/topology.hpp"
#include "harness/measure/checks/communication.hpp"
#include "harness/measure/collective_trial.hpp"
#include "harness/measure/transfer_model.hpp"
#include "harness/run/families/communication.hpp"
#include "harness/run/families/timed_training.hpp"
#include "harness/run/observations.hpp"
#include "harness/run/setup.hpp"

namespace lockstep {
namespace {

Collective collective_named(std::string_view name) {
  const auto found = std::ranges::find(collective_names, name);
  require(found != collective_names.end(), "no collective {}", name);
  return static_cast<Collective>(found - collective_names.begin());
}

/// What the sizes gave, the smallest first.
struct Sweep {
  std::vector<BandwidthRow> rows;  // out of place, then in place, of each size
  std::uint64_t compared = 0;
  std::vector<CopyTime> copies;
};

class Sweeper {
 public:
  Sweeper(const CaseRun& run, World& world, bool is_timed)
      : spec_{run.one.scenario.communication}, samples_{run.samples}, world_{world}, is_timed_{is_timed} {}

  Sweep run() const {
    Sweep sweep;
    for (std::size_t bytes = spec_.min_size; bytes <= spec_.max_size; bytes *= 2) {
      for (const Placement placement : {Placement::out_of_place, Placement::in_place})
        add({collective_named(spec_.collective), bytes, placement}, sweep);
      if (is_timed_ && world_.size() > 1)
        sweep.copies.push_back({bytes, std::ranges::min(time_copies(world_, bytes, repetition()))});
    }
    return sweep;
  }

 private:
  [[nodiscard]] Repetition repetition() const { return {spec_.warmup_iterations, spec_.iterations}; }

  void add(const CollectiveShape& shape, Sweep& sweep) const {
    const ComparedElements comparison = compare_collective(world_, shape);
    sweep.compared += comparison.compared;
    std::optional<double> seconds;
    if (is_timed_) {
      const std::vector<double> times = time_collective(world_, shape, repetition());
      note(shape, times);
      seconds = median(times);
    }
    sweep.rows.push_back(bandwidth_row(shape, world_.size(), seconds, comparison));
  }

  void note(const CollectiveShape& shape, const std::vector<double>& times) const {
    const std::string name =
        fmt::format("time.{}.{}", shape.placement == Placement::in_place ? "in_place" : "out_of_place", shape.bytes);
    for (std::size_t i = 0; i < times.size(); ++i)
      samples_({.metric = name, .unit = "s", .index = i, .value = times[i]});
  }

  const CommunicationSpec& spec_;
  const SampleSink& samples_;
  World& world_;
  bool is_timed_;
};

/// Of the rows as training has them; nothing where nothing moves.
std::optional<TransferModel> model_of(const Sweep& sweep) {
  std::vector<TransferTime> times;
  for (const BandwidthRow& row : sweep.rows)
    if (row.placement == usual_placement(row.kind) && row.algbw) times.push_back({row.bytes, *row.seconds});
  return fit_transfer_model(times);
}

std::optional<double> peak_busbw(const std::vector<BandwidthRow>& rows) {
  std::optional<double> peak;
  for (const BandwidthRow& row : rows)
    if (row.busbw) peak = std::max(peak.value_or(0), *row.busbw);
  return peak;
}

std::vector<Metric> metrics_of(const Sweep& sweep, const std::optional<TransferModel>& model, int ranks) {
  const auto term = [&](double TransferModel::*member) {
    return model ? std::optional{(*model).*member} : std::nullopt;
  };
  std::optional<double> copied;
  if (!sweep.copies.empty()) copied = copy_rate(sweep.copies, 0, ranks);
  return {
      {.name = "bus_bandwidth",
       .unit = "B/s",
       .better = Better::higher,
       .value = average_busbw(sweep.rows),
       .definition = "busbw of nccl-tests, mean over all sizes, in and out of place",
       .has_samples = true},
      {.name = "peak_bus_bandwidth",
       .unit = "B/s",
       .better = Better::higher,
       .value = peak_busbw(sweep.rows),
       .definition = "largest busbw of a size"},
      {.name = "alpha",
       .unit = "s",
       .better = Better::lower,
       .value = term(&TransferModel::alpha),
       .definition = "of t = alpha + beta*S + c*sqrt(S), relative least squares over the sizes, no negative terms"},
      {.name = "beta",
       .unit = "s/B",
       .better = Better::lower,
       .value = term(&TransferModel::beta),
       .definition = "of the same"},
      {.name = "sqrt_term",
       .unit = "s/sqrt(B)",
       .better = Better::lower,
       .value = term(&TransferModel::root),
       .definition = "c of the same"},
      {.name = "fit_residual",
       .unit = "1",
       .better = Better::lower,
       .value = term(&TransferModel::residual),
       .definition = "root mean square of t_model/t - 1"},
      {.name = "copy_bandwidth",
       .unit = "B/s",
       .better = Better::none,
       .value = copied,
       .definition = "bytes read and written by copies of every device at once, at the fastest size"},
  };
}

/// The smallest and the largest size as training has them, and what the model says of all.
std::vector<std::string> findings_of(const Sweep& sweep, const std::optional<TransferModel>& model) {
  if (!model) return {};
  const auto is_usual = [](const BandwidthRow& row) { return row.placement == usual_placement(row.kind); };
  const BandwidthRow& first = *std::ranges::find_if(sweep.rows, is_usual);
  const BandwidthRow& last = *std::ranges::find_if(sweep.rows.rbegin(), sweep.rows.rend(), is_usual);
  const std::string bandwidth =
      model->beta > 0 ? fmt::format(" and 1/β = {:.3g} GB/s", 1e-9 / model->beta) : std::string{};
  return {fmt::format(
      "{} takes {} for {} and {} for {}, {:.3g} GB/s on the bus. t = α + β·S + c·√S with α = {}{} is {:.0f} "
      "% off (root mean square).",
      name_of(first.kind), format_duration(Seconds{*first.seconds}), format_bytes(first.bytes),
      format_duration(Seconds{*last.seconds}), format_bytes(last.bytes), *last.busbw * 1e-9,
      format_duration(Seconds{model->alpha}), bandwidth, 100 * model->residual)};
}

}  // namespace

CaseResult measure_collective(const CaseRun& run) {
  const Scenario& scenario = run.one.scenario;
  const std::size_t devices = scenario.run.devices;
  const std::size_t cores = cpu::usable_cores().size();
  const bool is_measurable = devices <= cores;
  World world = make_world(scenario, devices);
  const Sweep sweep = Sweeper{run, world, is_measurable}.run();

  CaseResult result;
  const std::optional<TransferModel> model = model_of(sweep);
  result.bandwidth = sweep.rows;
  result.metrics = metrics_of(sweep, model, world.size());
  result.findings = findings_of(sweep, model);
  result.checks.push_back(check_collective_results(sweep.rows, sweep.compared));
  if (!is_measurable)
    result.reason = not_measurable(devices, cores);
  else if (devices == 1)
    result.reason = "no bandwidth: one device sends nothing";
  else
    result.checks.push_back(check_memory_bandwidth(sweep.rows, sweep.copies, world.size()));
  result.memory = memory_of(world);
  return result;
}

}  // namespace lockstep
