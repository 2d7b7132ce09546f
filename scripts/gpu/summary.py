"""What the check found, for people and for programs."""

import json

from parts import FAIL, PASS, SKIPPED

ALL_PASSED, FAILED, NOT_CHECKED = 0, 1, 4


def verdict(parts, outcomes):
    """The exit code and the last line. `outcomes` by the parts' names."""
    needed = [part.name for part in parts if part.needed]
    failed = [part.name for part in parts if outcomes[part.name].verdict == FAIL]
    lacking = [name for name in needed if outcomes[name].verdict == SKIPPED]
    passed = [part.name for part in parts if outcomes[part.name].verdict == PASS]
    if failed:
        return FAILED, f"FAIL: {', '.join(failed)}"
    if not passed:
        return NOT_CHECKED, f"NOTHING RAN: {outcomes[parts[0].name].reason}"
    if lacking:
        return NOT_CHECKED, f"INCOMPLETE: {', '.join(lacking)} did not run; {len(passed)} parts passed"
    skipped = len(parts) - len(passed)
    return ALL_PASSED, f"PASS: {len(passed)} parts passed, {skipped} skipped"


def missed_targets(outcomes):
    return sum(outcome.numbers.get("targets_missed", 0) for outcome in outcomes.values())


def differences(outcomes):
    """Of the conformance suite's answers from the fake's."""
    return outcomes["conformance"].numbers.get("differences", [])


def duration(seconds):
    return f"{seconds * 1e6:.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.3f} ms"


def size(count):
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"


def interval(figures):
    return f"{figures['median']:.2f} [{figures['lowest']:.2f}, {figures['highest']:.2f}]" if figures else ""


def step_table(rows):
    yield "| step | ours | of the peak | PyTorch, batch from the host | times as fast | PyTorch, batch on the GPU | times as fast |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        seconds = row["seconds"]
        share = f"{100 * row['peak_share']:.0f} %" if row["peak_share"] else "not known"
        peers = []
        for name in ("torch", "torch_resident"):
            peers += [duration(seconds[name]) if name in seconds else "", interval(row[f"times_faster_than_{name}"])]
        yield f"| {row['name']} | {duration(seconds['lockstep'])} | {share} | {' | '.join(peers)} |"


def graphs_table(rows):
    yield "| small step | by graphs | kernel by kernel | times as fast |"
    yield "|---|---|---|---|"
    for row in rows:
        times = f"{duration(row['seconds'])} | {duration(row['seconds_without'])}"
        yield f"| {row['name']} | {times} | {interval(row['times_faster'])} |"


def all_reduce_table(rows):
    yield "| ranks on one GPU | bytes | all-reduce | copy that moves as much | of the copy |"
    yield "|---|---|---|---|---|"
    for row in rows:
        times = f"{duration(row['seconds'])} | {duration(row['copy_seconds'])}"
        yield f"| {row['ranks']} | {size(row['bytes'])} | {times} | {row['of_copy']:.2f} |"


def markdown(context, parts, outcomes, seconds, last_line):
    yield f"# GPU check: {context.gpu or 'no GPU'}"
    yield ""
    yield last_line
    yield ""
    yield "| part | question | verdict | | time |"
    yield "|---|---|---|---|---|"
    for part in parts:
        outcome = outcomes[part.name]
        reason = outcome.reason.replace("|", "\\|")
        yield f"| {part.name} | {part.question} | {outcome.verdict} | {reason} | {seconds[part.name]:.0f} s |"
    tables = (
        ("step", "steps", "Steps", step_table),
        ("graphs", "graphs", "Graphs", graphs_table),
        ("all-reduce", "all_reduce", "All-reduce", all_reduce_table),
    )
    for name, key, title, table in tables:
        rows = outcomes[name].numbers.get(key)
        if rows:
            yield from ("", f"## {title}", "", *table(rows))
    if differences(outcomes):
        yield from ("", "## Answers that the fake gives differently", "", "```", *differences(outcomes), "```")


def write(context, parts, outcomes, seconds, last_line, code):
    text = "\n".join(markdown(context, parts, outcomes, seconds, last_line)) + "\n"
    (context.output / "summary.md").write_text(text, encoding="utf-8")
    document = {
        "schema_version": 1,
        "gpu": context.gpu,
        "gpus": context.gpus,
        "is_emulated": context.is_emulated,
        "verdict": last_line,
        "exit_code": code,
        "parts": [
            {"name": part.name, "needed": part.needed, "seconds": round(seconds[part.name], 1), **outcomes[part.name]._asdict()}
            for part in parts
        ],
    }
    (context.output / "summary.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
