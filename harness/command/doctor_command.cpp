#include "harness/base/units.hpp"
#include "harness/command/commands.hpp"
#include "harness/data/fashion_mnist.hpp"
#include "harness/run/environment.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

void print_line(std::string_view what, const std::string& value) { fmt::print("{:<12} {}\n", what, value); }

std::string describe_dataset() {
  if (std::filesystem::exists(fashion_mnist_directory))
    return fmt::format("fashion-mnist in {}", fashion_mnist_directory);
  return "fashion-mnist is missing: install the package dataset-fashion-mnist (scripts/setup does)";
}

}  // namespace

ExitCode doctor_command() {
  const Json tool = describe_tool();
  const Json environment = describe_environment();
  const Json& hardware = environment["hardware"];
  print_line("lockstep",
             fmt::format("{} ({}, {}, {})", tool["version"].get<std::string>(), tool["build_type"].get<std::string>(),
                         tool["compiler"].get<std::string>(), tool["arch"].get<std::string>()));
  print_line("cpu", fmt::format("{}, {} usable cores", hardware["cpu"].get<std::string>(),
                                hardware["cores"].get<std::size_t>()));
  print_line("memory", format_bytes(hardware["memory_bytes"].get<std::size_t>()));
  print_line("system", fmt::format("{}, {}", environment["software"]["os"].get<std::string>(),
                                   environment["software"]["kernel"].get<std::string>()));
  print_line("blas", fmt::format("{}; {}", tool["blas"].get<std::string>(),
                                 kernels::blas_is_safe_for_concurrent_callers() ? "safe for concurrent callers"
                                                                                : "NOT safe for concurrent callers"));
  print_line("gpus", "this build has no CUDA backend");
  print_line("data", describe_dataset());
  print_line("tiers", fmt::format("cpu: any number of devices; timing is measured up to {}",
                                  hardware["cores"].get<std::size_t>()));
  return ExitCode::passed;
}

void print_version() { fmt::print("lockstep {}\n", describe_tool()["version"].get<std::string>()); }

}  // namespace lockstep
