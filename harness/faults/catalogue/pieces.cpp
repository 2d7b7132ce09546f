#include "harness/faults/catalogue/parts.hpp"

namespace lockstep::faults {
namespace {

/// The last row is left out.
std::vector<Rows> without_last_row(std::vector<Rows> pieces) {
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
    if (piece->count > 0) {
      --piece->count;
      break;
    }
  return pieces;
}

/// The second piece begins with the first one's last row.
std::vector<Rows> with_overlap(std::vector<Rows> pieces) {
  --pieces[1].first;
  ++pieces[1].count;
  return pieces;
}

}  // namespace

std::vector<Fault> of_pieces(const FaultSetting&) {
  const CheckNames on_exact{exact, one_device, f64};
  const CheckNames on_real{one_device, f64};
  const auto split = [](std::string id, std::string source, std::vector<Rows> (*change)(std::vector<Rows>)) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = "split, every step",
                 .strategies = both,
                 .caught_on_exact = {an_error},
                 .caught_on_real = {an_error},
                 .in_options = [change](StrategyOptions& options) {
                   options.split = [change, honest = options.split](std::size_t rows, std::size_t devices) {
                     return change(honest(rows, devices));
                   };
                 }};
  };
  const auto accumulation = [&](std::string id, std::string source, std::vector<std::string> strategies,
                                std::size_t micro_batches, std::function<void(std::vector<MicroBatch>&)> change) {
    return Fault{.id = std::move(id),
                 .source = std::move(source),
                 .acts = "micro-batches of every rank, every step",
                 .strategies = std::move(strategies),
                 .caught_on_exact = on_exact,
                 .caught_on_real = on_real,
                 .needs = {.micro_batches = micro_batches},
                 .in_micro_batches = [change](int, std::vector<MicroBatch>& micro_batches_of_step) {
                   change(micro_batches_of_step);
                 }};
  };
  std::vector<Fault> faults{
      split("last_row_in_no_piece", "pytorch#7358", without_last_row),
      split("row_in_two_pieces", "", with_overlap),
      Fault{.id = "mean_of_means",
            .source = "transformers#608",
            .acts = "loss of every rank, every step",
            .strategies = ddp,
            .caught_on_exact = on_exact,
            .caught_on_real = on_real,
            .needs = {.uneven_pieces = true},
            .in_options = [](StrategyOptions& options) { options.averaging = Averaging::devices; }},
      // The new ones are added to the last step's.
      accumulation("gradients_not_zeroed", "", ddp, 0,
                   [](std::vector<MicroBatch>& micro_batches) {
                     for (MicroBatch& micro : micro_batches) ++micro.index, ++micro.count;
                   }),
      accumulation("micro_batch_means_added", "transformers#34191", both, 4,
                   [](std::vector<MicroBatch>& micro_batches) {
                     for (MicroBatch& micro : micro_batches) micro.batch_rows = micro.rows();
                   }),
      accumulation("micro_batch_means_averaged", "verl#3332", both, 3,
                   [](std::vector<MicroBatch>& micro_batches) {
                     for (MicroBatch& micro : micro_batches) micro.batch_rows = micro.rows() * micro.count;
                   }),
      accumulation("last_micro_batch_dropped", "OpenNMT-py#2209", both, 4,
                   [](std::vector<MicroBatch>& micro_batches) {
                     micro_batches.pop_back();
                     for (MicroBatch& micro : micro_batches) --micro.count;
                   }),
      accumulation("sum_after_every_micro_batch", "Paddle#29920", ddp, 4,
                   [](std::vector<MicroBatch>& micro_batches) {
                     for (MicroBatch& micro : micro_batches) micro.count = micro.index + 1;
                   }),
      accumulation("first_micro_batch_overwritten", "InfiniTrain#183", both, 4,
                   [](std::vector<MicroBatch>& micro_batches) { micro_batches[1].index = 0; }),
  };
  return faults;
}

}  // namespace lockstep::faults
