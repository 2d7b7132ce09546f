// What a killed program leaves.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/history/planting.hpp"

namespace lockstep {
namespace {

/// Before any destructor can tidy up.
void die() { ::raise(SIGKILL); }

/// Does `work`, which ends in die(), in a process of its own.
template <typename Work>
void do_and_be_killed(const Work& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      work();
    } catch (...) {
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST(KilledWriter, LeavesWhatWasThereBefore) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "history.db";
  {
    History history{file, History::Missing::create};
    for (const char* id : {"a", "b"}) add(history, run_json(id));
  }
  do_and_be_killed([&] {
    Database database{file, Database::Missing::refuse, patience_with_writers};
    Transaction transaction{database};
    database.execute("PRAGMA cache_size = 1");  // pages go into the file before the end
    database.execute("UPDATE documents SET compressed = zeroblob(100000)");
    database.execute("DELETE FROM points");
    die();
  });
  const std::filesystem::path journal = file.string() + "-journal";
  ASSERT_GT(std::filesystem::file_size(journal), 0U) << "it was killed in the middle of a change";
  ASSERT_GT(std::filesystem::file_size(file), 100'000U) << "which had reached the file";
  History history{file};
  EXPECT_EQ(history.load(1, "stored").run_id, "a");
  EXPECT_EQ(history.load(2, "stored").run_id, "b");
  EXPECT_EQ(history.list({.machine = "", .name = "", .metric = "step"}).size(), 2U);
  EXPECT_EQ(add(history, run_json("c")), 3);
}

TEST(KilledWriter, ThatMadeTheFileLeavesOneThatCanBeMadeAgain) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "history.db";
  do_and_be_killed([&] {
    Database database{file, Database::Missing::create, patience_with_writers};
    Transaction transaction{database};
    database.execute("CREATE TABLE results (id INTEGER)");
    die();
  });
  History history{file, History::Missing::create};
  EXPECT_EQ(add(history, run_json("a")), 1);
}

}  // namespace
}  // namespace lockstep
