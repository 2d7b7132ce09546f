#include "harness/command/history_line.hpp"

#include <CLI/CLI.hpp>

namespace lockstep {
namespace {

using Action = HistoryArguments::Action;

CLI::App* add_action(CLI::App& above, HistoryArguments& options, Action action, const std::string& name,
                     const std::string& description) {
  CLI::App* command = above.add_subcommand(name, description);
  command->add_option("--db", options.file, "The file of the history")->type_name("FILE")->required();
  command->callback([&options, action] { options.action = action; });
  return command;
}

void add_filter(CLI::App& command, HistoryArguments& options) {
  command.add_option("--machine", options.machine, "Only of this machine (environment.machine_id)")->type_name("ID");
  command.add_option("--case,--scenario", options.name, "Only of cases with this text in their name")
      ->type_name("TEXT");
  command.add_option("--metric", options.metric, "Only of metrics with this text in their name")->type_name("TEXT");
}

void add_result_id(CLI::App& command, HistoryArguments& options) {
  command.add_option("result", options.id, "Number of a result, as list prints it")
      ->type_name("RESULT_ID")
      ->check(CLI::Range(std::int64_t{1}, INT64_MAX))
      ->required();
}

void add_baseline(CLI::App& history, HistoryArguments& options) {
  CLI::App* baseline =
      history.add_subcommand("baseline", "Results with a name, for lockstep compare history:FILE#NAME CANDIDATE")
          ->require_subcommand(1);
  const auto add_name = [&](CLI::App& command) {
    command.add_option("name", options.baseline, "Name of the baseline")->type_name("NAME")->required();
  };
  CLI::App* set = add_action(*baseline, options, Action::set_baseline, "set", "Give a result a name");
  add_name(*set);
  add_result_id(*set, options);
  set->add_flag("--force", options.force, "Move a name that another result has");
  add_action(*baseline, options, Action::list_baselines, "list", "Print the names and their results");
  add_name(*add_action(*baseline, options, Action::remove_baseline, "remove", "Take a name away; the result stays"));
}

}  // namespace

void add_history(CLI::App& app, HistoryArguments& options) {
  CLI::App* history = app.add_subcommand("history", "Keep results in one file, name baselines, find changes over time")
                          ->require_subcommand(1);
  CLI::App* add = add_action(*history, options, Action::add, "add", "Add results, each once; all of them or none");
  add->add_option("results", options.results, "A result, its folder, or a folder of several runs")
      ->type_name("RESULT")
      ->required();
  add->add_option("--commit", options.source, "What the programs were built from, instead of the commit in the results")
      ->type_name("TEXT");
  CLI::App* list = add_action(*history, options, Action::list, "list", "Print the results by machine and commit");
  add_filter(*list, options);
  list->add_flag("--json", options.json, "Print them as JSON");
  CLI::App* show = add_action(*history, options, Action::show, "show", "Print what one result holds");
  add_result_id(*show, options);
  show->add_flag("--json", options.json, "Print its result.json, as it was added");
  add_baseline(*history, options);
  CLI::App* plot =
      add_action(*history, options, Action::plot, "plot", "Find the changes of a machine's metrics and draw them");
  add_filter(*plot, options);
  plot->add_option("--output", options.output, "Write a page with all figures")->type_name("FILE");
  plot->add_option("--json", options.trend, "Write the data, with - to standard output")->type_name("FILE");
}

}  // namespace lockstep
