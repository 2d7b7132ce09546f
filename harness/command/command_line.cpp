#include "harness/command/command_line.hpp"

#include <CLI/CLI.hpp>

#include "harness/base/error.hpp"
#include "harness/base/text.hpp"
#include "harness/report/export/exports.hpp"

namespace lockstep {
namespace {

void add_inconclusive(CLI::App& command, std::string& inconclusive) {
  command
      .add_option("--inconclusive", inconclusive,
                  "What junit calls INCONCLUSIVE: failure (the default) or skipped; the exit code stays")
      ->type_name("KIND")
      ->check(CLI::IsMember({"failure", "skipped"}));
}

/// For every command that ends with a result.
void add_exports(CLI::App& command, ExportArguments& exports) {
  command
      .add_option(
          "--export", exports.requests,
          "Also write the outcome to a file, whatever it is: --export junit=junit.xml (see lockstep export --help)")
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
  add_inconclusive(command, exports.inconclusive);
}

void add_selection(CLI::App& command, RunOptions& options) {
  command.add_option("scenarios", options.scenarios, "Scenario files, or folders of them (default: scenarios)")
      ->type_name("FILE|DIR");
  command.add_option("-a,--axis", options.overrides, "Set a key of all scenarios: -a devices=1,2 -a model.kind=mlp")
      ->type_name("KEY=VALUE,VALUE")
      ->allow_extra_args(false);
  command.add_option("--filter", options.filter, "Run only cases with this text in their name")->type_name("TEXT");
}

/// Where the result goes, for commands that run cases.
void add_result(CLI::App& command, RunOptions& options) {
  command
      .add_option("--output", options.output, "Folder for result.json and samples.jsonl (default: results/<UTC time>)")
      ->type_name("DIR");
  CLI::Option* resume =
      command.add_flag("--resume", options.resume, "Continue an interrupted run in --output; finished cases are kept");
  command.add_flag("--force", options.force, "Replace a result that is already in --output")->excludes(resume);
  add_exports(command, options.exports);
  command.add_flag("--host-name", options.host_name,
                   "Write the name of this host into the result (by default it is not)");
}

void add_selftest(CLI::App& app, RunOptions& options) {
  CLI::App* selftest =
      app.add_subcommand("selftest", "Plant faults that real programs had, and count those that the checks catch");
  selftest->add_option("--filter", options.filter, "Run only cases with this text in their name")->type_name("TEXT");
  selftest->add_flag("--list", options.list, "Print the names of the cases and stop");
  add_result(*selftest, options);
}

void add_run(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand("run", "Run scenarios, judge every case, write the result");
  add_selection(*run, options);
  run->add_flag("--tables", options.tables, "Print the bandwidth of collectives by size, in the columns of nccl-tests");
  CLI::Option* list = run->add_flag("--list", options.list, "Print the names of the cases and stop");
  CLI::Option* dry = run->add_flag("--dry-run", options.dry_run, "Check everything, say what would run, and stop");
  run->add_flag("--dump-config", options.dump_config,
                "Print every case with all its values, as scenario files, and stop")
      ->excludes(list)
      ->excludes(dry);
  list->excludes(dry);
  add_result(*run, options);
}

void add_doctor(CLI::App& app, DoctorOptions& options) {
  app.add_subcommand("doctor", "Say what this machine offers: cores, memory, GPUs, libraries, usable tiers")
      ->add_option("--system-description", options.system_description,
                   "Write the machine as MLPerf describes systems, in JSON, to this file or with - to standard output")
      ->type_name("FILE");
}

void add_judging(CLI::App& command, JudgingOptions& options) {
  command
      .add_option("--threshold", options.thresholds,
                  "Smallest change that counts: 3%, or step_time=5% for one metric; may be repeated")
      ->type_name("SHARE")
      ->allow_extra_args(false);
  command.add_option("--metric", options.metrics, "Judge only these metrics: --metric step_time,speedup")
      ->type_name("NAME,NAME")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--fail-on", options.fail_on,
                  "Verdicts that end in an exit code other than 0 (default: "
                  "fail,error,regressed,invalid,missing,inconclusive)")
      ->type_name("VERDICT,…")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--alpha", options.alpha, "Share of false alarms among alarms (default: 0.01)")
      ->check(CLI::Range(1e-6, 0.2))
      ->type_name("SHARE");
  command.add_flag("--all", options.all, "Print every metric, not only what is not the same");
  add_exports(command, options.exports);
}

void add_compare(CLI::App& app, CompareArguments& options) {
  CLI::App* compare = app.add_subcommand("compare", "Judge what changed between two results");
  compare
      ->add_option("baseline", options.baseline, "A result, its folder, a folder of several runs, or history:FILE#NAME")
      ->type_name("BASELINE")
      ->required();
  compare->add_option("candidate", options.candidate, "The same of what is judged")->type_name("CANDIDATE")->required();
  compare->add_option("--output", options.output, "Write the comparison as JSON")->type_name("FILE");
  add_judging(*compare, options.judging);
}

void add_ab(CLI::App& app, AbOptions& options) {
  CLI::App* ab = app.add_subcommand("ab", "Measure two programs in turn on the same scenarios and judge the second");
  ab->add_option("--baseline", options.baseline, "Program with the command line of lockstep run")
      ->type_name("PROGRAM")
      ->required();
  ab->add_option("--candidate", options.candidate, "The program that is judged")->type_name("PROGRAM")->required();
  ab->add_option("--pairs", options.pairs, "Runs of each program (default: 12)")
      ->check(CLI::Range(1, 999))
      ->type_name("COUNT");
  ab->add_flag("!--no-confirm", options.confirm, "Do not repeat the measurement when something regressed");
  add_selection(*ab, options.run);
  ab->add_option("--output", options.run.output,
                 "Folder for all runs and comparison.json (default: results/ab-<UTC time>)")
      ->type_name("DIR");
  add_judging(*ab, options.judging);
}

CLI::App* add_report(CLI::App& app) {
  CLI::App* report =
      app.add_subcommand("report", "Render results, or a comparison of machines, as one HTML file (see report --help)");
  report->prefix_command();  // the generator knows its arguments, --help among them
  report->set_help_flag();
  return report;
}

CLI::App* add_export(CLI::App& app, ExportCommandOptions& options) {
  CLI::App* command =
      app.add_subcommand("export", "Write a result or a comparison in a format that other programs read");
  std::string formats = "Formats:";
  for (const ExportFormat& format : export_formats()) formats += fmt::format("\n  {:<26}{}", format.name, format.what);
  command->footer(formats);
  command->add_option("format", options.format, "One of the formats below")->type_name("FORMAT")->required();
  command->add_option("input", options.input, "A result.json, the folder that holds it, or a comparison.json")
      ->type_name("FILE|DIR")
      ->required();
  command->add_option("--output", options.output, "Write to this file instead of standard output")->type_name("FILE");
  add_inconclusive(*command, options.inconclusive);
  return command;
}

CLI::App* add_inspect(CLI::App& app, std::vector<std::filesystem::path>& files) {
  CLI::App* checkpoint = app.add_subcommand("checkpoint", "Look into checkpoints")->require_subcommand(1);
  CLI::App* inspect =
      checkpoint->add_subcommand("inspect", "Verify safetensors files, ours and others', and say what they hold");
  inspect->add_option("files", files, "The files")->type_name("FILE")->required();
  return inspect;
}

}  // namespace

CommandLine parse_command_line(int count, const char* const* arguments) {
  CommandLine line;
  for (int i = 0; i < count; ++i) line.words.emplace_back(i == 0 ? "lockstep" : arguments[i]);
  CLI::App app{"Benchmark and correctness harness for data-parallel training", "lockstep"};
  app.require_subcommand(0, 1);
  bool version = false;
  app.add_flag("--version", version, "Print the version and stop");
  add_run(app, line.run);
  add_selftest(app, line.selftest);
  const CLI::App* inspect = add_inspect(app, line.checkpoints);
  add_compare(app, line.compare);
  add_ab(app, line.ab);
  add_doctor(app, line.doctor);
  add_history(app, line.history);
  const CLI::App* export_file = add_export(app, line.export_file);
  const CLI::App* report = add_report(app);
  try {
    app.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    line.help = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    throw UsageError{fmt::format("{}\nSee: lockstep --help, lockstep run --help", error.what())};
  }
  if (version) line.command = CommandLine::Command::version;
  if (app.got_subcommand("run")) line.command = CommandLine::Command::run;
  if (app.got_subcommand("selftest")) line.command = CommandLine::Command::selftest;
  if (app.got_subcommand("doctor")) line.command = CommandLine::Command::doctor;
  if (app.got_subcommand("compare")) line.command = CommandLine::Command::compare;
  if (app.got_subcommand("ab")) line.command = CommandLine::Command::ab;
  if (app.got_subcommand("history")) line.command = CommandLine::Command::history;
  if (export_file->parsed()) line.command = CommandLine::Command::export_file;
  if (report->parsed()) {
    line.command = CommandLine::Command::report;
    line.report = report->remaining();
  }
  if (inspect->parsed()) line.command = CommandLine::Command::inspect;
  if (line.command == CommandLine::Command::help) throw UsageError{"no command\n" + app.help()};
  for (RunOptions* options : {&line.run, &line.ab.run})
    if (options->scenarios.empty()) options->scenarios.emplace_back("scenarios");
  return line;
}

}  // namespace lockstep
