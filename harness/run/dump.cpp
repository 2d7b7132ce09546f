#include "harness/run/dump.hpp"

#include <algorithm>
#include <deque>

#include "harness/checkpoint/safetensors.hpp"
#include "harness/run/case_folder.hpp"

namespace lockstep {
namespace {

/// Host copies of tensors with their names.
class TensorFile {
 public:
  void add(Stream& stream, std::string name, const Tensor& tensor) {
    std::vector<std::byte>& bytes = memory_.emplace_back(tensor.bytes());
    stream.copy_out(tensor, bytes);
    stream.synchronize();
    tensors_.push_back({std::move(name), std::string{name_of(tensor.dtype())}, tensor.shape(), bytes});
  }
  void write(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata) {
    write_safetensors(path, std::move(tensors_), metadata);
  }

 private:
  std::deque<std::vector<std::byte>> memory_;
  std::vector<TensorBytes> tensors_;
};

/// A replica that no row went through has none, unless the ranks' were added up for it to update with.
bool has_gradients(const Strategy& strategy) { return strategy.rows() > 0 || strategy.optimizer() != nullptr; }

void dump_step(const Case& one, const std::filesystem::path& folder, std::size_t step, Strategy& strategy) {
  const auto wants = [&](OutputSpec::Dump kind) { return std::ranges::count(one.scenario.output.dump, kind) > 0; };
  TensorFile file;
  for (const Parameter& parameter : strategy.model().parameters().all()) {
    if (wants(OutputSpec::Dump::parameters))
      file.add(strategy.compute(), "parameters." + parameter.name, parameter.value);
    if (wants(OutputSpec::Dump::gradients) && has_gradients(strategy))
      file.add(strategy.compute(), "gradients." + parameter.name, parameter.gradient);
  }
  if (wants(OutputSpec::Dump::outputs)) file.add(strategy.compute(), "outputs", strategy.outputs());
  file.write(folder / fmt::format("step-{:04}-rank-{}.safetensors", step, strategy.rank()),
             {{"case", one.name}, {"step", std::to_string(step)}, {"rank", std::to_string(strategy.rank())}});
}

}  // namespace

Dumper make_dumper(const Case& one, const std::filesystem::path& directory) {
  if (one.scenario.output.dump.empty()) return {};
  const std::filesystem::path folder = make_case_folder(directory, "dump", one);
  return [&one, folder](std::size_t step, Strategy& strategy) { dump_step(one, folder, step, strategy); };
}

}  // namespace lockstep
