#!/usr/bin/env python3
"""What the program inherits from its caller, and a system that refuses."""

import os
import resource
import shutil
import subprocess
import unittest
from pathlib import Path

from workplace import CHECKPOINT, EXACT, LEARNING, CliTest


class StandardStreams(CliTest):
    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for arguments in (["--version"], ["doctor"], ["run", self.scenario(), "--list"], ["run", "--help"]):
                with self.subTest(arguments=arguments):
                    done = self.lockstep(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
                    self.assert_ends(done, 7, "error: ")

    def test_a_run_that_nobody_reads_is_finished(self):
        # More output than a stream buffers.
        scenario = self.scenario(EXACT.replace('"exact"', f'"{"x" * 100}"', 1))
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        with open("/dev/full", "w", encoding="utf-8") as full:
            for stdout in (full, writer):
                with self.subTest(stdout=stdout):
                    arguments = [scenario, "--force", "-a", "seed=1,2,3,4,5,6,7,8,9"]
                    done = self.run_to_output(
                        *arguments, capture_output=False, stdout=stdout, stderr=subprocess.PIPE
                    )
                    self.assert_ends(done, 7, "error: ")
                    self.assertEqual(self.result()["run"]["status"], "complete")
                    self.assertEqual(len(self.cases()), 36)

    def test_no_file_takes_the_place_of_a_closed_stream(self):
        for closed, code in (([0], 0), ([1], 7), ([2], 0), ([0, 1, 2], 7)):
            with self.subTest(closed=closed):
                done = self.run_to_output(
                    self.scenario(),
                    "--force",
                    capture_output=False,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    preexec_fn=lambda closed=closed: [os.close(descriptor) for descriptor in closed],
                )
                self.assertEqual(done.returncode, code)
                self.assertEqual(set(self.verdicts().values()), {"PASS"}, "the result holds nothing but the result")
                self.assertEqual(len(self.samples()), 16)

    def test_messages_may_have_no_reader(self):
        done = self.lockstep("rnu", capture_output=False, preexec_fn=lambda: os.close(2))
        self.assertEqual(done.returncode, 2)


class Arguments(CliTest):
    def test_as_long_as_the_system_allows(self):
        # Linux takes 128 KiB for one argument (MAX_ARG_STRLEN).
        self.assert_ends(self.run_to_output(self.scenario(), "--filter", "x" * 131_000), 4)

    def test_a_hundred_thousand(self):
        self.scenario(name="s")
        done = self.lockstep("run", "--list", *["s"] * 100_000)
        self.assert_ends(done, 0)
        self.assertEqual(len(done.stdout.splitlines()), 4, "a file that is named twice is one file")

    def test_that_are_not_text(self):
        path = os.fsencode(self.folder) + b"/\xff\xfe.toml"
        os.rename(self.scenario(), path)
        self.assert_ends(self.run_to_output(path), 0)
        self.assertIn("/\N{REPLACEMENT CHARACTER}", self.result()["run"]["command"][2])
        for arguments in ([b"\xff"], [b"--\xff"], [b"run", b"--\xff"], [b"run", path, b"-a", b"devices=\xff"]):
            with self.subTest(arguments=arguments):
                self.assert_ends(self.lockstep(*arguments), 2)
        self.assert_ends(self.run_to_output(path, "--force", "--filter", b"\xff"), 4)


class Environment(CliTest):
    def losses(self, **environment):
        done = self.run_to_output(self.scenario(LEARNING), "--force", env={**os.environ, **environment})
        self.assert_ends(done, 0)
        return self.samples()

    def test_none_at_all(self):
        self.assert_ends(self.run_to_output(self.scenario(), env={}), 0)

    def test_threads_of_the_blas_do_not_change_the_result(self):
        self.assertEqual(
            self.losses(OPENBLAS_NUM_THREADS="8", OMP_NUM_THREADS="8"), self.losses(OPENBLAS_NUM_THREADS="1")
        )

    def test_the_comma_of_a_locale_changes_nothing(self):
        source = "/usr/share/i18n/locales/de_DE"
        if not (shutil.which("localedef") and Path(source).exists()):
            self.skipTest("no localedef or no description of de_DE to make a locale of")
        subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", self.folder / "de_DE.UTF-8"],
            check=True,
            capture_output=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        self.assertEqual(self.losses(LC_ALL="de_DE.UTF-8", LOCPATH=str(self.folder)), self.losses(LC_ALL="C"))

    def test_what_changes_numerics_is_recorded(self):
        variables = {"LD_PRELOAD": "libm.so.6", "OPENBLAS_NUM_THREADS": "1"}
        # An address sanitizer wants to be loaded before any other library.
        self.losses(**variables, SECRET="not for publication", ASAN_OPTIONS="verify_asan_link_order=0")
        # The machine may have set others of the list, such as CUDA_HOME.
        recorded = self.result()["environment"]["variables"]
        self.assertEqual({name: recorded.get(name) for name in variables}, variables)
        self.assertLessEqual(recorded.keys() - variables, os.environ.keys())
        self.assertNotIn("not for publication", str(self.result()))


class Folders(CliTest):
    def test_an_output_that_is_a_file(self):
        self.output.write_text("mine", encoding="utf-8")
        self.assert_ends(self.run_to_output(self.scenario()), 7, "cannot create the output folder")
        self.assertEqual(self.output.read_text(encoding="utf-8"), "mine")

    def test_the_default_output_is_new_and_named(self):
        done = self.lockstep("run", self.scenario())
        self.assert_ends(done, 0)
        ((result),) = (self.folder / "results").glob("*/result.json")
        self.assertIn(str(result.relative_to(self.folder)), done.stdout)

    def test_a_working_folder_that_was_deleted(self):
        gone = self.folder / "gone"

        def enter():
            os.chdir(gone)
            os.rmdir(gone)

        for arguments, code in (
            (["run", "s.toml", "--output", self.output], 7),
            (["run", self.scenario()], 7),
            (["run", self.scenario(), "--output", self.output], 0),
        ):
            with self.subTest(arguments=arguments):
                gone.mkdir()
                self.assert_ends(self.lockstep(*arguments, cwd=self.folder, preexec_fn=enter), code)

    def test_a_umask_that_takes_all_rights(self):
        done = self.run_to_output(self.scenario(), preexec_fn=lambda: os.umask(0o777))
        if os.geteuid() == 0:  # may write everywhere
            self.assert_ends(done, 0)
        else:
            self.assert_ends(done, 7, "cannot write")


class FullDisk(CliTest):
    def assert_stops_with_the_old_result(self, done):
        self.assert_ends(done, 7, "cannot write")
        if (self.output / "result.json").exists():
            self.assertEqual(self.result()["run"]["status"], "running")
        self.assertEqual(list(self.output.glob("*.tmp")), [])

    def test_at_any_time(self):
        self.assertEqual(self.run_to_output(self.scenario()).returncode, 0)
        size = (self.output / "result.json").stat().st_size
        for limit in (0, 400, size // 2, size - 100):
            with self.subTest(limit=limit):
                shutil.rmtree(self.output)
                done = self.run_to_output(
                    self.scenario(), preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))
                )
                self.assert_stops_with_the_old_result(done)

    def test_on_a_small_file_system(self):
        self.output.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", self.output]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("this user may not mount a file system")
        self.addCleanup(subprocess.run, ["umount", self.output], check=True)
        self.assert_stops_with_the_old_result(self.run_to_output(self.scenario()))

    def test_when_a_checkpoint_is_saved(self):
        # Room for the result, but not for a checkpoint: its case ends with the reason, the one that fits passes.
        limit = 256 * 1024
        done = self.run_to_output(
            self.scenario(CHECKPOINT), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        )
        self.assert_ends(done, 7)
        large, small = self.cases()["checkpoint/widths=[8,16384,4]"], self.cases()["checkpoint/widths=[8,16,4]"]
        self.assertEqual((large["verdict"], small["verdict"]), ("ERROR", "PASS"))
        self.assertRegex(large["reason"], r"/step-000000002\.safetensors: cannot write.*: File too large")
        self.assertEqual(self.result()["run"]["status"], "complete")
        left = [path for path in (self.output / "checkpoints").rglob("*") if path.is_file()]
        self.assertEqual(left, [], "neither half a checkpoint nor that of a case that passed")


if __name__ == "__main__":
    unittest.main()
