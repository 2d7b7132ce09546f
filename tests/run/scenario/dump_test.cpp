#include "harness/run/scenario/dump.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/base/files.hpp"
#include "harness/run/scenario/keys.hpp"
#include "tests/run/scenario/scenario_text.hpp"

namespace lockstep {
namespace {

using testing::cases_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::valid_scenario;
using testing::with;

std::string hash_of(std::string_view text) { return cases_of(text).at(0).scenario.hash(); }

/// Scenarios that together use every key.
std::vector<std::string> scenarios_of_all_kinds() {
  return {
      valid_scenario(),
      with("devices",
           "devices = [1, 2]\nstrategy = [\"single\", \"dp\", \"ddp\"]\nbucket = [\"1 MiB\", \"2 MiB\"]\n"
           "scaling = \"weak\"\ndevice_memory = \"3 KiB\"\ndeadline = \"1.5 s\"\n"
           "[output]\ndump = [\"outputs\"]\n"
           "[expect]\n\"speedup@strategy=ddp,devices=2\" = { min = 1.7, max = 1e3 }\nloss = { max = 2 }"),
      with("batch",
           "batch = 16\nsteps = 2\nloss = [\"mse\", \"cross_entropy\"]\n"
           "optimizer = { kind = [\"sgd\", \"adam\", \"ternary\"], momentum = [0.0, 0.9] }"),
      with("widths", "widths = [[8, 2], [8, 4, 2]]\ninit = [\"kaiming\", \"ternary\", { constant = -1e-9 }]"),
      with("widths",
           "kind = \"resnet\"\nactivation = \"tanh\"\nimage = [[1, 2, 4], [2, 2, 2]]\ndepth = [8, 14]\nfilters = "
           "3\nclasses = [2, 5]\n"
           "normalization = [\"batch\", \"none\"]"),
      with("widths",
           "widths = [2, 2]\nactivation = \"none\"\n"
           "init = [{ values = [[1, 2, 3, 4], [0.1, 0]] }, { values = [[1, 2, 3, 4], [0.123456789012345678, 1e-300]] "
           "}]"),
      with("family", "family = \"speedup\"", with("", "warmup_steps = [0, 2]\nrepetitions = 4")),
      with("family", "family = \"speedup\"",
           with("", "max_repetitions = [5, 8]\nrelative_error = 0.125\nmax_time = \"250 ms\"")),
      with("family", "family = \"convergence\"", with("batch", "batch = 16\nepochs = 2\ndtype = [\"f32\", \"bf16\"]")),
      with("family", "family = \"communication\"", with("", "repetitions = 4\n[output]\ntrace = true")),
      "schema = 1\nname = \"c\"\nfamily = \"communication\"\n[communication]\ncollective = [\"gather\", \"reduce\"]\n"
      "min_size = \"1 KiB\"\nmax_size = \"1 MiB\"\niterations = 7\nwarmup_iterations = 0\n[run]\ndevices = [1, 2]\n",
      with("family", "family = \"checkpoint\"",
           with("batch", "batch = 16\nmicro_batches = 3",
                with("devices",
                     "devices = 1\n[checkpoint]\nsave_after = 4\nafter_micro_batch = [0, 2]\nprefix = \"module\"\n"
                     "resume_strategy = \"single\"\nresume_devices = 1\nmeasured_saves = 0"))),
      with("family", "family = \"memory\"", with("", "device_memory = \"3 KiB\"\ngranularity = 4")),
      with("name", "question = 'what is \"this\" \\?'\nname = \"s\""),
      with("source",
           "source = \"idx\"\nimages = 'a \"b\" \\c'\nlabels = \"l\"\ntest_images = \"t\"\ntest_labels = \"u\""),
      with("source", "source = \"inline\"\ninputs = [[1, 2, 3, 4, 5, 6, 7, 8]]\ntargets = [[1]]",
           with("batch", "batch = 1")),
  };
}

TEST(DumpConfig, ReadAgainGivesTheSameCase) {
  std::size_t compared = 0;
  for (const std::string& text : scenarios_of_all_kinds()) {
    for (const Case& original : cases_of(text)) {
      const std::string dump = dump_config(original);
      const std::vector<Case> again = cases_of(dump);
      ASSERT_EQ(again.size(), 1U) << dump;
      EXPECT_EQ(again[0], original) << dump;
      EXPECT_EQ(again[0].scenario.hash(), original.scenario.hash()) << dump;
      EXPECT_EQ(dump_config(again[0]), dump);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 57U);
}

TEST(DumpConfig, IsAScenarioFileWithAllDefaults) {
  EXPECT_EQ(dump_config(cases_of(with("devices", "devices = [2]\nstrategy = \"dp\""))[0]), R"(schema = 1
name = "s"
family = "equivalence"

[model]
kind = "mlp"
widths = [8, 4, 2]
activation = "relu"
bias = true
init = "kaiming"

[data]
source = "synthetic"
samples = 4096
last_batch = "keep"
shuffle = true

[train]
batch = 16
micro_batches = 1
steps = 8
loss = "cross_entropy"
dtype = "f32"
optimizer.kind = "sgd"
optimizer.learning_rate = 0.1
optimizer.momentum = 0.0
optimizer.nesterov = false
optimizer.weight_decay = 0.0
clip_norm = 0.0
schedule.kind = "constant"
schedule.warmup_steps = 0
seed = 1

[run]
backend = "cpu"
strategy = "dp"
devices = [2]
split = "chunk"
scaling = "strong"
device_memory = "0 B"
deadline = "300 s"

[output]
dump = []
)");
}

TEST(Hash, IsStable) { EXPECT_EQ(hash_of(valid_scenario()), "9b860d0e09ce43fc"); }

TEST(Hash, IsOfTheMeaningNotOfTheText) {
  const std::string hash = hash_of(valid_scenario());
  EXPECT_EQ(hash_of("# comment\n" + with("batch", "batch = 0x10   # sixteen")), hash);
  EXPECT_EQ(hash_of(with("batch", "batch = [16]")), hash);
  EXPECT_EQ(hash_of(with("batch", "batch = 16\nsteps = 8\noptimizer.learning_rate = 1e-1")), hash)
      << "defaults written out";
  EXPECT_EQ(hash_of(with("name", "name = \"other\"\nquestion = \"why?\"")), hash);
  EXPECT_EQ(hash_of(with("", "deadline = \"1 h\"\n[output]\ndump = [\"outputs\"]\n[expect]\nloss = { max = 1 }")),
            hash);
}

TEST(Hash, ChangesWithWhatIsComputed) {
  const std::vector<std::string> different{
      valid_scenario(),
      with("batch", "batch = 17"),
      with("batch", "batch = 16\nseed = 2"),
      with("batch", "batch = 16\nsteps = 9"),
      with("batch", "batch = 16\noptimizer.momentum = 0.5"),
      with("widths", "widths = [8, 4, 3]"),
      with("widths", "widths = [8, 4, 2]\ninit = { constant = 0.1 }"),
      with("widths", "widths = [8, 4, 2]\ninit = { constant = 0.10000000000000001 }\nbias = false"),
      with("devices", "devices = 1\nstrategy = \"ddp\""),
      with("devices", "devices = 1\nstrategy = \"ddp\"\nbucket = \"1 MiB\""),
      with("family", "family = \"convergence\"", with("batch", "batch = 16\nepochs = 8")),
      with("family", "family = \"speedup\""),
      with("family", "family = \"speedup\"", with("", "warmup_steps = 2")),
      with("family", "family = \"speedup\"", with("", "repetitions = 4")),
  };
  std::set<std::string> hashes;
  for (const std::string& text : different) hashes.insert(hash_of(text));
  EXPECT_EQ(hashes.size(), different.size());
}

TEST(Hash, DoesNotDependOnTheFolder) {
  Scenario here;
  here.data.source = DataSpec::Source::idx;
  here.data.images = "/here/images.gz";
  Scenario there = here;
  there.data.images = "/there/images.gz";
  EXPECT_EQ(here.hash(), there.hash());
  there.data.images = "/there/other.gz";
  EXPECT_NE(here.hash(), there.hash());
}

TEST(Keys, EndsOfPathsAreUnambiguous) {
  std::set<std::string_view> names;
  for (const Key& key : scenario_keys()) {
    names.insert(short_name(key));
    EXPECT_EQ(&resolve_key(short_name(key)), &key);
    EXPECT_EQ(&resolve_key(key.path), &key);
  }
  EXPECT_EQ(names.size(), scenario_keys().size());
  EXPECT_EQ(short_name(*find_key("run.devices")), "devices");
  EXPECT_EQ(short_name(*find_key("train.optimizer.kind")), "optimizer.kind");
}

TEST(Keys, ThePageShowsTheTable) {
  const std::string page = read_file(std::filesystem::path{LOCKSTEP_SCENARIOS_FOLDER} / "README.md", MiB);
  EXPECT_NE(page.find("<!-- keys -->\n" + describe_keys() + "<!-- /keys -->"), std::string::npos)
      << "put this between the marks in scenarios/README.md:\n"
      << describe_keys();
}

}  // namespace
}  // namespace lockstep
