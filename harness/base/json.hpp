// The JSON library, with keys in the order in which they were added.
#pragma once

#include <nlohmann/json.hpp>

namespace lockstep {

using Json = nlohmann::ordered_json;

}  // namespace lockstep
