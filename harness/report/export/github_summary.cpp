// A job's summary on GitHub: Markdown in which text from outside stays text.
#include <fmt/format.h>

#include <algorithm>

#include "harness/report/export/formats.hpp"
#include "harness/report/export/judgement.hpp"

namespace lockstep {
namespace {

/// GitHub takes 1 MiB from a step and nothing of a longer file; the rest is for what other programs of the step add.
constexpr std::size_t max_bytes = 900'000;
constexpr std::size_t room_for_end = 1'000;
/// Longer texts are cut: a cell is no place for them, and a few must not fill the page.
constexpr std::size_t max_cell_characters = 2'000;

/// Every character that Markdown or HTML could take for its own becomes an entity, which neither does.
std::string plain(std::string_view text) {
  std::string escaped;
  std::size_t characters = 0;
  for (const char c : text) {
    const bool starts_character = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (starts_character && ++characters > max_cell_characters) return escaped + "…";
    const bool is_punctuation = std::string_view{"&<>|`*_[]()~\\#@$!\"'{}:"}.find(c) != std::string_view::npos;
    escaped += is_punctuation ? fmt::format("&#{};", static_cast<int>(c)) : std::string{c};
  }
  // What starts like an address becomes a link without any punctuation.
  for (std::size_t at = escaped.find("www."); at != std::string::npos; at = escaped.find("www.", at + 8))
    escaped.replace(at, 4, "www&#46;");
  return escaped;
}

/// A name: GitHub looks for people and issues everywhere but in code.
std::string code(std::string_view text) { return fmt::format("<code>{}</code>", plain(text)); }

std::string_view mark_of(Verdict verdict) {
  switch (severity(verdict)) {
    case 0:
      return "✅";
    case 1:
      return "⏭️";
    case 2:
      return "⚠️";
    default:
      return "❌";
  }
}

/// Text that ends in time: what does not fit is counted and left out.
class Page {
 public:
  void add(std::string_view text) {
    if (left_out_ > 0 || text_.size() + text.size() + room_for_end > max_bytes)
      ++left_out_;
    else
      text_ += text;
  }

  /// What is added from here on is folded away, until the end.
  void fold(std::string_view title) {
    if (left_out_ > 0) return;
    text_ += fmt::format("\n<details><summary>{}</summary>\n\n", title);
    is_folded_ = true;
  }

  [[nodiscard]] std::string text() const {
    std::string text = text_;
    if (is_folded_) text += "\n</details>\n";
    if (left_out_ > 0)
      text += fmt::format(
          "\n**{} more lines are left out here.** result.json or comparison.json, kept as an artefact, has all of "
          "them.\n",
          left_out_);
    return text;
  }

 private:
  std::string text_;
  std::size_t left_out_ = 0;
  bool is_folded_ = false;
};

std::string joined(const std::vector<std::string>& texts) {
  std::string cell;
  for (const std::string& text : texts) cell += (cell.empty() ? "" : "<br>") + plain(text);
  return cell;
}

std::vector<const JudgedCase*> worst_first(const Judgement& judgement) {
  std::vector<const JudgedCase*> cases;
  for (const JudgedCase& one : judgement.cases) cases.push_back(&one);
  std::ranges::stable_sort(cases, std::ranges::greater{}, [](const JudgedCase* one) { return severity(one->verdict); });
  return cases;
}

void add_problems(Page& page, const std::vector<const JudgedCase*>& cases) {
  bool has_head = false;
  for (const JudgedCase* one : cases) {
    if (severity(one->verdict) == 0) continue;
    if (!has_head) page.add("\n| verdict | case | reason | what decided |\n|---|---|---|---|\n");
    has_head = true;
    page.add(fmt::format("| {} {} | {} | {} | {} |\n", mark_of(one->verdict), name_of(one->verdict), code(one->name),
                         plain(one->reason), joined(one->grounds)));
  }
}

void add_numbers(Page& page, const std::vector<const JudgedCase*>& cases) {
  page.fold("All cases with their numbers");
  page.add("| verdict | case | numbers |\n|---|---|---|\n");
  for (const JudgedCase* one : cases) {
    std::vector<std::string> numbers = one->grounds;
    numbers.insert(numbers.end(), one->numbers.begin(), one->numbers.end());
    page.add(fmt::format("| {} | {} | {} |\n", name_of(one->verdict), code(one->name), joined(numbers)));
  }
}

}  // namespace

std::string write_github_summary(const Exportable& what, const ExportOptions&) {
  const Judgement judgement = judge(what);
  if (judgement.cases.empty()) nothing_to_export("github-summary", "there is no case");
  const Verdict worst = worst_verdict(judgement);
  const std::vector<const JudgedCase*> cases = worst_first(judgement);
  Page page;
  page.add(fmt::format("## {} Lockstep: {} ({})\n\n", mark_of(worst), name_of(worst), counts_text(judgement)));
  page.add(plain(judgement.title) + "\n");
  if (!judgement.conclusion.empty()) page.add(fmt::format("\n{}\n", plain(judgement.conclusion)));
  add_problems(page, cases);
  page.add("\n| | |\n|---|---|\n");
  for (const auto& [name, value] : judgement.facts) page.add(fmt::format("| {} | {} |\n", plain(name), plain(value)));
  add_numbers(page, cases);
  return page.text();
}

}  // namespace lockstep
