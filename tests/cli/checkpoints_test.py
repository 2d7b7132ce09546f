#!/usr/bin/env python3
"""`lockstep checkpoint inspect`: our files, files of others, and files that are none."""

import json
import os
import struct
import unittest

from workplace import EXACT, CliTest

DUMPING = EXACT.replace('["dp", "ddp"]', '"ddp"').replace("[1, 2]", "1") + '[output]\ndump = ["parameters"]\n'


def file_of(header, data=b""):
    """A safetensors file as others write it: without hashes."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


class Inspect(CliTest):
    def inspect(self, *paths):
        return self.lockstep("checkpoint", "inspect", *paths)

    def file(self, content, name="foreign.safetensors"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def our_file(self):
        """A file that a run of ours has written."""
        self.assert_ends(self.run_to_output(self.scenario(DUMPING)), 0)
        return next(iter(sorted(self.output.glob("dump/*/step-0002-rank-0.safetensors"))))

    def test_ours_is_verified(self):
        path = self.our_file()
        done = self.inspect(path)
        self.assert_ends(done, 0)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], f"{path}: written by lockstep")
        self.assertRegex(lines[1], r"^  tensor +dtype +shape +bytes +hash +smallest +largest +not finite$")
        self.assertRegex(done.stdout, r"(?m)^  parameters\.\S+ +F32 +\[4, 8\] +128 +matches +\S+ +\S+ +0$")
        self.assertRegex(done.stdout, r'(?m)^    "step" +"2"$')
        self.assertRegex(lines[-1], r"^  \d+ tensors, \d+ B of data, .* of header$")

    def test_a_damaged_tensor_is_named(self):
        path = self.our_file()
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        done = self.inspect(self.file(content))
        self.assert_ends(done, 3, "foreign.safetensors: the data do not match their hash: parameters.")
        self.assertEqual(done.stdout.count("DIFFERS"), 1)
        self.assertIn("matches", done.stdout)

    def test_that_of_another_writer_is_not_verified(self):
        header = {"h": entry("F16", [2], 0, 4), "b": entry("BOOL", [1], 4, 5)}
        path = self.file(file_of(header, struct.pack("<ee?", 1.5, float("nan"), True)))
        done = self.inspect(path)
        self.assert_ends(done, 0)
        self.assertIn("of another writer, not verified: it has no hashes", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^  h +F16 +\[2\] +4 +- +1\.5 +1\.5 +1, first at index 1$")
        self.assertRegex(done.stdout, r"(?m)^  b +BOOL +\[1\] +1 +- +- +- +-$")
        self.assert_ends(done := self.inspect(self.file(file_of({"__metadata__": {"format": "pt"}}))), 0)
        self.assertIn("for PyTorch, not verified", done.stdout)

    def test_the_first_error_decides_and_every_file_is_looked_at(self):
        good, bad, missing = self.file(file_of({}), "good"), self.file(b"not one", "bad"), self.folder / "missing"
        done = self.inspect(missing, good, bad)
        self.assert_ends(done, 7, f"error: {missing}: cannot open", f"error: {bad}: 7 bytes are too few")
        self.assertIn(f"{good}: of another writer", done.stdout)
        self.assert_ends(self.inspect(bad, missing), 3)

    def test_what_is_no_file_is_not_waited_for(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for path in (pipe, self.folder, "/dev/zero"):
            with self.subTest(path=path):
                self.assert_ends(self.inspect(path), 3, "not a regular file")

    def test_a_link_to_a_file_is_followed(self):
        (self.folder / "link").symlink_to(self.file(file_of({})))
        self.assert_ends(self.inspect(self.folder / "link"), 0)

    def test_escape_sequences_do_not_reach_the_terminal(self):
        path = self.file(file_of({"__metadata__": {"\x1b[31m": "\x1b[32m"}}), "\x1b[33mred")
        done = self.inspect(path, self.file(file_of({"\x1b[34m": entry("U8", [0], 0, 0)}), "bad"))
        self.assert_ends(done, 3, 'bad tensor name "\\x1b[34m"')
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_nothing_to_inspect_is_a_usage_error(self):
        for arguments in (["checkpoint"], ["checkpoint", "inspect"], ["checkpoint", "look", "x"], ["checkpoint", "inspect", "-x"]):
            with self.subTest(arguments=arguments):
                self.assert_ends(self.lockstep(*arguments), 2, "See: lockstep --help")


if __name__ == "__main__":
    unittest.main()
