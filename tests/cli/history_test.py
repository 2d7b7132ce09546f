#!/usr/bin/env python3
"""lockstep history: what is kept, once and whole, whoever else writes; and what is made of it."""

import json
import os
import resource
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

import made_up
from workplace import PATIENCE_S, PROGRAM, CliTest

REPORTS = Path(__file__).resolve().parents[2] / "reports"


class HistoryTest(CliTest):
    def setUp(self):
        super().setUp()
        self.db = self.folder / "history.db"

    def write(self, run, center=0.1, seed=1, started=None, **changes):
        content = made_up.timed(run, center, seed, **changes)
        if started:
            content["run"]["started"] = started
        return made_up.write(self.folder / "runs" / run, content)

    def history(self, *words, **options):
        return self.lockstep("history", *words, "--db", self.db, **options)

    def add(self, *results):
        done = self.history("add", *results)
        self.assert_ends(done, 0)
        return done.stdout

    def runs(self):
        done = self.history("list", "--json")
        self.assert_ends(done, 0)
        return [result["run"] for result in json.loads(done.stdout)]


class Keeps(HistoryTest):
    def test_E87_a_result_once(self):
        a = self.write("a")
        self.assertEqual(self.add(a), "result 1: run a added\n")
        before = self.db.read_bytes()
        self.assertEqual(self.add(a / "result.json"), "result 1: run a is there already; nothing was changed\n")
        self.assertEqual(self.db.read_bytes(), before)

    def test_the_runs_of_a_folder(self):
        self.write("a")
        self.write("b")
        self.add(self.folder / "runs")
        self.assertEqual(self.runs(), ["a", "b"])

    def test_E85_all_results_of_a_command_or_none(self):
        good, bad = self.write("good"), self.folder / "bad.json"
        bad.write_text('{"schema_version": 1}', encoding="utf-8")
        self.assert_ends(self.history("add", good, bad), 3, "bad.json")
        self.assertFalse(self.db.exists())

    def test_no_unfinished_runs(self):
        unfinished = made_up.timed("u", 0.1, 1)
        unfinished["run"]["status"] = "interrupted"
        self.assert_ends(self.history("add", made_up.write(self.folder / "u", unfinished)), 3, "incomplete result")

    def test_what_it_was_built_from(self):
        self.assert_ends(self.history("add", self.write("a"), "--commit", "release 7"), 0)
        self.assertIn("commit release 7\n", self.history("list").stdout)
        for text in ("", "x" * 101, "a\x1bb"):
            self.assert_ends(self.history("add", self.write("b"), "--commit", text), 2, "--commit")

    def test_the_bytes_of_a_result(self):
        a = self.write("a")
        self.add(a)
        done = self.history("show", "1", "--json")
        self.assert_ends(done, 0)
        self.assertEqual(done.stdout, (a / "result.json").read_text(encoding="utf-8"))


class Shows(HistoryTest):
    def test_results_by_machine_and_commit(self):
        self.add(self.write("a"), self.write("b"))
        done = self.history("list")
        self.assert_ends(done, 0)
        self.assertRegex(
            done.stdout,
            r"(?s)\Amachine [0-9a-f]{16}: made up, 2 cores\n  commit unknown\n"
            r" +1  2026-01-02T03:04:05Z  Release +1 of 1 +a\n +2 .* b\n2 results\n\Z",
        )

    def test_only_what_is_asked_for(self):
        self.add(self.write("a"), self.write("b", name="two"))
        for words, count in (((), 2), (("--case", "tw"), 1), (("--metric", "step"), 2), (("--machine", "x"), 0)):
            self.assertEqual(len(json.loads(self.history("list", "--json", *words).stdout)), count, words)

    def test_cases_and_metrics_of_a_result(self):
        self.add(self.write("a"))
        done = self.history("show", "1")
        self.assert_ends(done, 0)
        self.assertRegex(done.stdout, r"PASS +one\n +step_time +0\.\d+ s\n")
        self.assert_ends(self.history("show", "2"), 2, "there is no result 2")

    def test_E97_names_cannot_drive_a_terminal(self):
        hostile = made_up.timed("hostile", 0.1, 3, reason="red\x1b[31m\ntext", verdict="FAIL")
        hostile["environment"]["hardware"]["cpu"] = "cpu"
        self.add(made_up.write(self.folder / "hostile", hostile))
        for words in (("list",), ("show", "1")):
            self.assertNotIn("\x1b", self.history(*words).stdout)
        hostile["environment"]["machine_id"] = "\x1b[2J"
        hostile["run"]["id"] = "other"
        self.assert_ends(self.history("add", made_up.write(self.folder / "h", hostile)), 3, "machine_id")


class Baselines(HistoryTest):
    def setUp(self):
        super().setUp()
        self.add(self.write("a"), self.write("b"))

    def test_are_named_by_hand(self):
        self.assert_ends(self.history("baseline", "set", "main", "1"), 0)
        self.assertEqual(self.history("baseline", "list").stdout, "main: result 1\n")
        self.assert_ends(self.history("baseline", "set", "main", "2"), 2, "--force")
        self.assertEqual(self.history("baseline", "list").stdout, "main: result 1\n")
        self.assert_ends(self.history("baseline", "set", "main", "2", "--force"), 0)
        self.assertEqual(self.history("baseline", "list").stdout, "main: result 2\n")
        self.assertRegex(self.history("list").stdout, r" b  baseline main\n")
        self.assert_ends(self.history("baseline", "remove", "main"), 0)
        self.assert_ends(self.history("baseline", "remove", "main"), 2, "there is no baseline")

    def test_are_compared_with(self):
        self.assert_ends(self.history("baseline", "set", "main", "1"), 0)
        stored = f"history:{self.db}#main"
        self.assert_ends(self.lockstep("compare", stored, self.write("same", seed=2)), 0)
        slower = self.lockstep("compare", stored, self.write("slower", 0.105, 3))
        self.assert_ends(slower, 1)
        self.assertIn(f"baseline   {stored} (1 run", slower.stdout)
        self.assertIn("REGRESSED", slower.stdout)
        self.assert_ends(self.lockstep("compare", f"history:{self.db}#1", self.folder / "runs" / "a"), 3, "the same run as")
        self.assert_ends(self.lockstep("compare", self.folder / "runs" / "a", f"history:{self.db}#2"), 0)

    def test_that_are_not_there_are_usage_errors(self):
        for reference in (f"history:{self.db}#no", f"history:{self.db}#9", f"history:{self.db}", "history:#a"):
            self.assert_ends(self.lockstep("compare", reference, self.folder / "runs" / "a"), 2)
        self.assert_ends(self.lockstep("compare", "history:missing.db#a", self.folder / "runs" / "a"), 7)


class Writers(HistoryTest):
    COUNT = 50

    def start(self, results):
        script = 'for result in "$@"; do "$0" history add "$result" --db "$DB" || exit; done'
        return subprocess.Popen(
            ["sh", "-c", script, PROGRAM, *results],
            env=os.environ | {"DB": str(self.db)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def results(self, side):
        return [self.write(f"{side}{number}") for number in range(self.COUNT)]

    def test_E98_two_at_once_lose_nothing(self):
        writers = [self.start(self.results(side)) for side in "ab"]
        for writer in writers:
            _, errors = writer.communicate(timeout=PATIENCE_S)
            self.assertEqual(writer.returncode, 0, errors)
        self.assertEqual(sorted(self.runs()), sorted(f"{side}{number}" for side in "ab" for number in range(self.COUNT)))

    def test_E98_one_that_is_killed_leaves_whole_results(self):
        self.add(self.write("first"))
        for delay in (0.02, 0.05, 0.1, 0.15, 0.2):  # wherever it hits, the same must hold
            writer = self.start(self.results("a"))
            time.sleep(delay)
            os.killpg(writer.pid, signal.SIGKILL)
            writer.communicate(timeout=PATIENCE_S)
            runs = self.runs()
            self.assertIn("first", runs)
            for number in range(len(runs)):
                self.assert_ends(self.history("show", str(number + 1)), 0)
        self.add(*self.results("a"))
        self.assertEqual(len(self.runs()), 1 + self.COUNT)


class Refuses(HistoryTest):
    def test_E85_files_that_are_no_histories(self):
        self.db.write_text("{}", encoding="utf-8")
        for words in (("add", self.write("a")), ("list",), ("show", "1"), ("baseline", "list"), ("plot", "--json", "-")):
            self.assert_ends(self.history(*words), 3, "not an SQLite database")
        self.assertEqual(self.db.read_text(encoding="utf-8"), "{}")

    def test_E96_a_disk_that_is_full_keeps_what_was_there(self):
        self.add(self.write("a"))
        size = self.db.stat().st_size
        results = [self.write(f"b{number}", seed=number) for number in range(200)]
        for limit in (size, size + 4096, 512):
            done = self.history(
                "add", *results, preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))
            )
            self.assert_ends(done, 7, "history.db")
            self.assertEqual(self.runs(), ["a"])

    def assert_cannot_add(self, result, *messages):
        """Without root's right to write everywhere."""
        words = ["history", "add", result, "--db", self.db]
        if os.geteuid() == 0:
            words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", PROGRAM, *words]
        else:
            words = [PROGRAM, *words]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assert_ends(done, 7, *messages)

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root may write everywhere, and setpriv is missing")
    def test_E96_a_file_or_folder_that_cannot_be_written(self):
        self.add(self.write("a"))
        result = self.write("b")
        self.db.chmod(0o400)
        self.assert_cannot_add(result, "read-only")
        self.db.chmod(0o600)
        self.folder.chmod(0o500)
        self.addCleanup(self.folder.chmod, 0o700)
        self.assert_cannot_add(result, "history.db")
        self.assertEqual(self.runs(), ["a"])

    def test_what_is_no_file_of_a_disk(self):
        for file in (Path("/proc/history.db"), Path("/proc/version")):
            self.db = file
            self.assert_ends(self.history("add", self.write("a")), 7, file.name)

    def test_a_wrong_question(self):
        self.add(self.write("a"))
        for words in (
            (),
            ("ad",),
            ("add",),
            ("show", "one"),
            ("show", "0"),
            ("show", "99999999999999999999"),
            ("baseline",),
            ("baseline", "set", "main"),
            ("baseline", "set", "7", "1"),
            ("baseline", "set", "main", "9"),
            ("plot",),
        ):
            self.assert_ends(self.history(*words), 2)
        self.assert_ends(self.lockstep("history", "list"), 2, "--db")


class Plots(HistoryTest):
    """Twenty-four days; on the thirteenth the step takes 10 % longer."""

    def setUp(self):
        super().setUp()
        days = [
            self.write(f"day{day:02}", 0.1 if day < 12 else 0.11, day, f"2026-01-{day + 1:02}T00:00:00Z") for day in range(24)
        ]
        self.add(*days)
        self.assert_ends(self.history("baseline", "set", "main", "3"), 0)

    def test_says_what_changed_and_when(self):
        done = self.history("plot", "--json", self.folder / "trend.json")
        self.assert_ends(done, 0)
        self.assertRegex(
            done.stdout,
            r"step_time of one: (9|10)\.\d % higher from result 13 on \(2026-01-13T00:00:00Z, commit unknown\), p = .*\n"
            r"1 change in 1 series\n",
        )

    def test_says_that_few_results_tell_nothing(self):
        self.add(self.write("two", 0.1, 1, name="two"))
        done = self.history("plot", "--json", self.folder / "trend.json")
        self.assertIn("1 of them has fewer than 20 results: too few to say", done.stdout)

    def test_writes_the_data(self):
        done = self.history("plot", "--json", "-")
        self.assert_ends(done, 0)
        trend = json.loads(done.stdout)
        self.assertEqual([change["at"] for change in trend["series"][0]["changes"]], [12])
        self.assertEqual(trend["series"][0]["baseline"], {"name": "main", "index": 2})
        try:
            import jsonschema
        except ImportError:
            self.skipTest("python3-jsonschema is not installed")
        schema = json.loads((REPORTS / "trend.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema).validate(trend)

    def test_draws_a_page(self):
        page = self.folder / "trend.html"
        done = self.history("plot", "--output", page)
        if done.returncode == 4 and "python" in done.stderr.lower():
            self.skipTest(done.stderr)
        self.assert_ends(done, 0)
        self.assertIn("<svg", page.read_text(encoding="utf-8"))
        self.assertEqual([path.name for path in self.folder.glob("*.json")], [], "the data for the generator is gone")

    def test_one_machine_at_a_time(self):
        other = made_up.timed("other", 0.1, 1)
        other["environment"]["machine_id"] = "other machine"
        self.add(made_up.write(self.folder / "other", other))
        self.assert_ends(self.history("plot", "--json", "-"), 2, "choose one with --machine", "other machine")
        done = self.history("plot", "--json", "-", "--machine", "other machine")
        self.assert_ends(done, 0)
        self.assertEqual(json.loads(done.stdout)["machine"], "other machine")

    def test_nothing_to_plot_is_said(self):
        self.assert_ends(self.history("plot", "--json", "-", "--metric", "nothing"), 4, "no metric of a passed case matches")

    def test_E96_a_file_that_cannot_be_written_does_not_hide_what_changed(self):
        for option in ("--json", "--output"):
            done = self.history("plot", option, self.folder / "missing" / "file")
            self.assert_ends(done, 7)
            self.assertIn("1 change in 1 series", done.stdout)


if __name__ == "__main__":
    unittest.main()
