// Files that are no histories, or were made to look like one.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "harness/base/error.hpp"
#include "harness/base/random.hpp"
#include "harness/history/compression.hpp"
#include "harness/history/series.hpp"
#include "tests/history/planting.hpp"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A history of five results, and what becomes of it.
struct HostileHistory : testing::Test {
  HostileHistory() {
    History history{file, History::Missing::create};
    for (const char* id : {"a", "b", "c", "d", "e"}) add(history, run_json(id));
    history.set_baseline("main", 1, History::Existing::refuse);
  }

  /// Everything that reads.
  void read_all() const {
    History history{file};
    (void)history.list({.machine = "", .name = "one", .metric = ""});
    (void)read_series(history, {});
    for (std::int64_t id = 1; id <= 5; ++id) (void)history.load(id, "stored");
  }

  [[nodiscard]] std::string content() const {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
  }

  void expect_refused(const std::string& why) const {
    EXPECT_THAT([&] { read_all(); }, ThrowsMessage<InputError>(AllOf(HasSubstr(file.string()), HasSubstr(why))));
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "history.db";
};

TEST_F(HostileHistory, IsReadWhenNothingWasDoneToIt) { EXPECT_NO_THROW(read_all()); }

TEST_F(HostileHistory, OtherFilesAreRefused) {
  for (const std::string& text : {std::string{"{}"}, std::string(4096, 'x'), std::string{"SQLite format 3"}}) {
    file = folder.write("other", text);
    expect_refused("not an SQLite database");
    EXPECT_THROW((History{file, History::Missing::create}), InputError);
    EXPECT_EQ(content(), text);
  }
}

TEST_F(HostileHistory, AnEmptyFileBecomesAHistoryOnlyByAdding) {
  file = folder.write("empty", "");
  expect_refused("not an SQLite database");
  EXPECT_EQ(content(), "");
  EXPECT_NO_THROW((History{file, History::Missing::create}));
  EXPECT_NO_THROW(History{file});
}

TEST_F(HostileHistory, AMissingFileIsNotMadeByReading) {
  file = folder.path() / "missing";
  EXPECT_THROW(read_all(), IoError);
  EXPECT_FALSE(std::filesystem::exists(file));
  file = folder.path() / "no folder" / "history.db";
  EXPECT_THROW((History{file, History::Missing::create}), IoError);
}

TEST_F(HostileHistory, WhatIsNoFileIsNotOpened) {
  const std::filesystem::path real = file;
  file = folder.path() / "link";
  std::filesystem::create_symlink(real, file);
  expect_refused("");
  EXPECT_THROW((History{file, History::Missing::create}), InputError);
  std::filesystem::remove(file);
  std::filesystem::create_symlink(folder.path() / "nowhere", file);
  EXPECT_THROW((History{file, History::Missing::create}), InputError);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "nowhere"));
  file = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_refused("");
  file = folder.path();
  expect_refused("");
}

TEST_F(HostileHistory, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  file = folder.path() / "other.db";
  plant(file, "CREATE TABLE results (id INTEGER)");
  const std::string before = content();
  expect_refused("of another program");
  EXPECT_THROW((History{file, History::Missing::create}), InputError);
  EXPECT_EQ(content(), before);
}

TEST_F(HostileHistory, AWriteAheadLogIsRefusedBeforeItIsTouched) {
  plant(file, "PRAGMA journal_mode = WAL");
  const std::string before = content();
  expect_refused("write-ahead log");
  EXPECT_EQ(content(), before);
  EXPECT_FALSE(std::filesystem::exists(file.string() + "-wal"));
}

TEST_F(HostileHistory, TheMarkOfAHistoryAloneIsNone) {
  file = folder.path() / "marked.db";
  plant(file, "PRAGMA application_id = 0x4c6b7374");
  expect_refused("version 0");
  EXPECT_THROW((History{file, History::Missing::create}), InputError);
}

TEST_F(HostileHistory, AnUnknownFormatOfTheSchemaIsRefused) {
  constexpr std::size_t schema_format_at = 44;  // of 4 bytes
  for (const std::size_t at : {schema_format_at, schema_format_at + 3}) {
    std::string damaged = content();
    damaged[at] = 5;
    file = folder.write("format.db", damaged);
    expect_refused("of a format that SQLite does not know");
    file = folder.path() / "history.db";
  }
}

TEST_F(HostileHistory, ANewerVersionIsNamed) {
  plant(file, "PRAGMA user_version = 2");
  expect_refused("of a newer lockstep");
  EXPECT_THROW((History{file, History::Missing::create}), InputError);
}

TEST_F(HostileHistory, WhateverElseIsDeclaredIsRefused) {
  for (const char* sql :
       {"CREATE TRIGGER t AFTER INSERT ON points BEGIN DELETE FROM results; END",
        "CREATE VIEW v AS SELECT * FROM results", "CREATE TABLE more (x)", "CREATE VIRTUAL TABLE f USING fts5(x)",
        "CREATE INDEX i ON series (hex(zeroblob(1000000)))"}) {
    plant(file, sql);
    expect_refused("unknown");
    EXPECT_THROW((History{file, History::Missing::create}), InputError) << sql;
    plant(file,
          "DROP TRIGGER IF EXISTS t; DROP VIEW IF EXISTS v; DROP TABLE IF EXISTS more; DROP TABLE IF EXISTS f;"
          "DROP INDEX IF EXISTS i");
    EXPECT_NO_THROW(read_all()) << sql;
  }
}

TEST_F(HostileHistory, AViewInPlaceOfATableIsRefused) {
  plant(file,
        "PRAGMA foreign_keys = OFF; ALTER TABLE points RENAME TO hidden; CREATE VIEW points AS SELECT * FROM hidden");
  expect_refused("unknown");
}

TEST_F(HostileHistory, AMissingTableIsNoticed) {
  plant(file, "DROP TABLE baselines");
  expect_refused("tables are missing");
}

TEST_F(HostileHistory, ValuesOfAnotherTypeAreRefused) {
  // STRICT tables take them only when the schema says something else for a moment.
  plant(file,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') WHERE name = 'points';"
        "UPDATE sqlite_schema SET sql = replace(sql, ', WITHOUT', ' WITHOUT') WHERE name = 'points'");
  plant(file, "UPDATE points SET value = 'fast'");
  expect_refused("unknown table");
  plant(file,
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET sql = replace(sql, ') WITHOUT', ') STRICT, WITHOUT') WHERE name = 'points'");
  expect_refused("a value that should be a number");
}

TEST_F(HostileHistory, RowsThatContradictEachOtherAreRefused) {
  for (const char* sql : {"PRAGMA foreign_keys = OFF; DELETE FROM results; DELETE FROM sqlite_sequence",
                          "PRAGMA foreign_keys = OFF; DELETE FROM points; DELETE FROM results WHERE id = 5;"
                          "UPDATE sqlite_sequence SET seq = 4"}) {
    const TemporaryFolder aside;
    const auto copy = aside.path() / "copy.db";
    std::filesystem::copy_file(file, copy);
    plant(copy, sql);
    const std::size_t results = History{copy}.list().size();
    EXPECT_THAT([&] { add(*std::make_unique<History>(copy), run_json("f")); },
                ThrowsMessage<InputError>(HasSubstr("constraint failed")))
        << sql;
    EXPECT_EQ(History{copy}.list().size(), results) << "nothing of it was added";
  }
}

TEST_F(HostileHistory, InfiniteValuesAreRefused) {
  plant(file, "UPDATE points SET value = 9e999");
  expect_refused("a value that should be a number");
}

TEST_F(HostileHistory, LongAndControllingTextsAreHarmless) {
  plant(file, "UPDATE results SET source = char(27) || '[2J' || char(10) || 'x' WHERE id = 1");
  EXPECT_EQ(History{file}.stored(1).source.find_first_of("\x1b\n"), std::string::npos);
  plant(file, "UPDATE results SET source = hex(zeroblob(100000))");
  expect_refused("a text of 200000 bytes");
}

TEST_F(HostileHistory, ADocumentThatIsNotTheOneThatWasAddedIsRefused) {
  for (const char* sql : {"UPDATE documents SET compressed = zeroblob(1000)", "UPDATE documents SET compressed = x''",
                          "UPDATE documents SET size = size + 1", "UPDATE documents SET size = -1",
                          "UPDATE documents SET size = 268435456", "UPDATE documents SET size = 9223372036854775807",
                          "UPDATE documents SET hash = 'other'"}) {
    TemporaryFolder aside;
    const auto copy = aside.path() / "copy.db";
    std::filesystem::copy_file(file, copy);
    plant(copy, sql);
    EXPECT_THROW((void)History{copy}.load(1, "stored"), InputError) << sql;
  }
}

TEST_F(HostileHistory, AStoredDocumentIsParsedAsHostile) {
  Entry forged = entry(run_json("forged"));
  forged.compressed = compress("{\"schema_version\": 1}");
  forged.size = 21;
  forged.hash = "b0";
  const std::int64_t id = History{file}.add({forged}).front().id;
  EXPECT_THROW((void)History{file}.load(id, "stored"), InputError);
}

TEST_F(HostileHistory, AMissingDocumentIsNoCrash) {
  plant(file, "DELETE FROM documents WHERE result = 2");
  EXPECT_THROW((void)History{file}.load(2, "stored"), UsageError);
}

TEST_F(HostileHistory, HalfAFileIsRefused) {
  const std::string whole = content();
  for (const std::size_t size : {whole.size() / 2, whole.size() - 4096, std::size_t{4096}, std::size_t{100}}) {
    file = folder.write("half.db", whole.substr(0, size));
    EXPECT_THROW(read_all(), InputError) << size;
  }
}

/// Pages one by one overwritten: refused, or read as before where the page holds nothing; never a crash or a bug.
TEST_F(HostileHistory, DamagedPagesAreRefused) {
  const std::string whole = content();
  constexpr std::size_t page = 4096;
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += page)
    for (const char fill : {'\0', '\xff', 'a'}) {
      std::string damaged = whole;
      std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(at), 64, fill);
      file = folder.write("damaged.db", damaged);
      try {
        read_all();
        add(*std::make_unique<History>(file), run_json("f"));
      } catch (const InputError&) {
        ++refused;
      }
    }
  EXPECT_GT(refused, whole.size() / page);
}

/// Refused, or read where the byte means nothing; what else is thrown ends the test.
TEST_F(HostileHistory, EveryByteOfTheHeaderAndAnyOtherMayBeWrong) {
  const std::string whole = content();
  const RandomStream random{1, 0};
  std::vector<std::pair<std::size_t, char>> changes;
  constexpr std::size_t header = 100;
  for (std::size_t at = 0; at < header; ++at)
    for (const char value : {'\0', '\5', '\xff'}) changes.emplace_back(at, value);
  for (std::size_t i = 0; i < 200; ++i)
    changes.emplace_back(random.below(whole.size(), 2 * i), static_cast<char>(random.below(256, 2 * i + 1)));
  std::size_t refused = 0;
  for (const auto& [at, value] : changes) {
    std::string damaged = whole;
    damaged[at] = value;
    file = folder.write("damaged.db", damaged);
    try {
      read_all();
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 50U);
}

TEST_F(HostileHistory, AFullDiskIsAnIoError) {
  Database database{file, Database::Missing::refuse, patience_with_writers};
  database.execute("PRAGMA max_page_count = 1");  // raised by SQLite to the present size
  Transaction transaction{database};
  EXPECT_THAT([&] { database.execute("UPDATE documents SET compressed = zeroblob(100000)"); },
              ThrowsMessage<IoError>(HasSubstr("full")));
}

TEST_F(HostileHistory, AProgramThatHoldsItIsWaitedForAndNamed) {
  Database other{file, Database::Missing::refuse, patience_with_writers};
  Transaction writing{other};
  History history{file, History::Missing::refuse, std::chrono::milliseconds{50}};
  EXPECT_THAT([&] { add(history, run_json("f")); },
              ThrowsMessage<IoError>(HasSubstr("another program has held it for 50")));
  EXPECT_EQ(history.list().size(), 5U) << "reading goes on";
}

}  // namespace
}  // namespace lockstep
