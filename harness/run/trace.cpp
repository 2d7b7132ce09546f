#include "harness/run/trace.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/base/files.hpp"
#include "harness/run/backend.hpp"
#include "harness/run/case_folder.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {
namespace {

constexpr int thread_of(Lane lane) { return lane == Lane::compute ? 0 : 1; }

std::string_view category_of(Phase phase) {
  if (is_collective(phase)) return "communication";
  return phase == Phase::wait ? "wait" : "computation";
}

/// Whole nanoseconds: slices that touch still touch after rounding.
std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

double microseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; }

struct Slice {
  std::string name;
  std::string_view category;
  int thread;
  double begin;  // seconds since the block's origin
  double end;
  Json arguments;
};

/// Events of one trace, one a line.
class Trace {
 public:
  void name_rank(std::size_t rank, bool has_side_stream) {
    add_name("process_name", rank, 0, {{"name", fmt::format("rank {}", rank)}});
    add_name("process_sort_index", rank, 0, {{"sort_index", rank}});
    name_thread(rank, Lane::compute, "computation");
    if (has_side_stream) name_thread(rank, Lane::side, "communication");
  }

  void add(std::size_t rank, std::int64_t origin, Slice slice) {
    const std::int64_t begin = origin + nanoseconds(slice.begin);
    const std::int64_t end = origin + nanoseconds(slice.end);
    add_line({{"ph", "X"},
              {"name", std::move(slice.name)},
              {"cat", slice.category},
              {"pid", rank},
              {"tid", slice.thread},
              {"ts", microseconds(begin)},
              {"dur", microseconds(end - begin)},
              {"args", std::move(slice.arguments)}});
  }

  [[nodiscard]] std::string text(const Case& one) const {
    return fmt::format("{{\"displayTimeUnit\": \"ms\",\n\"otherData\": {},\n\"traceEvents\": [\n{}\n]}}\n",
                       Json{{"case", one.name}, {"tier", tier_of(one.scenario)}}.dump(), lines_);
  }

 private:
  void name_thread(std::size_t rank, Lane lane, std::string_view name) {
    add_name("thread_name", rank, thread_of(lane), {{"name", name}});
    add_name("thread_sort_index", rank, thread_of(lane), {{"sort_index", thread_of(lane)}});
  }
  void add_name(std::string_view what, std::size_t rank, int thread, Json arguments) {
    add_line({{"ph", "M"}, {"name", what}, {"pid", rank}, {"tid", thread}, {"args", std::move(arguments)}});
  }
  void add_line(const Json& event) { lines_ += (lines_.empty() ? "" : ",\n") + event.dump(); }

  std::string lines_;
};

/// The slices that hold others come before them.
void add_steps(Trace& trace, std::size_t rank, std::size_t block, std::int64_t origin, const RankTimes& times) {
  std::map<std::size_t, std::pair<double, double>> steps;  // of the computation's stream
  for (const TimedSpan& span : times.spans) {
    if (span.lane != Lane::compute) continue;
    auto& [begin, end] = steps.try_emplace(span.step, span.begin, span.end).first->second;
    begin = std::min(begin, span.begin);
    end = std::max(end, span.end);
  }
  if (steps.empty()) return;
  const int thread = thread_of(Lane::compute);
  trace.add(
      rank, origin,
      {fmt::format("block {}", block), "block", thread, steps.begin()->second.first, times.end, {{"block", block}}});
  for (const auto& [step, ends] : steps)
    trace.add(
        rank, origin,
        {fmt::format("step {}", step), "step", thread, ends.first, ends.second, {{"block", block}, {"step", step}}});
}

void add_phases(Trace& trace, std::size_t rank, std::size_t block, std::int64_t origin, const RankTimes& times) {
  for (const TimedSpan& span : times.spans) {
    Json arguments{{"block", block}, {"step", span.step}};
    if (is_collective(span.phase)) arguments["bytes"] = span.bytes;
    trace.add(rank, origin,
              {std::string{name_of(span.phase)}, category_of(span.phase), thread_of(span.lane), span.begin, span.end,
               std::move(arguments)});
  }
}

bool has_side_stream(const std::vector<Block>& blocks, std::size_t rank) {
  return std::ranges::any_of(blocks, [&](const Block& block) {
    return std::ranges::any_of(block.ranks[rank].spans, [](const TimedSpan& span) { return span.lane == Lane::side; });
  });
}

double end_of(const Block& block) {
  double end = 0;
  for (const RankTimes& rank : block.ranks) end = std::max(end, rank.end);
  return end;
}

}  // namespace

std::string trace_text(const Case& one, const std::vector<Block>& blocks) {
  Trace trace;
  const std::size_t ranks = blocks.empty() ? 0 : blocks.front().ranks.size();
  for (std::size_t rank = 0; rank < ranks; ++rank) trace.name_rank(rank, has_side_stream(blocks, rank));
  std::int64_t origin = 0;  // of the block, in the trace
  for (std::size_t block = 0; block < blocks.size(); ++block) {
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      add_steps(trace, rank, block, origin, blocks[block].ranks[rank]);
      add_phases(trace, rank, block, origin, blocks[block].ranks[rank]);
    }
    origin += nanoseconds(end_of(blocks[block]));
  }
  return trace.text(one);
}

void write_trace(const Case& one, const std::filesystem::path& directory, const std::vector<Block>& blocks) {
  if (!one.scenario.output.trace || tier_of(one.scenario) == "emulated") return;
  write_file_atomically(make_case_folder(directory, "trace", one) / "trace.json", trace_text(one, blocks));
}

}  // namespace lockstep
