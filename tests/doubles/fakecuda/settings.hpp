// The environment variables of the fake; README.md says what each does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace fakecuda {

enum class Mode { deferred, eager };
enum class OnHang { exit, block };
enum class Leaks { on_success, always, never };

struct Settings {
  int devices = 8;
  std::size_t memory = std::size_t{256} << 20;  // bytes per device
  std::uint64_t seed = 1;
  Mode mode = Mode::deferred;
  OnHang on_hang = OnHang::exit;
  Leaks leaks = Leaks::on_success;
  double patience = 60;        // seconds without progress before a hang is declared without proof
  std::string fail;            // function:k[:code]
  std::uint64_t fail_any = 0;  // 0: none
  std::string counts_file;
  std::string findings_file;
  bool processes = false;  // ranks may be in other processes
  bool trace = false;
};

/// Ends the process with 2 and a message when a variable has no meaning.
Settings settings_from_environment();

}  // namespace fakecuda
