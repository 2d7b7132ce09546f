// The table of keys: everything a scenario file may say. It drives reading, limits, defaults, suggestions,
// --dump-config, the hash and the page scenarios/README.md.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/setting.hpp"

namespace lockstep {

struct Key {
  std::string_view path;  // "train.optimizer.momentum"
  std::string expected;   // what a value is and its limits
  std::string_view meaning;
  int depth = 0;  // how many lists deep one value is
  bool required = false;
  bool can_be_axis = true;
  bool hashed = true;               // whether it changes what is computed or measured
  bool of_training = false;         // without effect where nothing is trained
  std::string_view used_with = {};  // the rest of the condition `used` in words; empty: always
  std::function<bool(const Scenario&)> used = [](const Scenario&) { return true; };
  std::function<Assignment(const toml::node&)> read;  // throws InputError without place and key
  std::function<std::string(const Scenario&)> print;  // as TOML; empty when there is no value
};

/// In the order in which axes multiply.
const std::vector<Key>& scenario_keys();

/// The key with this path, or null.
const Key* find_key(std::string_view path);
/// The key that `name` ("devices", "optimizer.kind", "run.devices") means. Throws InputError when it is none or
/// several.
const Key& resolve_key(std::string_view name);
/// The shortest end of the path that means only this key.
std::string_view short_name(const Key& key);

}  // namespace lockstep
