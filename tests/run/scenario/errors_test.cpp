// What a person reads whose scenario is wrong. The numbers are those of the catalogue of bad input in the project's
// notes on reliability; the entries about keys that scenarios do not have (device maps, tolerances, fault plans) are
// absent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <clocale>
#include <fstream>
#include <limits>
#include <locale>

#include "harness/base/error.hpp"
#include "harness/base/files.hpp"
#include "harness/run/scenario/expand.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using ::testing::AllOf;
using testing::cases_of;
using ::testing::EndsWith;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::valid_scenario;
using testing::with;

/// `key = value` added to the valid scenario, whose last section is [run].
std::string with_run(std::string_view line) { return with("", line); }
std::string with_train(std::string_view line) { return with("batch", "batch = 16\n" + std::string{line}); }
std::string with_model(std::string_view line) { return with("widths", "widths = [8, 4, 2]\n" + std::string{line}); }
std::string with_data(std::string_view line) { return with("source", "source = \"synthetic\"\n" + std::string{line}); }
std::string with_source(std::string_view line) { return with("source", line); }

std::filesystem::path empty_folder(std::string_view name) {
  const std::filesystem::path folder = std::filesystem::path{::testing::TempDir()} / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

template <typename Expected>
std::string load_error(const std::filesystem::path& file) {
  try {
    load_scenario(file);
  } catch (const Expected& error) {
    return error.what();
  }
  return "";
}

TEST(ScenarioErrors, E00_the_scenario_that_the_others_change_is_valid) {
  EXPECT_EQ(error_of(valid_scenario()), "");
  EXPECT_EQ(cases_of(valid_scenario()).size(), 1U);
}

TEST(ScenarioErrors, E01_a_file_that_cannot_be_read) {
  const std::filesystem::path folder = empty_folder("scenario_e01");
  EXPECT_THAT(load_error<IoError>(folder / "none.toml"), EndsWith("none.toml: cannot open: No such file or directory"));
  EXPECT_THAT(load_error<InputError>(folder), EndsWith("not a regular file"));
  ASSERT_EQ(::mkfifo((folder / "pipe.toml").c_str(), 0600), 0);
  EXPECT_THAT(load_error<InputError>(folder / "pipe.toml"), EndsWith("pipe.toml: not a regular file"));
}

TEST(ScenarioErrors, E02_an_empty_file) {
  EXPECT_EQ(error_of(""), "s.toml: empty scenario");
  EXPECT_EQ(error_of(" \n\t\n# nothing\n"), "s.toml: empty scenario");
}

TEST(ScenarioErrors, E03_a_file_of_more_than_a_mebibyte) {
  const std::filesystem::path file = empty_folder("scenario_e03") / "large.toml";
  write_file_atomically(file, valid_scenario() + "#" + std::string(1 << 20, ' '));
  EXPECT_THAT(load_error<InputError>(file), HasSubstr("too large"));
  EXPECT_THAT(load_error<InputError>(file), EndsWith("limit 1048576)"));
}

TEST(ScenarioErrors, E04_text_that_is_not_plain_utf8) {
  EXPECT_EQ(error_of("\xEF\xBB\xBF" + valid_scenario()), "s.toml: not UTF-8 at byte 0: a byte order mark");
  EXPECT_EQ(error_of(std::string_view{"\xFF\xFEs\0c\0", 6}), "s.toml: not UTF-8 at byte 0");
  EXPECT_EQ(error_of("schema = 1\nname = \"\xff\"\n"), "s.toml: not UTF-8 at byte 19");
  EXPECT_EQ(error_of(std::string_view{"a = 1\0", 6}), "s.toml: not UTF-8 at byte 5");
}

TEST(ScenarioErrors, E05_a_cut_or_continued_document) {
  EXPECT_EQ(error_of("schema = 1\nname = \"s"), "s.toml:2:10: not valid TOML: encountered end-of-file");
  EXPECT_EQ(error_of("schema = 1 2\n"), "s.toml:1:12: not valid TOML: expected a comment or whitespace, saw '2'");
  EXPECT_THAT(error_of(valid_scenario() + valid_scenario()),
              StartsWith("s.toml:15:1: not valid TOML: cannot redefine existing table 'model'"));
}

TEST(ScenarioErrors, E06_deep_nesting_does_not_reach_a_recursive_parser) {
  const auto repeat = [](std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_EQ(error_of("a = " + repeat("[", 100'000)), "s.toml:1:37: nesting deeper than 32");
  EXPECT_EQ(error_of("a = " + repeat("{a=", 100'000)), "s.toml:1:101: nesting deeper than 32");
  EXPECT_EQ(error_of(repeat("a.", 100'000) + "a = 1"), "s.toml:1:66: nesting deeper than 32");
  EXPECT_EQ(error_of("\n[" + repeat("\"a\" . ", 100'000) + "a]"), "s.toml:2:192: nesting deeper than 32");
  // Brackets and dots in strings, comments and numbers are not nesting.
  const std::string harmless = repeat("[", 100) + repeat(".", 100);
  EXPECT_EQ(error_of(with("name", "question = '" + harmless + "' # " + harmless + "\nname = \"s\"")), "");
  EXPECT_EQ(error_of(with("name", "question = \"\\\"" + harmless + "\"\nname = \"s\"")), "");
  EXPECT_THAT(error_of(with_model("init = { values = [[" + repeat("0.5, ", 40) + "]] }")),
              HasSubstr("wrong number of parameters"));
}

TEST(ScenarioErrors, E07_a_key_given_twice) {
  EXPECT_EQ(error_of(with_train("batch = 8")), "s.toml:10:9: not valid TOML: cannot redefine existing integer 'batch'");
  EXPECT_THAT(error_of(with_train("\"b\\u0061tch\" = 8")), HasSubstr("cannot redefine existing integer"));
}

TEST(ScenarioErrors, E08_unknown_key_suggests_the_nearest) {
  EXPECT_EQ(error_of(with_train("optimizer = { lerning_rate = 0.1 }")),
            "s.toml:10:15: train.optimizer: unknown key \"lerning_rate\"; did you mean \"learning_rate\"?");
  EXPECT_EQ(error_of(with("schema", "schema = 1\nfamilly = 1")),
            "s.toml:2:1: unknown key \"familly\"; did you mean \"family\"?");
  EXPECT_EQ(error_of(with("[train]", "[tran]")),
            "s.toml:8:2: unknown key \"tran\"; did you mean \"train\"?\n"
            "s.toml: missing key \"train.batch\"; expected an integer from 1 to 1000000");
  EXPECT_EQ(error_of(with_run("learning_rate = 0.1")),
            "s.toml:12:1: run: unknown key \"learning_rate\"; did you mean \"train.optimizer.learning_rate\"?");
  EXPECT_EQ(error_of(with_run("banana = 1")), "s.toml:12:1: run: unknown key \"banana\"");
}

TEST(ScenarioErrors, E09_missing_key) {
  EXPECT_EQ(error_of(with("widths", "")),
            "s.toml: missing key \"model.widths\"; expected a list of 2 to 64 integers from 1 to 65536");
  EXPECT_EQ(
      error_of(with("family", "")),
      "s.toml: missing key \"family\"; expected \"equivalence\", \"speedup\", \"convergence\", \"communication\", "
      "\"checkpoint\", \"memory\", \"imbalance\" or \"faults\"");
  EXPECT_THAT(error_of("schema = 1"), HasSubstr("missing key \"name\""));
}

TEST(ScenarioErrors, E10_wrong_type) {
  EXPECT_EQ(error_of(with("devices", "devices = \"3\"")),
            "s.toml:11:11: run.devices: wrong type, got string \"3\"; expected an integer from 1 to 64");
  EXPECT_EQ(error_of(with("devices", "devices = true")),
            "s.toml:11:11: run.devices: wrong type, got boolean true; expected an integer from 1 to 64");
  EXPECT_EQ(error_of(with("devices", "devices = 3.0")),
            "s.toml:11:11: run.devices: wrong type, got real 3.0; expected an integer from 1 to 64");
  EXPECT_EQ(error_of(with("devices", "devices = 2024-01-01")),
            "s.toml:11:11: run.devices: wrong type, got a date or time; expected an integer from 1 to 64");
  EXPECT_EQ(error_of(with_model("bias = 1")),
            "s.toml:6:8: model.bias: wrong type, got integer 1; expected true or false");
  EXPECT_EQ(error_of(with_train("optimizer = \"sgd\"")),
            "s.toml:10:13: train.optimizer: wrong type, got string \"sgd\"; expected a table");
  EXPECT_EQ(
      error_of(with("name", "name = [\"s\"]")),
      "s.toml:2:8: name: wrong type, got a list; expected 1 to 100 letters, digits, \".\", \"_\" or \"-\", starting "
      "with a letter or digit");
  EXPECT_EQ(error_of("model = 3\n" + with("[model]", "", with("widths", ""))),
            "s.toml:1:9: model: wrong type, got integer 3; expected a table");
}

TEST(ScenarioErrors, E11_number_out_of_range) {
  for (const std::string value : {"0", "-1", "1000001", "2147483648", "9223372036854775807"})
    EXPECT_EQ(error_of(with("batch", "batch = " + value)),
              "s.toml:9:9: train.batch: out of range, got " + value + "; expected an integer from 1 to 1000000");
  EXPECT_THAT(error_of(with("batch", "batch = 9223372036854775808")), HasSubstr("not representable in 64 bits"));
  EXPECT_THAT(error_of(with_train("optimizer = { learning_rate = 1e400 }")), HasSubstr("could not be interpreted"));
  // Too small for a double is 0, which is no learning rate.
  EXPECT_EQ(
      error_of(with_train("optimizer = { learning_rate = 1e-400 }")),
      "s.toml:10:31: train.optimizer.learning_rate: out of range, got 0.0; expected a real above 0, at most 1000");
}

TEST(ScenarioErrors, E12_forms_of_numbers) {
  for (const std::string value : {"nan", "inf", "-inf"})
    EXPECT_EQ(error_of(with_train("optimizer = { learning_rate = " + value + " }")),
              "s.toml:10:31: train.optimizer.learning_rate: not a finite number, got " + value +
                  "; expected a real above 0, at most 1000");
  EXPECT_THAT(error_of(with("batch", "batch = .5")), HasSubstr("not valid TOML"));
  EXPECT_THAT(error_of(with("batch", "batch = 016")), HasSubstr("leading zeroes are prohibited"));
  EXPECT_EQ(cases_of(with_train("optimizer = { weight_decay = -0.0 }"))[0].scenario.hash(),
            cases_of(valid_scenario())[0].scenario.hash());
  EXPECT_EQ(cases_of(with_train("optimizer = { learning_rate = 1 }"))[0].scenario.train.optimizer.learning_rate, 1.0);
}

TEST(ScenarioErrors, E13_endless_numbers) {
  const std::string digits(400, '1');
  EXPECT_THAT(error_of(with("batch", "batch = " + digits)), HasSubstr("not valid TOML"));
  EXPECT_NE(error_of(with_train("optimizer = { learning_rate = " + digits + ".0 }")), "");
  EXPECT_THAT(error_of(with_train("optimizer = { learning_rate = 1e999999999 }")),
              HasSubstr("could not be interpreted"));
  EXPECT_THAT(error_of(with_run("deadline = \"" + digits + " s\"")), HasSubstr("run.deadline"));
}

struct CommaPoint : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// A scenario with numbers of every kind, and what is written of it.
std::string dump_of_numbers() {
  const Case one = cases_of(with_train("optimizer = { learning_rate = 0.25, momentum = 0.5 }\nseed = 1234567") +
                            "deadline = \"1.5 min\"\ndevice_memory = \"1.5 MiB\"")[0];
  return fmt::format("{} {} {} {}", one.scenario.train.optimizer.learning_rate, one.scenario.run.deadline.count(),
                     one.scenario.run.device_memory, one.scenario.hash());
}

TEST(ScenarioErrors, E14_numbers_do_not_depend_on_the_locale_of_streams) {
  const std::string expected = dump_of_numbers();
  EXPECT_THAT(expected, StartsWith("0.25 90 1572864 "));
  const std::locale before = std::locale::global(std::locale{std::locale::classic(), new CommaPoint});
  const std::string found = dump_of_numbers();
  std::locale::global(before);
  EXPECT_EQ(found, expected);
}

TEST(ScenarioErrors, E14_numbers_do_not_depend_on_the_locale_of_c) {
  const std::string expected = dump_of_numbers();
  if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr && std::setlocale(LC_ALL, "de_DE") == nullptr)
    GTEST_SKIP() << "this machine has no locale de_DE";
  const std::string found = dump_of_numbers();
  std::setlocale(LC_ALL, "C");
  EXPECT_EQ(found, expected);
}

TEST(ScenarioErrors, E15_number_of_devices) {
  for (const std::string value : {"0", "-2", "65"})
    EXPECT_EQ(error_of(with("devices", "devices = " + value)),
              "s.toml:11:11: run.devices: out of range, got " + value + "; expected an integer from 1 to 64");
}

// An empty piece is part of what is tested: dp leaves the device idle, as torch does, and ddp's device adds nothing to
// the sums.
TEST(ScenarioErrors, E18_a_batch_smaller_than_the_number_of_devices_is_allowed) {
  for (const std::string strategy : {"dp", "ddp"})
    EXPECT_EQ(error_of(with("batch", "batch = 5", with("devices", "devices = 6\nstrategy = \"" + strategy + "\""))),
              "");
}

TEST(ScenarioErrors, E19_a_batch_that_the_devices_do_not_divide_is_allowed) {
  EXPECT_EQ(error_of(with("batch", "batch = 10", with("devices", "devices = 4\nstrategy = \"ddp\""))), "");
}

TEST(ScenarioErrors, E21_data_smaller_than_a_batch) {
  EXPECT_EQ(error_of(with_data("samples = 15")),
            "s.toml:10:9: train.batch: larger than the data, got 16 samples per step of 15 in all; expected a lower "
            "train.batch or more samples");
  EXPECT_EQ(error_of(with_data("samples = 16")), "");
  EXPECT_THAT(
      error_of(with("devices", "devices = 2\nstrategy = \"dp\"\nscaling = \"weak\"", with_data("samples = 31"))),
      HasSubstr("got 32 samples per step of 31 in all"));
}

TEST(ScenarioErrors, E22_widths) {
  const std::string expected = "expected a list of 2 to 64 integers from 1 to 65536";
  const auto error_of_widths = [](const std::string& widths) { return error_of(with("widths", "widths = " + widths)); };
  EXPECT_EQ(error_of_widths("[]"), "s.toml:5:10: model.widths: wrong length, got 0; " + expected);
  EXPECT_EQ(error_of_widths("[8]"), "s.toml:5:10: model.widths: wrong length, got 1; " + expected);
  EXPECT_EQ(error_of_widths("[8, 0]"), "s.toml:5:10: model.widths: out of range, got 0; " + expected);
  EXPECT_EQ(error_of_widths("[8, 2147483648]"), "s.toml:5:10: model.widths: out of range, got 2147483648; " + expected);
  EXPECT_EQ(error_of_widths("8"), "s.toml:5:10: model.widths: wrong type, got integer 8; " + expected);
  std::string many = "[8";
  for (int i = 1; i < 10'000; ++i) many += ", 8";
  EXPECT_EQ(error_of_widths(many + "]"), "s.toml:5:10: model.widths: wrong length, got 10000; " + expected);
}

TEST(ScenarioErrors, E23_too_many_parameters) {
  EXPECT_EQ(error_of(with("widths", "widths = [65536, 65536, 65536, 65536]")),
            "s.toml:5:10: model.widths: too many parameters, got 12885098496 (48.0 GiB as float32); expected at most "
            "8589934592");
}

TEST(ScenarioErrors, E24_unknown_name_lists_the_known) {
  EXPECT_EQ(error_of(with_model("activation = \"ReLU\"")),
            "s.toml:6:14: model.activation: unknown name, got \"ReLU\"; expected \"relu\", \"tanh\" or \"none\"");
  EXPECT_EQ(error_of(with_train("loss = \"nll\"")),
            "s.toml:10:8: train.loss: unknown name, got \"nll\"; expected \"cross_entropy\" or \"mse\"");
  EXPECT_EQ(error_of(with_train("optimizer = { kind = \"lamb\" }")),
            "s.toml:10:22: train.optimizer.kind: unknown name, got \"lamb\"; expected \"sgd\", \"adam\", \"adamw\" or "
            "\"ternary\"");
  EXPECT_EQ(error_of(with_run("backend = \"CPU\"")),
            "s.toml:12:11: run.backend: unknown name, got \"CPU\"; expected \"cpu\" or \"cuda\"");
  EXPECT_THAT(error_of(with("family", "family = \"faultz\"")), HasSubstr("family: unknown name, got \"faultz\""));
  EXPECT_EQ(
      error_of(with_model("init = { constnat = 1.0 }")),
      "s.toml:6:8: model.init: unknown key, got \"constnat\"; expected \"kaiming\", \"ternary\", { constant = 1.0 } "
      "or { values = [[…], …] }");
  EXPECT_THAT(error_of(with_model("init = { constant = 1.0, values = [[1]] }")),
              HasSubstr("not exactly one key, got 2"));
}

TEST(ScenarioErrors, E25_cross_entropy_of_one_class) {
  EXPECT_EQ(
      error_of(with("widths", "widths = [8, 1]", with_train("loss = \"cross_entropy\""))),
      "s.toml:10:8: train.loss: \"cross_entropy\" of one class is always 0, got a model with 1 output; expected at "
      "least 2 outputs, or \"mse\"");
}

TEST(ScenarioErrors, E25_adam_with_beta_1) {
  EXPECT_EQ(error_of(with_train("optimizer = { kind = \"adam\", beta1 = 1.0 }")),
            "s.toml:10:38: train.optimizer.beta1: out of range, got 1.0; expected a real from 0, below 1");
}

TEST(ScenarioErrors, E25_nesterov_without_momentum) {
  EXPECT_EQ(
      error_of(with_train("optimizer = { nesterov = true }")),
      "s.toml:10:26: train.optimizer.nesterov: needs train.optimizer.momentum, got momentum = 0; expected above 0");
}

TEST(ScenarioErrors, E25_exact_data_with_anything_that_rounds) {
  const std::string exact = with("source", "source = \"exact\"\nsamples = 64",
                                 with("widths", "widths = [8, 4, 2]\nactivation = \"relu\"\ninit = \"ternary\"",
                                      with_train("loss = \"mse\"\noptimizer = { kind = \"ternary\" }")));
  EXPECT_EQ(error_of(exact), "");
  EXPECT_EQ(error_of(with("loss", "loss = \"cross_entropy\"", exact)),
            "s.toml:13:8: train.loss: not exact, got \"cross_entropy\"; expected \"mse\" with data.source = \"exact\"");
  EXPECT_EQ(error_of(with("activation", "activation = \"tanh\"", exact)),
            "s.toml:6:14: model.activation: not exact, got \"tanh\"; expected \"relu\" or \"none\" with data.source = "
            "\"exact\"");
  EXPECT_THAT(error_of(with("init", "init = \"kaiming\"", exact)), StartsWith("s.toml:7:8: model.init: not exact"));
  EXPECT_THAT(error_of(with("optimizer", "optimizer = { kind = \"sgd\" }", exact)),
              StartsWith("s.toml:14:22: train.optimizer.kind: not exact"));
  EXPECT_EQ(error_of(with("optimizer", "optimizer = { kind = \"sgd\" }\nsteps = 1", exact)), "");
  EXPECT_EQ(
      error_of(with("batch", "batch = 12", exact + "")),
      "s.toml:12:9: train.batch: not exact: global batch × outputs is no power of two, got 12 × 2; expected one with "
      "data.source = \"exact\"");
  EXPECT_THAT(error_of(with("widths", "widths = [8, 4, 3]", exact)), HasSubstr("got 16 × 3"));
  EXPECT_THAT(error_of(with("devices", "devices = 3\nstrategy = \"ddp\"\nscaling = \"weak\"", exact)),
              HasSubstr("got 48 × 2"));
  EXPECT_THAT(error_of(with("samples", "samples = 60", exact)),
              HasSubstr("last batch (data.samples, data.last_batch = \"keep\")"));
  EXPECT_EQ(error_of(with("samples", "samples = 60\nlast_batch = \"drop\"", exact)), "");
}

TEST(ScenarioErrors, E25_init_values_of_another_shape) {
  EXPECT_EQ(
      error_of(with("widths", "widths = [2, 2]\ninit = { values = [[1, 2, 3, 4]] }")),
      "s.toml:6:8: model.init: wrong number of parameters, got 1 lists in values; expected 2, one for each parameter "
      "that model.widths and model.bias make");
  EXPECT_EQ(error_of(with("widths", "widths = [2, 2]\ninit = { values = [[1, 2, 3], [0, 0]] }")),
            "s.toml:6:8: model.init: wrong size of parameter 0, got 3 values; expected 4 by model.widths");
  EXPECT_EQ(error_of(with("widths", "widths = [2, 2]\ninit = { values = [[1, 2, 3, 4], [0, 0]] }")), "");
  EXPECT_EQ(error_of(with("widths", "widths = [2, 2]\nbias = false\ninit = { values = [[1, 2, 3, 4]] }")), "");
}

TEST(ScenarioErrors, E25_fashion_mnist_has_784_pixels_and_10_classes) {
  EXPECT_EQ(
      error_of(with("source", "source = \"fashion-mnist\"")),
      "s.toml:5:10: model.widths: wrong number of inputs, got 8; expected 784, as data.source = \"fashion-mnist\" has "
      "pixels\n"
      "s.toml:5:10: model.widths: wrong number of outputs, got 2; expected 10, as data.source = \"fashion-mnist\" has "
      "classes");
}

TEST(ScenarioErrors, E25_inline_rows_that_do_not_fit) {
  const auto error_of_rows = [](const std::string& inputs, const std::string& targets, const std::string& loss) {
    return error_of(with("widths", "widths = [2, 3]",
                         with("batch", "batch = 1\nloss = \"" + loss + "\"",
                              with_source("source = \"inline\"\ninputs = " + inputs + "\ntargets = " + targets))));
  };
  EXPECT_EQ(error_of_rows("[[1, 2], [3, 4]]", "[[0], [2]]", "cross_entropy"), "");
  EXPECT_EQ(error_of_rows("[[1, 2], [3, 4]]", "[[0, 1, 2], [2, 3, 4]]", "mse"), "");
  EXPECT_EQ(error_of_rows("[[1, 2], [3, 4]]", "[[0]]", "cross_entropy"),
            "s.toml:9:11: data.targets: not one row for each of data.inputs, got 1 rows; expected 2");
  EXPECT_EQ(error_of_rows("[[1, 2], [3]]", "[[0], [1]]", "cross_entropy"),
            "s.toml:8:10: data.inputs: rows of different lengths, got 1 in row 1; expected 2 as in row 0");
  EXPECT_EQ(error_of_rows("[[1], [3]]", "[[0], [1]]", "cross_entropy"),
            "s.toml:5:10: model.widths: wrong number of inputs, got 2; expected 1, as data.inputs has");
  EXPECT_EQ(error_of_rows("[[1, 2]]", "[[0, 1]]", "mse"),
            "s.toml:5:10: model.widths: wrong number of outputs, got 3; expected 2, as data.targets has");
  EXPECT_EQ(
      error_of_rows("[[1, 2]]", "[[3]]", "cross_entropy"),
      "s.toml:9:11: data.targets: not a class in row 0, got 3; expected for train.loss = \"cross_entropy\" one integer "
      "from 0 to 2");
  EXPECT_THAT(error_of_rows("[[1, 2]]", "[[0.5]]", "cross_entropy"), HasSubstr("not a class in row 0, got 0.5"));
  EXPECT_THAT(error_of_rows("[[1, 2]]", "[[0, 1]]", "cross_entropy"), HasSubstr("not a class in row 0, got 2 values"));
  EXPECT_THAT(error_of_rows("[]", "[]", "mse"), HasSubstr("data.inputs: missing, but data.source is \"inline\""));
  EXPECT_THAT(error_of_rows("[[1, nan]]", "[[0]]", "mse"), HasSubstr("data.inputs: not a finite number, got nan"));
  EXPECT_THAT(error_of_rows("[1, 2]", "[[0]]", "mse"), HasSubstr("data.inputs: wrong type of a row, got integer 1"));
}

TEST(ScenarioErrors, E25_a_key_without_effect_is_not_ignored) {
  EXPECT_EQ(
      error_of(with_train("optimizer = { kind = \"adam\", momentum = 0.9 }")),
      "s.toml:10:41: train.optimizer.momentum: has no effect, got 0.9; expected only with `optimizer.kind` \"sgd\"");
  EXPECT_EQ(error_of(with_run("bucket = [\"1 MiB\", \"2 MiB\"]")),
            "s.toml:12:10: run.bucket: has no effect, got 1MiB; expected only with `run.strategy` \"ddp\"");
  EXPECT_EQ(error_of(with_train("optimizer = { kind = [\"adam\", \"sgd\"], momentum = 0.9 }")), "");
}

TEST(ScenarioErrors, E25_a_key_of_another_family) {
  EXPECT_EQ(error_of(with_run("warmup_steps = 3")),
            "s.toml:12:16: run.warmup_steps: has no effect, got 3; expected only with `family` \"speedup\", "
            "\"communication\" or \"imbalance\"");
  EXPECT_EQ(error_of(with_run("repetitions = 7")),
            "s.toml:12:15: run.repetitions: has no effect, got 7; expected only with `family` \"speedup\", "
            "\"communication\" or \"imbalance\"");
  const std::string dump = with_run("[output]\ndump = [\"outputs\"]");
  EXPECT_EQ(error_of(dump), "");
  EXPECT_EQ(error_of(with("family", "family = \"speedup\"", dump)),
            "s.toml:13:8: output.dump: has no effect, got [outputs]; expected only with `family` \"equivalence\"");
  EXPECT_THAT(error_of(with("family", "family = \"convergence\"", with("batch", "batch = 16\nepochs = 2", dump))),
              HasSubstr("output.dump: has no effect"));
  EXPECT_EQ(error_of(with("family", "family = \"speedup\"", with_run("warmup_steps = 0\nrepetitions = 7"))), "");
  const auto error_of_memory = [](const std::string& run_lines) {
    return error_of(with("family", "family = \"memory\"", with_run(run_lines)));
  };
  EXPECT_EQ(error_of_memory("granularity = 8\ndevice_memory = \"1 MiB\""), "");
  EXPECT_THAT(error_of_memory("granularity = 8"),
              HasSubstr("run.granularity: has no effect, got 8; expected only with `family` \"memory\" and "
                        "`run.device_memory`"));
}

TEST(ScenarioErrors, E25_a_length_that_the_family_does_not_count_in) {
  const auto error_of_length = [](const std::string& family, const std::string& length) {
    return error_of(with("family", "family = \"" + family + "\"", with_train(length)));
  };
  const std::string no_epochs = "s.toml:3:10: family: \"convergence\" is judged after every epoch, got train.steps = ";
  EXPECT_EQ(error_of_length("convergence", ""), no_epochs + "8; expected train.epochs");
  EXPECT_EQ(error_of_length("convergence", "steps = 5"), no_epochs + "5; expected train.epochs");
  EXPECT_EQ(error_of_length("convergence", "epochs = 2"), "");
  EXPECT_EQ(error_of_length("speedup", "epochs = 2"),
            "s.toml:10:10: train.epochs: family \"speedup\" measures blocks of steps, got epochs = 2; expected "
            "train.steps");
  EXPECT_EQ(error_of_length("speedup", "steps = 5"), "");
  EXPECT_EQ(error_of_length("speedup", ""), "");
  for (const std::string length : {"", "steps = 5", "steps = 1000"}) EXPECT_EQ(error_of_length("memory", length), "");
  EXPECT_EQ(error_of_length("memory", "steps = 4"),
            "s.toml:10:9: train.steps: family \"memory\" confirms each batch with them, got 4; expected 5 to 1000");
  EXPECT_EQ(error_of_length("memory", "epochs = 2"),
            "s.toml:10:10: train.epochs: family \"memory\" tries batches in steps, got epochs = 2; expected "
            "train.steps");
  for (const std::string length : {"", "steps = 5", "steps = 64"})
    EXPECT_EQ(error_of_length("equivalence", length), "");
  EXPECT_EQ(error_of_length("equivalence", "steps = 65"),
            "s.toml:10:9: train.steps: family \"equivalence\" keeps every step, got 65; expected at most 64");
  EXPECT_EQ(
      error_of_length("equivalence", "epochs = 2"),
      "s.toml:10:10: train.epochs: family \"equivalence\" keeps every step, got epochs = 2; expected train.steps");
}

TEST(ScenarioErrors, E26_optimizer_settings) {
  const auto error_of_setting = [](const std::string& kind, const std::string& setting) {
    return error_of(with_train("optimizer = { kind = \"" + kind + "\", " + setting + " }"));
  };
  for (const std::string value : {"0", "-0.1", "1e30"})
    EXPECT_THAT(error_of_setting("sgd", "learning_rate = " + value),
                EndsWith("; expected a real above 0, at most 1000"));
  EXPECT_THAT(error_of_setting("sgd", "weight_decay = -1"), EndsWith("got -1.0; expected a real from 0, at most 1"));
  EXPECT_THAT(error_of_setting("sgd", "momentum = 1"), EndsWith("got 1.0; expected a real from 0, below 1"));
  EXPECT_THAT(error_of_setting("adam", "epsilon = 0"), EndsWith("got 0.0; expected a real above 0, at most 1"));
  EXPECT_THAT(error_of_setting("ternary", "threshold = -1"),
              EndsWith("got -1.0; expected a real from 0, at most 1000000000"));
}

TEST(ScenarioErrors, E26_a_schedule_that_leaves_no_step) {
  EXPECT_EQ(
      error_of(with_train("steps = 4\nschedule = { kind = \"cosine\", warmup_steps = 4 }")),
      "s.toml:11:46: train.schedule.warmup_steps: no step is left at the full learning rate, got 4; expected less "
      "than train.steps = 4");
  EXPECT_THAT(error_of(with_train("optimizer.learning_rate = 0.5\nschedule = { kind = \"cosine\", "
                                  "min_learning_rate = 0.75 }")),
              HasSubstr("train.schedule.min_learning_rate: above train.optimizer.learning_rate, got 0.75 and 0.5"));
  EXPECT_THAT(error_of(with_train("schedule.min_learning_rate = 0.01")),
              EndsWith("train.schedule.min_learning_rate: has no effect, got 0.01; expected only with `schedule.kind` "
                       "\"cosine\""));
  EXPECT_EQ(error_of(with_train("steps = 4\nschedule = { kind = \"cosine\", warmup_steps = 3 }")), "");
}

TEST(ScenarioErrors, E26_a_norm_below_0) {
  EXPECT_THAT(error_of(with_train("clip_norm = -1")),
              HasSubstr("train.clip_norm: out of range, got -1.0; expected a real from 0"));
}

TEST(ScenarioErrors, E28_seed) {
  EXPECT_EQ(error_of(with_train("seed = -1")),
            "s.toml:10:8: train.seed: out of range, got -1; expected an integer from 0 to 9223372036854775807");
  EXPECT_THAT(error_of(with_train("seed = 1.5")), HasSubstr("wrong type, got real 1.5"));
  EXPECT_EQ(error_of(with_train("seed = 9223372036854775807")), "");
  EXPECT_THAT(error_of(with_train("seed = 18446744073709551616")), HasSubstr("not representable in 64 bits"));
}

TEST(ScenarioErrors, E29_when_to_stop_measuring) {
  const auto error_of_stop = [](const std::string& lines) {
    return error_of(with("family", "family = \"speedup\"", with_run(lines)));
  };
  EXPECT_EQ(error_of_stop("repetitions = 9\nmax_repetitions = 9\nrelative_error = 0.01\nmax_time = \"2 s\""), "");
  EXPECT_THAT(error_of_stop("repetitions = 9\nmax_repetitions = 8"),
              EndsWith("run.max_repetitions: below run.repetitions, got 8; expected at least 9"));
  EXPECT_THAT(error_of_stop("relative_error = 0"), EndsWith("got 0.0; expected a real above 0, at most 1"));
  EXPECT_THAT(error_of_stop("max_time = \"0 s\""), HasSubstr("run.max_time: out of range, got "));
  EXPECT_THAT(error_of(with_run("max_time = \"2 s\"")), HasSubstr("has no effect"));
}

TEST(ScenarioErrors, E29_lengths_that_leave_nothing) {
  EXPECT_THAT(error_of(with_train("steps = 0")), HasSubstr("train.steps: out of range, got 0"));
  EXPECT_THAT(error_of(with_run("repetitions = 0")), HasSubstr("run.repetitions: out of range, got 0"));
  EXPECT_EQ(error_of(with_train("steps = 8\nepochs = 2")),
            "s.toml:11:10: train.epochs: train.steps is given too, got epochs = 2 and steps = 8; expected one of them");
}

TEST(ScenarioErrors, E30_bucket_sizes) {
  const auto error_of_bucket = [](const std::string& bucket) {
    return error_of(with("", "strategy = \"ddp\"\nbucket = " + bucket));
  };
  EXPECT_EQ(
      error_of_bucket("0"),
      "s.toml:13:10: run.bucket: out of range, got 0; expected a size from 4 B to 64 GiB, a multiple of 4 bytes, like "
      "\"25 MiB\" (B, KiB, MiB, GiB) or a number of bytes");
  EXPECT_THAT(error_of_bucket("6"), HasSubstr("run.bucket: not a multiple of 4 bytes, got 6"));
  EXPECT_THAT(error_of_bucket("\"1 MB\""), HasSubstr("unknown unit, got \"1 MB\""));
  EXPECT_THAT(error_of_bucket("\"MiB\""), HasSubstr("no number at the start, got \"MiB\""));
  EXPECT_THAT(error_of_bucket("\"-4 B\""), HasSubstr("out of range, got \"-4 B\""));
  EXPECT_THAT(error_of_bucket("\"1.3 KiB\""), HasSubstr("not a whole number of bytes, got \"1.3 KiB\""));
  EXPECT_THAT(error_of_bucket("\"nan B\""), HasSubstr("no number at the start"));
  EXPECT_THAT(error_of_bucket("true"), HasSubstr("wrong type, got boolean true"));
  EXPECT_THAT(error_of_bucket("1.0"), HasSubstr("wrong type, got real 1.0"));
  EXPECT_EQ(error_of_bucket("\"64 GiB\""), "") << "larger than the model is one bucket";
}

TEST(ScenarioErrors, E31_deadline) {
  const auto error_of_deadline = [](const std::string& deadline) {
    return error_of(with("", "deadline = " + deadline));
  };
  EXPECT_EQ(error_of_deadline("\"0 s\""),
            "s.toml:12:12: run.deadline: out of range, got string \"0 s\"; expected a duration from 1 s to 86400 s, "
            "like \"60 "
            "s\" (ms, s, min, h)");
  EXPECT_THAT(error_of_deadline("\"-1 s\""), HasSubstr("out of range"));
  EXPECT_THAT(error_of_deadline("\"25 h\""), HasSubstr("out of range"));
  EXPECT_THAT(error_of_deadline("\"60\""), HasSubstr("unit missing, got \"60\""));
  EXPECT_THAT(error_of_deadline("\"5 parsecs\""), HasSubstr("unknown unit, got \"5 parsecs\""));
  EXPECT_THAT(error_of_deadline("\"1e2 s\""), HasSubstr("unknown unit, got \"1e2 s\""));
  EXPECT_THAT(error_of_deadline("60"), HasSubstr("wrong type, got integer 60"));
  EXPECT_EQ(cases_of(with("", "deadline = \"5 min\""))[0].scenario.run.deadline, Seconds{300});
  EXPECT_EQ(cases_of(with("", "deadline = \"1500ms\""))[0].scenario.run.deadline, Seconds{1.5});
}

TEST(ScenarioErrors, E32_paths) {
  const auto error_of_images = [](const std::string& path) {
    return error_of(with_source("source = \"idx\"\nlabels = \"l\"\nimages = \"" + path + "\""));
  };
  EXPECT_EQ(error_of_images("i"), "");
  EXPECT_THAT(error_of_images(""), HasSubstr("data.images: empty, got \"\"; expected the path of a file"));
  EXPECT_THAT(error_of_images("folder/"), HasSubstr("data.images: a folder, got \"folder/\""));
  EXPECT_THAT(error_of_images("a\\u0000b"), HasSubstr("data.images: control character, got \"a\\x00b\""));
  EXPECT_THAT(error_of_images(std::string(5000, 'x')), HasSubstr("data.images: too long (5000 bytes)"));
  EXPECT_EQ(
      error_of(with_source("source = \"idx\"\nlabels = \"l\"\ntest_images = \"t\"")),
      "s.toml:9:15: data.test_images: data.test_images and data.test_labels belong together, got one; expected both or "
      "none\n"
      "s.toml: data.images: missing, but data.source is \"idx\"; expected a file");
}

TEST(ScenarioErrors, E33_there_is_no_inclusion) {
  EXPECT_EQ(error_of("extends = \"other.toml\"\n" + valid_scenario()), "s.toml:1:1: unknown key \"extends\"");
}

TEST(ScenarioErrors, E34_one_name_in_two_files) {
  const std::filesystem::path folder = empty_folder("scenario_e34");
  const std::vector<std::filesystem::path> files{folder / "a.toml", folder / "b.toml"};
  for (const auto& file : files) write_file_atomically(file, valid_scenario());
  try {
    load_scenarios(files);
    FAIL() << "two scenarios have the name s";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string{error.what()},
              files[1].string() + ": name: \"s\" is already the name of " + files[0].string());
  }
}

TEST(ScenarioErrors, E34_the_problems_of_all_files_are_reported) {
  const std::filesystem::path folder = empty_folder("scenario_e34b");
  const std::vector<std::filesystem::path> files{folder / "a.toml", folder / "b.toml"};
  for (const auto& file : files) write_file_atomically(file, "");
  try {
    load_scenarios(files);
    FAIL() << "both files are empty";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string{error.what()},
              files[0].string() + ": empty scenario\n" + files[1].string() + ": empty scenario");
  }
}

TEST(ScenarioErrors, E35_schema_version) {
  EXPECT_EQ(error_of(with("schema", "schema = 3\nnew_key = 1")),
            "s.toml:1:10: schema: version 3 is newer than this program (1); expected the integer 1")
      << "the rest of a newer file is not judged";
  EXPECT_EQ(error_of(with("schema", "schema = 0")), "s.toml:1:10: schema: out of range, got 0; expected the integer 1");
  EXPECT_EQ(error_of(with("schema", "")), "s.toml: missing key \"schema\"; expected the integer 1");
}

TEST(ScenarioErrors, E37_expectations_that_can_never_speak) {
  const auto error_of_expectation = [](const std::string& line) {
    return error_of(with("devices", "devices = [1, 2]\nstrategy = [\"single\", \"ddp\"]") + "[expect]\n" + line);
  };
  EXPECT_EQ(error_of_expectation("\"speedup@strategy=ddp,devices=2\" = { min = 1.7 }"), "");
  EXPECT_EQ(error_of_expectation("loss = { min = 0, max = 2.5 }"), "");
  EXPECT_EQ(
      error_of_expectation("\"speedup@batch=16\" = { min = 1.7 }"),
      "s.toml:14:1: expect.\"speedup@batch=16\": unknown axis, got \"batch\"; expected one of: strategy, devices");
  EXPECT_EQ(
      error_of_expectation("\"speedup@devices=4\" = { min = 1.7 }"),
      "s.toml:14:1: expect.\"speedup@devices=4\": no case has this value of devices, got \"4\"; expected one of: 1, 2");
  EXPECT_EQ(
      error_of_expectation("\"speedup@strategy=single,devices=2\" = { min = 1.7 }"),
      "s.toml:14:1: expect.\"speedup@strategy=single,devices=2\": no case can match, this combination of axes is left "
      "out");
  EXPECT_THAT(error_of_expectation("speedup = { min = 2, max = 1 }"),
              HasSubstr("min is above max, got min = 2 and max = 1"));
  EXPECT_THAT(error_of_expectation("speedup = {}"), HasSubstr("nothing is expected"));
  EXPECT_THAT(error_of_expectation("speedup = { min = nan }"), HasSubstr("min: not a finite number, got nan"));
  EXPECT_THAT(error_of_expectation("speedup = { least = 1 }"),
              HasSubstr("unknown key \"least\"; expected \"min\" or \"max\""));
  EXPECT_THAT(error_of_expectation("speedup = 1.7"),
              HasSubstr("wrong type, got real 1.7; expected { min = …, max = … }"));
  EXPECT_THAT(error_of_expectation("\"@devices=2\" = { min = 1 }"), HasSubstr("not a metric's name, got \"\""));
  EXPECT_THAT(error_of_expectation("\"speedup@devices\" = { min = 1 }"),
              HasSubstr("no value, got \"devices\"; expected axis=value"));
  EXPECT_THAT(error_of_expectation("\"a@devices=1,devices=2\" = { min = 1 }"), HasSubstr("axis given twice"));
}

TEST(ScenarioErrors, E38_hostile_text_is_escaped_and_cut) {
  const std::string error = error_of(with("name", "name = \"\\u001b[31m" + std::string(1 << 19, 'x') + "\""));
  EXPECT_THAT(error, StartsWith("s.toml:2:8: name: control character, got \"\\x1b[31mxxx"));
  EXPECT_LT(error.size(), 300U);
  EXPECT_THAT(error_of(with("name", "name = \"" + std::string(101, 'x') + "\"")),
              HasSubstr("name: too long (101 bytes)"));
  EXPECT_THAT(error_of(with("name", "name = \"../s\"")), HasSubstr("name: not a name, got \"../s\""));
  EXPECT_THAT(error_of(with("name", "name = \"\"")), HasSubstr("name: not a name, got \"\""));
  const std::string key_error = error_of(with_run("\"\\u001b]0;x\" = 1"));
  EXPECT_EQ(key_error, "s.toml:12:1: run: unknown key \"\\x1b]0;x\"");
  EXPECT_THAT(error_of(with("name", "question = \"" + std::string(257, 'x') + "\"\nname = \"s\"")),
              HasSubstr("question: too long (257 bytes)"));
}

TEST(ScenarioErrors, E39_nothing_is_substituted) {
  EXPECT_EQ(cases_of(with("name", "name = \"s\"\nquestion = \"${HOME} $(id)\""))[0].scenario.question, "${HOME} $(id)");
}

TEST(ScenarioErrors, E40_the_hash_is_that_of_what_was_read) {
  const std::filesystem::path file = empty_folder("scenario_e40") / "s.toml";
  write_file_atomically(file, valid_scenario());
  const ScenarioDocument document = load_scenario(file);
  write_file_atomically(file, with("batch", "batch = 32"));
  EXPECT_EQ(expand(document)[0].scenario.hash(), cases_of(valid_scenario())[0].scenario.hash());
}

TEST(ScenarioErrors, all_problems_of_a_file_are_listed_in_its_order) {
  EXPECT_EQ(
      error_of(with("widths", "widths = 8", with("batch", "batch = 0\nlos = 1", with("devices", "devices = 99")))),
      "s.toml:5:10: model.widths: wrong type, got integer 8; expected a list of 2 to 64 integers from 1 to 65536\n"
      "s.toml:9:9: train.batch: out of range, got 0; expected an integer from 1 to 1000000\n"
      "s.toml:10:1: train: unknown key \"los\"; did you mean \"loss\"?\n"
      "s.toml:12:11: run.devices: out of range, got 99; expected an integer from 1 to 64");
}

TEST(ScenarioErrors, a_flood_of_problems_is_cut) {
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += fmt::format("wrong_{} = 1\n", i);
  const std::string error = error_of(flood + valid_scenario());
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 50);
  EXPECT_THAT(error, EndsWith("s.toml: 950 more problems"));
}

TEST(ScenarioErrors, conflicts_name_the_case) {
  EXPECT_EQ(error_of(with("batch", "batch = [16, 8192, 9000]")),
            "s.toml:9:9: train.batch: larger than the data, got 8192 samples per step of 4096 in all; expected a lower "
            "train.batch or more samples (in s/batch=8192)\n"
            "s.toml:9:9: train.batch: larger than the data, got 9000 samples per step of 4096 in all; expected a lower "
            "train.batch or more samples (in s/batch=9000)");
}

TEST(ScenarioErrors, axes) {
  EXPECT_EQ(error_of(with("batch", "batch = []")), "s.toml:9:9: train.batch: an axis without values, got []");
  EXPECT_EQ(error_of(with("batch", "batch = [16, 0x10]")), "s.toml:9:14: train.batch: value given twice, got 16");
  EXPECT_EQ(error_of(with("batch", "batch = [16, \"x\"]")),
            "s.toml:9:14: train.batch: wrong type, got string \"x\"; expected an integer from 1 to 1000000");
  EXPECT_EQ(error_of(with("batch", "batch = [[16]]")),
            "s.toml:9:10: train.batch: wrong type, got a list; expected an integer from 1 to 1000000");
  std::string many = "seed = [0";
  for (int i = 1; i < 40; ++i) many += fmt::format(", {}", i);
  EXPECT_EQ(error_of(with("batch",
                          "batch = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, "
                          "24, 25, 26]\n" +
                              many + "]")),
            "s.toml: the axes make more than 1000 cases; expected fewer or shorter lists");
}

std::string collective_scenario() {
  return "schema = 1\nname = \"c\"\nfamily = \"communication\"\n[communication]\ncollective = \"all_reduce\"\n"
         "[run]\ndevices = 2\n";
}

TEST(ScenarioErrors, a_collective_needs_nothing_of_a_training) {
  EXPECT_EQ(error_of(collective_scenario()), "");
  EXPECT_EQ(error_of(with("collective", "collective = [\"gather\", \"reduce\"]", collective_scenario())), "");
  EXPECT_EQ(error_of(collective_scenario() + "[train]\nbatch = 8\n"),
            "s.toml:9:9: train.batch: has no effect, got 8; expected only with a training, without "
            "`communication.collective`");
  EXPECT_EQ(error_of(with("devices", "devices = 2\nstrategy = \"ddp\"", collective_scenario())),
            "s.toml:8:12: run.strategy: has no effect, got ddp; expected only with a training, without "
            "`communication.collective`");
}

TEST(ScenarioErrors, without_a_collective_communication_is_that_of_a_training) {
  EXPECT_THAT(error_of(with("collective", "", collective_scenario())), HasSubstr("missing key \"model.widths\""));
  EXPECT_EQ(error_of(with("family", "family = \"communication\"")), "");
  EXPECT_THAT(error_of(with("family", "family = \"communication\"", with("batch", "batch = 16\nepochs = 2"))),
              HasSubstr("train.epochs: family \"communication\" measures blocks of steps, got epochs = 2"));
}

TEST(ScenarioErrors, collectives) {
  EXPECT_THAT(error_of(with("collective", "collective = \"all_reduc\"", collective_scenario())),
              HasSubstr("communication.collective: unknown name, got \"all_reduc\""));
  EXPECT_THAT(error_of(with("collective", "collective = \"barrier\"", collective_scenario())),
              HasSubstr("communication.collective"));
  EXPECT_THAT(error_of(with("collective", "collective = \"\"", collective_scenario())),
              HasSubstr("communication.collective"));
  EXPECT_EQ(error_of(with("collective", "collective = \"reduce\"\nmin_size = \"8 KiB\"\nmax_size = \"4 KiB\"",
                          collective_scenario())),
            "s.toml:6:12: communication.min_size: above communication.max_size, got 8.00 KiB and 4.00 KiB; expected at "
            "most that");
  EXPECT_THAT(error_of(with("", "[communication]\ncollective = \"reduce\"")),
              HasSubstr("communication.collective: has no effect, got reduce; expected only with `family` "
                        "\"communication\""));
  EXPECT_THAT(
      error_of(with("family", "family = \"communication\"", with("", "[communication]\niterations = 5"))),
      HasSubstr("communication.iterations: has no effect, got 5; expected only with `communication.collective`"));
}

TEST(ScenarioErrors, single_on_several_devices_only) {
  EXPECT_EQ(error_of(with("devices", "devices = [2, 4]\nstrategy = \"single\"")),
            "s.toml:12:12: run.strategy: \"single\" runs on one device, got run.devices = 2; expected 1, \"dp\" or "
            "\"ddp\" (in "
            "s/devices=2)\n"
            "s.toml:12:12: run.strategy: \"single\" runs on one device, got run.devices = 4; expected 1, \"dp\" or "
            "\"ddp\" (in "
            "s/devices=4)");
}

std::string error_of_resnet(std::string_view model, std::string_view data = "source = \"synthetic\"") {
  const std::string scenario = with("widths", fmt::format("kind = \"resnet\"\nactivation = \"tanh\"\n{}", model));
  return error_of(with("source", data, scenario));
}

TEST(ScenarioErrors, ResidualNetworks) {
  EXPECT_EQ(error_of_resnet("depth = 20"), "");
  EXPECT_THAT(error_of(with("batch", "batch = 16\ndtype = \"bf16\"",
                            with("widths", "kind = \"resnet\"\nactivation = \"tanh\""))),
              HasSubstr("train.dtype: convolution"));
  EXPECT_THAT(error_of_resnet("depth = 10"), HasSubstr("model.depth: no number of whole blocks, got 10"));
  EXPECT_THAT(error_of_resnet("image = [28, 28]"), HasSubstr("model.image"));
  EXPECT_THAT(error_of_resnet("init = { values = [[1]] }"), HasSubstr("model.init: values are for model.kind"));
  EXPECT_THAT(error_of_resnet("image = [3, 28, 28]", "source = \"fashion-mnist\""),
              HasSubstr("model.image: wrong number of inputs, got 2352; expected 784"));
  EXPECT_THAT(error_of_resnet("classes = 11", "source = \"fashion-mnist\""),
              HasSubstr("model.classes: wrong number of outputs, got 11; expected 10"));
  EXPECT_THAT(error_of(with("widths", "kind = \"resnet\"")), HasSubstr("too many kinks"));
  EXPECT_THAT(error_of_resnet("image = [1, 12, 12]", "source = \"exact\""),
              AllOf(HasSubstr("model.normalization: not exact"), HasSubstr("model.image: not exact")));
}

std::string error_of_gpt(std::string_view model, std::string_view data = "source = \"synthetic\"") {
  return error_of(with("source", data, with("widths", fmt::format("kind = \"gpt\"\n{}", model))));
}

TEST(ScenarioErrors, DecodersOfTokens) {
  EXPECT_EQ(error_of_gpt("dropout = 0.1"), "");
  EXPECT_EQ(error_of_gpt("context = 8", "source = \"text\"\ntext = \"any.txt\""), "");
  EXPECT_THAT(error_of_gpt("heads = 3"), HasSubstr("model.heads: they share the width, got 3 heads for model.width"));
  EXPECT_THAT(error_of_gpt("dropout = 1.0"), HasSubstr("model.dropout"));
  EXPECT_THAT(error_of_gpt("activation = \"tanh\""), HasSubstr("model.activation"));
  EXPECT_THAT(error_of_gpt("init = \"ternary\""), HasSubstr("model.init"));
  EXPECT_THAT(error_of_gpt("", "source = \"fashion-mnist\""), HasSubstr("data.source: not tokens"));
  EXPECT_THAT(error_of_gpt("", "source = \"exact\""), HasSubstr("data.source: not tokens"));
  EXPECT_THAT(error_of_gpt("", "source = \"text\""), HasSubstr("data.text: missing"));
  EXPECT_THAT(error_of_gpt("vocabulary = 100", "source = \"text\"\ntext = \"any.txt\""),
              HasSubstr("model.vocabulary: too few for the bytes"));
  EXPECT_THAT(error_of(with("source", "source = \"text\"\ntext = \"any.txt\"")), HasSubstr("data.source: \"text\""));
  EXPECT_THAT(error_of(with("batch", "batch = 16\nloss = \"mse\"", with("widths", "kind = \"gpt\""))),
              HasSubstr("train.loss: tokens are classes"));
  EXPECT_THAT(error_of(with("batch", "batch = 16\ndtype = \"bf16\"", with("widths", "kind = \"gpt\""))),
              HasSubstr("train.dtype: attention"));
  EXPECT_THAT(error_of_gpt("layers = 256\nwidth = 65536\nheads = 1"), HasSubstr("model.width: too many parameters"));
}

}  // namespace
}  // namespace lockstep
