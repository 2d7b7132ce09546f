#include "harness/measure/state/run_facts.hpp"

#include <charconv>
#include <concepts>
#include <optional>

#include "harness/base/error.hpp"
#include "harness/base/hash.hpp"
#include "harness/base/text.hpp"

namespace lockstep {
namespace {

struct SettingsText {
  std::string operator()(const kernels::SgdSettings& sgd) const {
    return fmt::format("learning_rate={} momentum={} nesterov={} weight_decay={}", sgd.learning_rate, sgd.momentum,
                       sgd.nesterov, sgd.weight_decay);
  }
  std::string operator()(const kernels::AdamSettings& adam) const {
    return fmt::format("learning_rate={} beta1={} beta2={} epsilon={} weight_decay={}", adam.learning_rate, adam.beta1,
                       adam.beta2, adam.epsilon, adam.weight_decay);
  }
  std::string operator()(const kernels::TernarySettings& ternary) const {
    return fmt::format("threshold={}", ternary.threshold);
  }
};

std::string schedule_text(const Schedule& schedule) {
  std::string text = schedule.kind == Schedule::Kind::cosine ? fmt::format("cosine min_learning_rate={} steps={}",
                                                                           schedule.min_learning_rate, schedule.steps)
                                                             : "constant";
  if (schedule.warmup_steps > 0) text += fmt::format(" warmup_steps={}", schedule.warmup_steps);
  return text;
}

/// Facts of how an optimizer is used.
Metadata rule_facts(const UpdateRules& rules) {
  return {{"clip_norm", fmt::format("{}", rules.clip_norm)}, {"schedule", schedule_text(rules.schedule)}};
}

/// What the saving and the loading run must have in common.
Metadata common_facts(const RunFacts& run) {
  Metadata facts = rule_facts(run.training.rules);
  facts.merge(
      Metadata{{"dtype", std::string{name_of(run.training.dtype)}},
               {"model_hash", model_hash(run.training)},
               {"optimizer", std::string{kind_of(run.training.optimizer)}},
               {"optimizer_settings", std::visit(SettingsText{}, run.training.optimizer)},
               {"random_state", "philox4x32-10: a function of seed, stream and index; no rank has a state of its own"},
               {"sampler.batch", std::to_string(run.sampler.batch_size())},
               {"sampler.last_batch", run.sampler.last_batch() == LastBatch::keep ? "keep" : "drop"},
               {"sampler.order", run.sampler.order() == SampleOrder::shuffled ? "shuffled" : "sequential"},
               {"sampler.samples", std::to_string(run.sampler.samples())},
               {"scenario_hash", run.scenario_hash},
               {"seed", std::to_string(run.seed)}});
  return facts;
}

/// Where the sampler is. Redundant, as a batch is a function of the step: what disagrees was damaged, or written with
/// other data.
Metadata sampler_position(const RunFacts& run, std::uint64_t step) {
  Sampler sampler = run.sampler;
  const std::uint64_t epoch = step / sampler.steps_per_epoch();
  const std::vector<SampleId>& order = sampler.order_of(epoch);
  return {{"sampler.epoch", std::to_string(epoch)},
          {"sampler.step_in_epoch", std::to_string(step % sampler.steps_per_epoch())},
          {"sampler.order_hash", format_hash(hash_bytes(std::as_bytes(std::span{order})))}};
}

/// 1 after the last step: nothing can be unfinished there.
std::size_t micro_batches_in(const RunFacts& run, std::uint64_t step) {
  if (step >= run.steps) return 1;
  Sampler sampler = run.sampler;
  return used_devices(chunk(sampler.batch(step).size(), run.micro_batches));
}

/// Reads the metadata and collects what is wrong with it.
class Reader {
 public:
  explicit Reader(const Metadata& metadata) : metadata_{metadata} {}

  std::string text(const std::string& key) {
    const auto found = metadata_.find(key);
    if (found != metadata_.end()) return found->second;
    problem(key, "missing");
    return {};
  }

  /// From 0 to `most`; 0 where it is not.
  template <std::integral T>
  T number(const std::string& key, T most, std::string_view limit) {
    const auto found = metadata_.find(key);
    if (found == metadata_.end()) return problem(key, "missing"), T{0};
    const std::string& value = found->second;
    T result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    const bool is_digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
    if (!is_digits || error != std::errc{})
      problem(key, fmt::format("{} is not a whole number", printable(value)));
    else if (result > most)
      problem(key, fmt::format("{} is more than {}, {}", result, most, limit));
    else
      return result;
    return 0;
  }

  void require_equal(const Metadata& expected) {
    for (const auto& [key, value] : expected) {
      const std::string found = text(key);
      if (metadata_.contains(key) && found != value)
        problem(key, fmt::format("{}, but this run has {}", printable(found), printable(value)));
    }
  }

  void problem(const std::string& key, const std::string& what) { problems_ += fmt::format("\n  {}: {}", key, what); }

  void throw_problems(std::string_view where) const {
    if (!problems_.empty()) throw InputError{fmt::format("{}: is not of this run:{}", where, problems_)};
  }

 private:
  const Metadata& metadata_;
  std::string problems_;
};

Position read_position(Reader& reader, const RunFacts& run) {
  Position position;
  position.step = reader.number<std::uint64_t>("step", run.steps, "the steps of this run");
  const std::size_t micro_batches = micro_batches_in(run, position.step);
  position.micro_batch =
      reader.number<std::uint64_t>("micro_batch", micro_batches - 1, "the last that leaves the step unfinished");
  reader.require_equal(sampler_position(run, position.step));
  return position;
}

/// Parts that the position implies: none between two steps, otherwise at most one for each of the devices that saved.
std::size_t read_parts(Reader& reader, const Position& position) {
  constexpr std::size_t most_devices = 4096;
  const auto devices = reader.number<std::size_t>("world_size", most_devices, "the largest possible");
  const auto parts = reader.number<std::size_t>("accumulated_parts", devices, "the devices that saved it");
  if ((parts > 0) != (position.micro_batch > 0))
    reader.problem("accumulated_parts", fmt::format("{} after {} micro-batches", parts, position.micro_batch));
  return parts;
}

ParameterPrefix read_prefix(Reader& reader) {
  const std::string text = reader.text("parameter_prefix");
  for (const ParameterPrefix prefix : {ParameterPrefix::none, ParameterPrefix::module})
    if (text == text_of(prefix)) return prefix;
  reader.problem("parameter_prefix", fmt::format("{}, expected \"\" or \"module.\"", printable(text)));
  return ParameterPrefix::none;
}

std::string devices_text(std::string_view count) {
  return fmt::format("{} {}", count, count == "1" ? "device" : "devices");
}

std::vector<std::string> notes_on(Reader& reader, const RunFacts& run) {
  std::vector<std::string> notes;
  const std::string strategy = reader.text("strategy");
  const std::string devices = reader.text("world_size");
  if (strategy != run.strategy || devices != std::to_string(run.devices))
    notes.push_back(fmt::format("Saved by {} on {}, loaded by {} on {}.", printable(strategy), devices_text(devices),
                                printable(run.strategy), devices_text(std::to_string(run.devices))));
  if (const std::string program = reader.text("program"); program != run.program)
    notes.push_back(fmt::format("Written by {}, loaded by {}.", printable(program), printable(run.program)));
  return notes;
}

}  // namespace

std::string model_hash(const Training& training) {
  std::string text{name_of(training.dtype)};
  for (const ParameterSpec& spec : training.architecture.parameter_specs())
    text += fmt::format("\n{} {}", spec.name, format_shape(spec.shape));
  return format_hash(hash_text(text));
}

Metadata metadata_of(const RunFacts& run, const TrainingState& state, ParameterPrefix prefix) {
  Metadata metadata = common_facts(run);
  metadata.merge(sampler_position(run, state.position.step));
  metadata.merge(Metadata{{"accumulated_parts", std::to_string(state.accumulated.size())},
                          {"micro_batch", std::to_string(state.position.micro_batch)},
                          {"optimizer_steps", std::to_string(state.replica.optimizer_steps)},
                          {"parameter_prefix", std::string{text_of(prefix)}},
                          {"program", run.program},
                          {"strategy", run.strategy},
                          {"world_size", std::to_string(run.devices)}});
  return metadata;
}

SavedFacts facts_for(const RunFacts& run, const Metadata& metadata, std::string_view where) {
  Reader reader{metadata};
  SavedFacts facts;
  reader.require_equal(common_facts(run));
  facts.position = read_position(reader, run);
  facts.optimizer_steps = static_cast<std::int64_t>(
      reader.number<std::uint64_t>("optimizer_steps", facts.position.step, "the steps that are complete"));
  facts.parts = read_parts(reader, facts.position);
  facts.prefix = read_prefix(reader);
  facts.notes = notes_on(reader, run);
  reader.throw_problems(where);
  return facts;
}

}  // namespace lockstep
