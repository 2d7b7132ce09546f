// The training as a program of its own.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fakecuda_tests {

struct Ran {
  int code;          // 128 + the signal where one ended it
  std::string text;  // standard error
};

using Variables = std::map<std::string, std::string>;

Ran run_trainer(const std::vector<std::string>& arguments, const Variables& variables);

}  // namespace fakecuda_tests
