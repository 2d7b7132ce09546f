// A session as a person watches it.
#pragma once

#include <cstdio>

#include "harness/run/session.hpp"

namespace lockstep {

/// What is shown of a case that has ended.
enum class Detail { verdict, tables };

/// On a terminal one line that is rewritten (cases done, current case, elapsed, expected); elsewhere one line a case.
class ConsoleProgress : public SessionObserver {
 public:
  explicit ConsoleProgress(std::FILE* out, Detail detail = Detail::verdict);

  void case_started(std::size_t index, std::size_t total, const Case& one) override;
  void waiting() override;
  void case_finished(std::size_t index, std::size_t total, const Json& result) override;

 private:
  void draw();
  void erase();

  std::FILE* out_;
  Detail detail_;
  bool is_terminal_;
  double started_;  // steady clock, seconds
  double last_drawn_ = 0;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
  std::string current_;
};

/// The cases by family with their verdicts and main numbers, then the counts by verdict.
void print_table(std::FILE* out, const Json& cases);

}  // namespace lockstep
