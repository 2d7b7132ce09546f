"""result.schema.json and the loader: good results pass, each planted fault is refused with its place."""

from __future__ import annotations

import copy
import json
import random
import tempfile
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fixture
from jsonschema import Draft202012Validator
from lockstep_report import results
from lockstep_report.errors import InputError, IoError
from lockstep_report.schema import compiled

Plant = Callable[[dict[str, Any]], Any]

# The fault, where it is reported, and how it is planted.
FAULTS: list[tuple[str, Plant]] = [
    ("schema_version is 2", lambda data: data.update(schema_version=2)),
    ("schema_version is None", lambda data: data.pop("schema_version")),
    ("'run' is a required property", lambda data: data.pop("run")),
    ("run.status", lambda data: data["run"].update(status="finished")),
    ("run.started", lambda data: data["run"].update(started="yesterday")),
    ("run.command", lambda data: data["run"].update(command="lockstep run")),
    ("environment.hardware.cores", lambda data: data["environment"]["hardware"].update(cores=0)),
    ("environment.variables", lambda data: data["environment"].update(variables={"OMP_NUM_THREADS": 1})),
    ("no cases", lambda data: data.update(cases=[])),
    ("'verdict' is a required property", lambda data: data["cases"][3].pop("verdict")),
    ("cases[3].verdict", lambda data: data["cases"][3].update(verdict="PASSED")),
    ("cases[3].tier", lambda data: data["cases"][3].update(tier="gpu")),
    ("cases[3].name", lambda data: data["cases"][3].update(name="")),
    ("cases[1].name: 'equi", lambda data: data["cases"][1].update(name=data["cases"][0]["name"])),
    ("cases[0].axes.devices", lambda data: data["cases"][0]["axes"].update(devices=2)),
    ("cases[0].scenario_hash", lambda data: data["cases"][0].update(scenario_hash="xyz")),
    ("cases[0].checks[0].compared", lambda data: data["cases"][0]["checks"][0].update(compared=-1)),
    ("cases[0].checks[0].compared", lambda data: data["cases"][0]["checks"][0].update(compared=0)),
    ("'because' is a required property", lambda data: data["cases"][0]["checks"][0].pop("because")),
    ("cases[24].metrics[0].value", lambda data: data["cases"][24]["metrics"][0].update(value="fast")),
    ("cases[24].metrics[0].better", lambda data: data["cases"][24]["metrics"][0].update(better="bigger")),
    ("low 2.0 is above high 1.0", lambda data: data["cases"][24]["metrics"][0].update(low=2.0, high=1.0)),
    ("cases[24].phases[0].phase", lambda data: data["cases"][24]["phases"][0].update(phase="thinking")),
    ("cases[24].phases[0].seconds", lambda data: data["cases"][24]["phases"][0].update(seconds=-0.1)),
    ("cases[24].memory[0].use", lambda data: data["cases"][24]["memory"][0].update(use="stuff")),
    ("cases[24].memory[0].peak_bytes", lambda data: data["cases"][24]["memory"][0].update(peak_bytes=1.5)),
    ("cases[24].pieces[0][0]", lambda data: data["cases"][24].update(pieces=[[-1]])),
    ("run.id", lambda data: data["run"].update(id="1")),
    ("tool.commit", lambda data: data["tool"].update(commit=7)),
    ("cases[0].devices", lambda data: data["cases"][0].update(devices=-1)),
    ("cases[0].global_batch", lambda data: data["cases"][0].update(global_batch="128")),
    ("cases[0].precision", lambda data: data["cases"][0].update(precision="")),
    ("cases[0].strategy", lambda data: data["cases"][0].update(strategy=None)),
    ("cases[0].repetitions", lambda data: data["cases"][0].update(repetitions=2.5)),
    ("cases[24].metrics[0].blocks[0]", lambda data: data["cases"][24]["metrics"][0].update(blocks=[None])),
    ("cases[24].metrics[0].exact", lambda data: data["cases"][24]["metrics"][0].update(exact=1)),
    ("Additional properties", lambda data: data["cases"][24]["metrics"][0].update(valeu=1.0)),
]

BROKEN_TEXT = {
    "truncated": ('{"schema_version": 1, "cases": [', "not JSON"),
    "empty": ("", "not JSON"),
    "no object": ("[1, 2]", "not a JSON object"),
    "bare NaN": ('{"schema_version": 1, "cases": NaN}', "NaN is not JSON"),
    "bare Infinity": ('{"schema_version": 1, "cases": -Infinity}', "-Infinity is not JSON"),
    "overflow": ('{"schema_version": 1, "cases": 1e999}', "out of range"),
    "huge integer": ('{"schema_version": 1, "cases": ' + "9" * 5000 + "}", "out of range"),
    "key twice": ('{"schema_version": 1, "schema_version": 1}', "occurs twice"),
    "deep": ("[" * 100_000, "nested too deeply"),
}


class ResultFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write_text(self, text: str) -> Path:
        file = self.folder / "result.json"
        file.write_text(text, encoding="utf-8")
        return file

    def assert_refused(self, data: dict[str, Any], expected: str) -> None:
        with self.assertRaises(InputError) as caught:
            results.load_result(self.write_text(json.dumps(data)))
        self.assertIn(expected, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))


class Schema(ResultFolder):
    def test_is_a_valid_schema(self) -> None:
        Draft202012Validator.check_schema(json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8")))

    def test_every_property_of_a_case_is_described(self) -> None:
        schema = json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8"))
        self.assertEqual(set(fixture.result()["cases"][0]), set(schema["$defs"]["case"]["properties"]))

    def test_accepts_the_fixture(self) -> None:
        fixture.write(self.folder, fixture.result())
        result = results.load_result(self.folder)
        self.assertEqual(24 + 14 + 3, len(result.data["cases"]))

    def test_accepts_unknown_keys_of_a_case(self) -> None:
        data = fixture.result()
        data["cases"][0]["notes"] = {"seed": 7}
        results.validate(data, "result")

    def test_refuses_every_planted_fault(self) -> None:
        for expected, plant in FAULTS:
            with self.subTest(expected):
                data = copy.deepcopy(fixture.result())
                plant(data)
                self.assert_refused(data, expected)

    def test_refuses_nan_in_a_value(self) -> None:
        data = fixture.result()
        data["cases"][24]["metrics"][0]["value"] = float("nan")
        self.assert_refused(data, "NaN is not JSON")

    def test_refuses_broken_text(self) -> None:
        for name, (text, expected) in BROKEN_TEXT.items():
            with self.subTest(name), self.assertRaises(InputError) as caught:
                results.load_result(self.write_text(text))
            self.assertIn(expected, str(caught.exception))

    def test_refuses_bytes_that_are_no_text(self) -> None:
        (self.folder / "result.json").write_bytes(b'{"schema_version": \xff}')
        with self.assertRaisesRegex(InputError, "not UTF-8"):
            results.load_result(self.folder)

    def test_missing_file_is_an_io_error(self) -> None:
        with self.assertRaisesRegex(IoError, "No such file"):
            results.load_result(self.folder)

    def test_a_device_is_not_read(self) -> None:
        with self.assertRaisesRegex(IoError, "not a regular file"):
            results.load_result(Path("/dev/zero"))

    def test_unprintable_characters_are_replaced(self) -> None:
        data = fixture.result()
        data["cases"][0]["reason"] = "a\x00b\ud800c\u202ed"
        loaded = results.load_result(self.write_text(json.dumps(data)))
        self.assertEqual("a\ufffdb\ufffdc\ufffdd", loaded.data["cases"][0]["reason"])


class FastCheck(unittest.TestCase):
    """The compiled schema says what jsonschema says, of many documents that are a little wrong."""

    WRONG = (None, True, False, 0, 1, -1, 2.0, 2.5, 300, "", "x", "PASS", [], [1], {}, {"x": 1}, 2**70)

    def test_agrees_with_jsonschema(self) -> None:
        chance = random.Random(5)
        verdicts = set()
        data = fixture.result()
        data["cases"] = [*data["cases"][:1], *data["cases"][24:27], *list(fixture.communication_cases())[-1:]]
        data["cases"] += list(fixture.memory_cases())[:1]
        for _ in range(600):
            mutant = copy.deepcopy(data)
            holder, key = chance.choice(list(_places(mutant)))
            if chance.random() < 0.2:
                del holder[key]
            else:
                holder[key] = chance.choice(self.WRONG)
            expected = results.validator().is_valid(mutant)
            verdicts.add(expected)
            self.assertEqual(expected, results.accepts()(mutant), f"{key!r} of {str(holder)[:200]}")
        self.assertEqual({True, False}, verdicts)

    def test_refuses_a_keyword_that_it_does_not_know(self) -> None:
        with self.assertRaisesRegex(ValueError, "unknown keyword multipleOf"):
            compiled({"properties": {"x": {"multipleOf": 2}}})


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of the document with each of its keys."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


class Samples(ResultFolder):
    def setUp(self) -> None:
        super().setUp()
        self.data = fixture.result()
        self.case = self.data["cases"][-1]["name"]

    def load(self, text: str) -> results.Result:
        (self.folder / "samples.jsonl").write_text(text, encoding="utf-8")
        self.write_text(json.dumps(self.data))
        return results.load_result(self.folder)

    def test_steps_that_go_back_or_come_twice_are_refused(self) -> None:
        for first, second in ((1, 0), (1, 1)):
            lines = [json.dumps(fixture.sample(self.case, "loss", index, 1.0)) for index in (first, second)]
            with self.assertRaisesRegex(InputError, f"samples.jsonl:2: index: {second} comes after {first}"):
                self.load("\n".join(lines) + "\n")

    def test_samples_of_no_case_are_refused_unless_the_run_was_cut_short(self) -> None:
        text = json.dumps(fixture.sample("nowhere/devices=9", "loss", 0, 1.0)) + "\n"
        with self.assertRaisesRegex(InputError, "samples.jsonl:1: case: 'nowhere/devices=9' is not in the result"):
            self.load(text)
        self.data["run"]["status"] = "interrupted"
        self.load(text)

    def test_curves_prefer_the_whole_group(self) -> None:
        lines = [fixture.sample(self.case, "loss", index, value) for index, value in ((0, 3.0), (1, 2.0), (2, None))]
        lines.append({**fixture.sample(self.case, "loss", 0, 9.0), "rank": 0})
        curves = self.load("".join(json.dumps(line) + "\n" for line in lines)).curves
        self.assertEqual([(0, 3.0), (1, 2.0)], curves[self.case, "loss"])

    def test_a_cut_last_line_is_dropped_unless_the_run_is_complete(self) -> None:
        text = json.dumps(fixture.sample(self.case, "loss", 0, 3.0)) + '\n{"case": "equi'
        with self.assertRaisesRegex(InputError, "samples.jsonl:2: the last line is not finished"):
            self.load(text)
        self.data["run"]["status"] = "interrupted"
        self.assertEqual([(0, 3.0)], self.load(text).curves[self.case, "loss"])

    def test_the_check_by_hand_agrees_with_the_schema(self) -> None:
        schema = json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8"))
        judge = Draft202012Validator({**schema["$defs"]["sample"], "$defs": schema["$defs"]})
        good = fixture.sample(self.case, "loss", 0, 3.0)
        variants = [
            good,
            {**good, "rank": 1},
            {**good, "value": None},
            {**good, "value": "3"},
            {**good, "value": True},
            {**good, "index": -1},
            {**good, "index": True},
            {**good, "rank": -1},
            {**good, "case": ""},
            {**good, "unit": None},
            {**good, "more": 1},
            {key: value for key, value in good.items() if key != "rank"},
        ]
        for variant in variants:
            with self.subTest(variant):
                self.assertEqual(judge.is_valid(variant), self._is_accepted(variant))

    def _is_accepted(self, sample: dict[str, Any]) -> bool:
        try:
            results.parse_sample(json.dumps(sample), "line")
        except InputError:
            return False
        return True


if __name__ == "__main__":
    unittest.main()
