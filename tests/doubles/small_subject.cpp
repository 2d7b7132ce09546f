#include "tests/doubles/small_subject.hpp"

#include "harness/measure/checks/checks.hpp"

namespace lockstep {
namespace {

TrainingWithData make_training(Data data, DType dtype, std::uint64_t seed) {
  if (data == Data::exact_bf16) return small_exact_training(dtype, seed);
  if (is_exact(data)) return exact_training(dtype, seed);
  return is_bf16(data) ? from_bf16_values(real_training(dtype, seed)) : real_training(dtype, seed);
}

Recording record_one(const TrainingWithData& training, std::size_t rows) {
  World world = cpu::open_world({.ranks = 1});
  return record(world, training.training, training.dataset,
                {.steps = recorded_steps, .batches = consecutive(rows), .decorate = {}, .after_step = {}});
}

}  // namespace

SmallSubject make_subject(Data data, std::size_t rows, std::uint64_t seed, double clip_norm) {
  TrainingWithData training = make_training(data, is_bf16(data) ? DType::bf16 : DType::f32, seed);
  training.training.rules.clip_norm = clip_norm;
  Recording one = record_one(training, rows);
  TrainingWithData wide = make_training(data, DType::f64, seed);
  wide.training.rules.clip_norm = clip_norm;
  Recording oracle = record_one(wide, rows);
  return {data, seed, std::move(training), rows, std::move(one), std::move(oracle)};
}

RecordingPlan plan_for(const SmallSubject& subject, const std::string& strategy) {
  return {.strategy = strategy,
          .steps = recorded_steps,
          .options = small_buckets,
          .batches = consecutive(subject.rows),
          .decorate = {},
          .after_step = {}};
}

Recording record_on(int ranks, const SmallSubject& subject, const RecordingPlan& plan, cpu::Order order) {
  World world = cpu::open_world({.ranks = ranks, .order = order});
  return record(world, subject.training.training, subject.training.dataset, plan);
}

std::vector<CheckResult> run_checks(const Recording& run, const SmallSubject& subject) {
  std::vector<CheckResult> results{check_reduction(run), check_coverage(run)};
  if (has_replicas(run)) results.push_back(check_replicas(run));
  if (is_exact(subject.data)) results.push_back(check_exact(run, subject.one, subject.oracle));
  for (const auto& several :
       {check_end_to_end(run, subject.one, subject.oracle), check_evidence(run), check_documented_differences(run)})
    results.insert(results.end(), several.begin(), several.end());
  return results;
}

FaultSubject for_faults(const SmallSubject& subject, const std::string& strategy, int ranks) {
  return {
      .is_exact = is_exact(subject.data),
      .is_bf16 = is_bf16(subject.data),
      .dataset = subject.training.dataset,
      .plan = plan_for(subject, strategy),
      .training =
          [&subject] {
            Training training =
                make_training(subject.data, is_bf16(subject.data) ? DType::bf16 : DType::f32, subject.seed).training;
            training.rules = subject.training.training.rules;
            return training;
          },
      .open_world = [ranks] { return cpu::open_world({.ranks = ranks}); },
      .judge = [&subject](const Recording& run) { return run_checks(run, subject); }};
}

}  // namespace lockstep
