// All problems of a file, to be reported together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/scenario/setting.hpp"

namespace lockstep {

class Problems {
 public:
  explicit Problems(std::string file) : file_{std::move(file)} {}

  /// `what` is "<key path>: <what is wrong>, got <value>; expected <…>".
  void add(Place place, std::string_view what);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  /// Throws InputError with one line per problem in the file's order, those without a place last; nothing when there is
  /// none.
  void throw_if_any() const;

 private:
  struct Line {
    Place place;
    std::string text;
  };
  std::string file_;
  std::vector<Line> lines_;
};

}  // namespace lockstep
