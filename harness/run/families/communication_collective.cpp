#include <algorithm>
#include <ranges>

#include "harness/measure/checks/communication.hpp"
#include "harness/measure/collective_trial.hpp"
#include "harness/measure/transfer_model.hpp"
#include "harness/run/backend.hpp"
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
  std::vector<double> average_busbw;  // B/s, of each round through all sizes; empty where nothing moves
};

/// One size in one placement.
struct Measured {
  CollectiveShape shape;
  ComparedElements comparison;
  std::vector<double> times{};  // s, of all rounds
};

/// Compares every size once and then times all of them in rounds, so that a size is not measured in one moment only.
class Sweeper {
 public:
  Sweeper(const CaseRun& run, World& world, bool is_timed)
      : scenario_{run.one.scenario}, samples_{run.samples}, world_{world}, is_timed_{is_timed} {}

  Sweep run() const {
    Sweep sweep;
    std::vector<Measured> all;
    for (const CollectiveShape& shape : shapes()) {
      all.push_back({shape, compare_collective(world_, shape)});
      sweep.compared += all.back().comparison.compared;
    }
    if (is_timed_) time_all(all, sweep);
    for (const Measured& one : all)
      sweep.rows.push_back(bandwidth_row(one.shape, world_.size(), median_of(one.times), one.comparison));
    return sweep;
  }

 private:
  [[nodiscard]] std::vector<CollectiveShape> shapes() const {
    const CommunicationSpec& spec = scenario_.communication;
    std::vector<CollectiveShape> shapes;
    for (std::size_t bytes = spec.min_size; bytes <= spec.max_size; bytes *= 2)
      for (const Placement placement : {Placement::out_of_place, Placement::in_place})
        shapes.push_back({collective_named(spec.collective), bytes, placement});
    return shapes;
  }

  void time_all(std::vector<Measured>& all, Sweep& sweep) const {
    const CommunicationSpec& spec = scenario_.communication;
    const std::size_t rounds = std::min(scenario_.run.repetitions, spec.iterations);
    for (std::size_t round = 0; round < rounds; ++round) {
      // The iterations are shared out; the first rounds have one more where they cannot be equally.
      const std::size_t iterations = spec.iterations / rounds + (round < spec.iterations % rounds ? 1 : 0);
      // Buffers and peers are warm after the first round; what another size has left in the cache is not ours.
      const std::size_t warmup = round == 0 ? spec.warmup_iterations : std::min<std::size_t>(spec.warmup_iterations, 1);
      std::vector<BandwidthRow> rows;
      for (Measured& one : all) {
        const std::vector<double> times =
            time_collective(world_, one.shape, {.warmup = warmup, .iterations = iterations});
        note(one, times);
        rows.push_back(bandwidth_row(one.shape, world_.size(), median(times), one.comparison));
        one.times.insert(one.times.end(), times.begin(), times.end());
      }
      if (const auto average = average_busbw(rows)) sweep.average_busbw.push_back(*average);
    }
    if (world_.size() == 1) return;
    for (std::size_t bytes = spec.min_size; bytes <= spec.max_size; bytes *= 2)
      sweep.copies.push_back(
          {bytes, std::ranges::min(time_copies(world_, bytes, {spec.warmup_iterations, spec.iterations}))});
  }

  static std::optional<double> median_of(const std::vector<double>& times) {
    return times.empty() ? std::nullopt : std::optional{median(times)};
  }

  void note(const Measured& one, const std::vector<double>& times) const {
    const std::string name = fmt::format(
        "time.{}.{}", one.shape.placement == Placement::in_place ? "in_place" : "out_of_place", one.shape.bytes);
    note_times(samples_, name, one.times.size(), times);
  }

  const Scenario& scenario_;
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
      summarised({.name = "bus_bandwidth",
                  .unit = "B/s",
                  .better = Better::higher,
                  .definition = "busbw of nccl-tests, mean over all sizes, in and out of place; median over the rounds",
                  .has_samples = true},
                 sweep.average_busbw),
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
  const std::string untimed = why_not_timed(scenario);
  const bool is_measurable = untimed.empty();
  World world = make_world(scenario, devices);
  const Sweep sweep = Sweeper{run, world, is_measurable}.run();

  CaseResult result;
  const std::optional<TransferModel> model = model_of(sweep);
  result.bandwidth = sweep.rows;
  result.metrics = metrics_of(sweep, model, world.size());
  result.findings = findings_of(sweep, model);
  result.checks.push_back(check_collective_results(sweep.rows, sweep.compared));
  if (!is_measurable)
    result.reason = untimed;
  else if (devices == 1)
    result.reason = "no bandwidth: one device sends nothing";
  else
    result.checks.push_back(check_memory_bandwidth(sweep.rows, sweep.copies, world.size()));
  result.memory = memory_of(world);
  return result;
}

}  // namespace lockstep
