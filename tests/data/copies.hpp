// What a dataset holds, as plain vectors to compare.
#pragma once

#include <numeric>
#include <vector>

#include "harness/data/dataset.hpp"

namespace lockstep {

inline std::vector<SampleId> first_ids(std::size_t count) {
  std::vector<SampleId> ids(count);
  std::iota(ids.begin(), ids.end(), SampleId{0});
  return ids;
}

inline std::vector<float> inputs_of(const Dataset& data, const std::vector<SampleId>& ids) {
  std::vector<float> out(ids.size() * data.input_width());
  data.copy_inputs(ids, out);
  return out;
}

inline std::vector<float> values_of(const Dataset& data, const std::vector<SampleId>& ids) {
  std::vector<float> out(ids.size() * data.target_width());
  data.copy_values(ids, out);
  return out;
}

inline std::vector<std::int32_t> labels_of(const Dataset& data, const std::vector<SampleId>& ids) {
  std::vector<std::int32_t> out(ids.size());
  data.copy_labels(ids, out);
  return out;
}

}  // namespace lockstep
