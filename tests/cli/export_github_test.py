#!/usr/bin/env python3
"""lockstep export for a job on GitHub: its summary as a Markdown parser reads it, its annotations as its runner does."""

import unittest

from exported import FAILURES, WELL, ExportTest, a_comparison, a_result, commands, compared_case, rendered

import made_up

BOTH = {"result": a_result, "comparison": a_comparison}
MIB = 1 << 20


class Summary(ExportTest):
    def test_the_first_line_is_the_verdict_with_counts(self):
        self.assertEqual(
            self.export("github-summary", a_result(["PASS", "FAIL", "ERROR"])).split("\n")[0],
            "## ❌ Lockstep: FAIL (1 FAIL, 1 ERROR, 2 PASS)",
        )
        self.assertEqual(
            self.export("github-summary", a_comparison(["SAME"], cases=[compared_case("x", "SAME", [])], exit_code=0)).split("\n")[0],
            "## ✅ Lockstep: SAME (1 SAME)",
        )

    def test_what_is_not_well_stands_first_and_all_cases_below(self):
        for content in BOTH.values():
            page = rendered(self, self.export("github-summary", content()))
            self.assertEqual(page.tags.count(("table",)), 3)
            heads = [index for index, row in enumerate(page.rows) if row[0] == "verdict"]
            problems = page.rows[heads[0] + 1 : heads[1]]
            problems = [row for row in problems if len(row) == 4]
            cases = page.rows[heads[1] + 1 :]
            bad = [case for case in content()["cases"] if case["verdict"] not in WELL]
            self.assertEqual(sorted(row[1] for row in problems), sorted(case["name"] for case in bad))
            self.assertEqual(sorted(row[1] for row in cases), sorted(case["name"] for case in content()["cases"]))
            self.assertEqual([row[0].split()[1] for row in problems][:2], ["FAIL", "REGRESSED"])
            reasons = {case["name"]: case["reason"] for case in bad}
            self.assertEqual({row[1]: row[2] for row in problems}, reasons)

    def test_it_stays_under_what_github_takes(self):
        long = "x" * 1900
        result = made_up.result("0" * 16, [made_up.case(f"case {n}", verdict="FAIL", reason=long) for n in range(800)])
        text = self.export_bytes("github-summary", result)
        self.assertTrue(0.8 * MIB < len(text) < MIB, len(text))
        self.assertRegex(text.decode(), r"\*\*\d+ more lines are left out here.\*\*")
        page = rendered(self, text.decode())
        self.assertTrue(all(len(row) in (2, 3, 4) for row in page.rows))
        self.assertTrue(all(len(row) == 4 and row[2] == long for row in page.rows if row[0] == "❌ FAIL"))


class Annotations(ExportTest):
    def test_each_verdict_has_its_kind(self):
        for content in BOTH.values():
            found = commands(self, self.export("github-annotations", content()))
            kinds = {title.partition("=")[2]: kind for kind, title, _ in found if "verdict=" in title}
            expected = {verdict: "error" for verdict in (*FAILURES, "ERROR")} | {"INCONCLUSIVE": "warning"}
            self.assertEqual(kinds, expected)
            reasons = {case["name"]: f"{case['verdict']}: {case['reason']}" for case in content()["cases"]}
            for kind, title, message in found[:-1]:
                self.assertEqual(message.split("\n")[0], reasons[title], kind)
            self.assertEqual(found[-1][:2], ("notice", "Lockstep: FAIL"))
            self.assertIn("1 FAIL, 1 REGRESSED", found[-1][2])

    def test_more_than_github_shows_are_counted(self):
        for count, expected in ((10, 10), (11, 10), (500, 10)):
            cases = [made_up.case(f"case {n}", verdict="FAIL") for n in range(count)]
            found = commands(self, self.export("github-annotations", made_up.result("0" * 16, cases)))
            self.assertEqual([kind for kind, _, _ in found], ["error"] * expected + ["notice"])
            self.assertEqual(found[-2][1], "case 9" if count == 10 else f"{count - 9} more")

    def test_all_well_is_one_notice(self):
        found = commands(self, self.export("github-annotations", a_result(["PASS"])))
        self.assertEqual(found, [("notice", "Lockstep: PASS", "2 PASS in run 0123456789abcdef")])


if __name__ == "__main__":
    unittest.main()
