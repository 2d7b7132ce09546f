#include "harness/base/files.hpp"
#include "harness/base/units.hpp"
#include "harness/command/commands.hpp"
#include "harness/command/doctor_cuda.hpp"
#include "harness/data/fashion_mnist.hpp"
#include "harness/run/environment.hpp"
#include "harness/run/environment/cuda.hpp"
#include "harness/run/environment/readable.hpp"
#include "harness/run/environment/system_description.hpp"
#include "kernels/blas.hpp"

namespace lockstep {
namespace {

/// A line of the table; the first word is empty where it goes on.
void print_line(std::string_view what, const std::string& value) { fmt::print("{:<12} {}\n", what, value); }

/// A fact as text; `unknown` for null.
std::string text_of(const Json& facts, const char* key, std::string_view unknown = "unknown") {
  const Json value = facts.value(key, Json{});
  if (value.is_null()) return std::string{unknown};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string plural(const Json& facts, const char* key, std::string_view noun) {
  const std::string count = text_of(facts, key, "?");
  return fmt::format("{} {}{}", count, noun, count == "1" ? "" : "s");
}

std::string on_or_off(const Json& facts, const char* key) {
  const Json value = facts.value(key, Json{});
  if (!value.is_boolean()) return "unknown";
  return value.get<bool>() ? "on" : "off";
}

void print_program(const Json& tool) {
  print_line("lockstep",
             fmt::format("{} ({}, {}, {}), commit {}", text_of(tool, "version"), text_of(tool, "build_type"),
                         text_of(tool, "compiler"), text_of(tool, "arch"), text_of(tool, "commit")));
  print_line("flags", text_of(tool, "flags"));
}

void print_processor(const Json& hardware) {
  print_line("cpu", fmt::format("{}, {} usable cores", text_of(hardware, "cpu"), text_of(hardware, "cores")));
  print_line("", fmt::format("{}, {}, {}, {}, SMT {}", plural(hardware, "sockets", "socket"),
                             plural(hardware, "physical_cores", "core"),
                             plural(hardware, "logical_processors", "logical processor"),
                             plural(hardware, "numa_nodes", "NUMA node"), on_or_off(hardware, "smt")));
  const std::string caches = caches_text(hardware);
  print_line("caches", caches.empty() ? "unknown" : caches);
}

void print_clock(const Json& hardware, const Json& conditions) {
  const auto clock = [](const Json& facts, const char* key) {
    const std::string text = clock_text(facts.value(key, Json{}));
    return text.empty() ? "unknown" : text;
  };
  print_line("clock", fmt::format("{} measured just now; at most {}, governor {}, boost {}",
                                  clock(conditions, "measured_clock_hz"), clock(hardware, "cpu_max_clock_hz"),
                                  text_of(hardware, "governor"), on_or_off(hardware, "boost")));
}

std::string describe_gpu(const Json& gpu) {
  const std::string memory = bytes_text(gpu.value("memory_bytes", Json{}));
  const std::string clock = clock_text(gpu.value("max_sm_clock_hz", Json{}));
  return listed({fmt::format("{}: {}", text_of(gpu, "index"), text_of(gpu, "name")), memory,
                 clock.empty() ? "" : "up to " + clock, fmt::format("ECC {}", on_or_off(gpu, "ecc")),
                 fmt::format("power limit {} W", text_of(gpu, "power_limit_w", "?")),
                 fmt::format("bus {}", text_of(gpu, "pci_bus_id")),
                 fmt::format("connections {}", text_of(gpu, "connections"))});
}

void print_gpus(const Json& gpus, const Json& software) {
  if (software.contains("gpu_error")) {
    print_line("gpus", "unknown: " + text_of(software, "gpu_error"));
  } else if (gpus.empty()) {
    print_line("gpus", "none that NVIDIA's driver shows (libnvidia-ml.so.1)");
  } else {
    print_line("gpus", fmt::format("driver {}, for CUDA up to {}", text_of(software, "nvidia_driver"),
                                   text_of(software, "cuda_driver")));
    for (const Json& gpu : gpus) print_line("", describe_gpu(gpu));
  }
}

void print_software(const Json& software) {
  print_line("system", fmt::format("{}, {}, {}", text_of(software, "os"), text_of(software, "kernel"),
                                   text_of(software, "libc")));
  print_line("libraries",
             fmt::format("OpenBLAS {}, hwloc {}, zlib {}, xxHash {}, fmt {}", text_of(software, "openblas"),
                         text_of(software, "hwloc"), text_of(software, "zlib"), text_of(software, "xxhash"),
                         text_of(software, "fmt")));
}

void print_blas(const Json& tool) {
  print_line("blas", fmt::format("{}; {}", text_of(tool, "blas"),
                                 kernels::blas_is_safe_for_concurrent_callers() ? "safe for concurrent callers"
                                                                                : "NOT safe for concurrent callers"));
}

void print_variables(const Json& variables) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : variables.items())
    texts.push_back(fmt::format("{}={}", name, value.get<std::string>()));
  print_line("variables", texts.empty() ? "none that changes numerics or speed" : listed(texts));
}

std::string describe_dataset() {
  if (std::filesystem::exists(fashion_mnist_directory))
    return fmt::format("fashion-mnist in {}", fashion_mnist_directory);
  return "fashion-mnist is missing: install the package dataset-fashion-mnist (scripts/setup does)";
}

void print_lines(std::string_view what, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) print_line(&line == &lines.front() ? what : "", line);
}

void print_cuda(const Json& hardware, const cuda::Facts& facts) {
  std::vector<std::string> lines = cuda_in_words(facts);
  const std::size_t gpus = hardware["gpus"].size();
  if (gpus > 0 && facts.gpus.empty())
    lines.push_back(fmt::format("the {} GPU{} here cannot be used", gpus, gpus == 1 ? "" : "s"));
  print_lines("cuda", lines);
}

void print_tiers(const Json& hardware, const cuda::Facts& facts) {
  print_line("tiers",
             fmt::format("cpu: any number of devices; timing is measured up to {}", text_of(hardware, "cores")));
  print_lines("", cuda_tiers(facts));
  print_line("", "simulated: not in this build");
}

void write_description(const std::string& path, const Json& description) {
  const std::string text = description.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (path == "-")
    fmt::print("{}", text);
  else
    write_file_atomically(path, text);
}

}  // namespace

ExitCode doctor_command(const DoctorOptions& options) {
  const Json tool = describe_tool();
  const Json environment = describe_environment();
  if (options.system_description) {
    write_description(*options.system_description, mlperf_system_description(tool, environment));
    return ExitCode::passed;
  }
  const Json& hardware = environment["hardware"];
  const Json& software = environment["software"];
  print_program(tool);
  print_line("machine", text_of(environment, "machine_id") + ", virtualisation " + text_of(hardware, "virtualisation"));
  print_processor(hardware);
  print_clock(hardware, environment["conditions"]);
  print_line("memory", bytes_text(hardware["memory_bytes"]));
  print_gpus(hardware["gpus"], software);
  const cuda::Facts facts = inquire_cuda();
  print_cuda(hardware, facts);
  print_software(software);
  print_blas(tool);
  print_variables(environment["variables"]);
  print_line("data", describe_dataset());
  print_tiers(hardware, facts);
  return ExitCode::passed;
}

void print_version() { fmt::print("lockstep {}\n", text_of(describe_tool(), "version")); }

}  // namespace lockstep
