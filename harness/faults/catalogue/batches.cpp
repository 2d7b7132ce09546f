#include <algorithm>

#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {

std::vector<Fault> of_batches(const FaultSetting& setting) {
  using Ids = std::vector<SampleId>;
  const std::size_t samples = setting.samples;
  const int last = setting.ranks - 1;
  const bool is_dp = setting.strategy == "dp";
  // dp splits rank 0's batch; what it takes instead is no matter of coverage, for it is the recording's.
  const int who = is_dp ? 0 : last;
  CheckNames on_exact{exact, one_device, f64};
  CheckNames on_real{one_device, f64};
  if (!is_dp) on_exact.insert(coverage), on_real.insert(coverage);
  const auto fault = [&](std::string id, std::string source, std::vector<std::string> strategies,
                         const std::function<void(Ids&, const BatchPlan& honest)>& change) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = is_dp ? "batches of rank 0, every step" : "batches of the last rank, every step",
                 .strategies = std::move(strategies),
                 .caught_on_exact = on_exact,
                 .caught_on_real = on_real,
                 .in_batches = [who, change](int rank, std::size_t step, const BatchPlan& honest) {
                   Ids ids = honest(step);
                   if (rank == who) change(ids, honest);
                   return ids;
                 }};
  };
  const auto repeat_first_for_last = [](Ids& ids, const BatchPlan&) { ids.back() = ids.front(); };
  const auto next_window = [samples](Ids& ids, const BatchPlan&) {
    for (SampleId& id : ids) id = static_cast<SampleId>((id + 1) % samples);
  };
  const auto first_batch_again = [](Ids& ids, const BatchPlan& honest) { ids = honest(0); };
  std::vector<Fault> faults{
      fault("row_repeated", "pytorch#25162", both, repeat_first_for_last),
      fault("window_off_by_one", "", both, next_window),
      fault("same_batch_in_every_step", "caffe#2998", ddp, first_batch_again),
      fault("another_order_on_one_rank", "pytorch#31771", ddp,
            [](Ids& ids, const BatchPlan&) { std::ranges::reverse(ids); }),
      fault("rows_lost_by_one_rank", "pytorch#7358", ddp, [](Ids& ids, const BatchPlan&) { ids.pop_back(); }),
  };
  // One row for several devices: all but the first stay idle.
  Fault idle_works = fault("idle_device_works", "pytorch#52260", ddp,
                           [ranks = static_cast<std::size_t>(setting.ranks)](Ids& ids, const BatchPlan&) {
                             ids.resize(ranks, ids.front());
                           });
  idle_works.needs.rows = 1;
  idle_works.caught_on_exact.insert(fewer_pieces);
  idle_works.caught_on_real.insert(fewer_pieces);
  faults.push_back(std::move(idle_works));
  return faults;
}

}  // namespace lockstep::faults
