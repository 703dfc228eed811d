"""Turns the kept results into docs/benchmarks.md."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
Result = dict[str, Any]
NOT_MEASURED = "not measured"
HOUSE = "house"  # the result of the House of Quality, likewise
LISTS = "lists"  # the result of the list pages, which have a program of their own
DECIDE = "decide"  # the choice among 400 initiatives, for which no database is needed
CHARTS = "charts"  # control charts of 10,000 points, for which no database is needed
PRINTED = "printed"  # a report of more than 30 pages and its PDF
WHAT_IF = "what-if"  # and what-if-10M: whole requests, by the number of answers
MANY = "many"  # 100 million measurements
STREAM = "stream"  # the result of a million rows through the whole deployment, by hand
MIDDLE = ", in the middle"
# How what is asked of a list begins, and what it is called in the table.
ASKED = (
    ("first page", "the first page"), ("page in the middle", "a page in the middle"), ("last page", "the last page"),
    ("search", "a search"), ("filter", "a filter, the slowest"),
)  # fmt: skip

# What is measured in the same program beside its lists, and what it is called.
BESIDE = {
    "/coverage/ the whole page": "coverage of a round with 100,000 interviews in 12 strata, and who to ask next",
    "/words/ the desk": "the coding desk with 600 codes and a million verbatims",
    "/ambassadors/ first page": "ambassadors among 100,000 customers",
    "customers check": "checking a file of 100,000 customers for duplicates, a tenth of whom are in the register",
    "customers import": "bringing that file in, duplicates found anew (goal: under 60 s)",
    "rake": "raking 100,000 rows to five margins with trimming (goal: under 2 s)",
}
# P8: what is looked up among a million verbatims.
SOUGHT = {
    "common": "a common word",
    "rare": "a rare word",
    "phrase": "a phrase",
    "beginning": "the beginning of a word",
}

HEAD = """# Benchmarks

Written by `make bench` (10k, 100k and 1M answers, then the list pages and the house; `make bench SIZE=10M` adds
the largest, `SIZE=lists` measures the list pages alone, `SIZE=house` the House of Quality, `SIZE=many` 100 million
measurements). Do not edit: run it.

Seeded data by COPY into the program's own tables on PostgreSQL with its defaults and synchronous commit: 600
requirements x 3 products, 500 strata, 200 functions with 400 supply links, 36 months, interviews of 20 answers, one
metric per requirement with three years of weekly values. What is compared is measured in turns in one run, so only
ratios carry over to another machine. Every rescan must give the same gap as the kept scores to 0.0003 points. Up to 1M
answers the whole state is verified, bit for bit; at 10M only P1, P2, P3, P9 and the rebuild are measured, and that run
shared the machine with a run of the tests: read its ratios, not its milliseconds.

- **Bare insert**: the same rows in one transaction by plain SQL, nothing else.
- **To every score**: insert with markers, commit, drain: requirement, product, segment and function scores, the circle.
- **The doors** (P5 to P7, P10): the program with all of its middleware, called as a server calls it, in one process.
- **Rescan**: the gap of every requirement from all answers (newest per contact, shares of weight, freshness), writing
  nothing. SQL on the program's tables with 256 MB of work memory; DuckDB on its own file; pandas on a frame in memory.
  Exporting to the latter two is not counted.
"""

WHY = """## Where a goal is missed, and why

By profiles of 2026-11-26 on this machine, in shares of the time of one call:

- **P1, P2, P9**: a drain is 23 to 25 statements one after the other and a commit that waits for the disk (a tenth).
  After a measurement two fifths go into the circle, whose 200 functions are worked out anew, a sixth into the
  measured level, a seventh into the answers whose box changes. The last grows with the answers between the old and
  the new level.
- **P4**: two thirds of a rebuild are Python working out each answer's ledger row and terms, a fifth is writing them.
  The same code verifies and folds; in SQL it would be there twice.
- **P5**: the list is written once for each version, so what is left of a call is who asks: token, roles and rate,
  each looked up anew so that a token ends at once. That is most of the 304, too.
- **P6**: an unchanged page is 10 statements and the parts that are drawn for each reader. After a change the drawing
  of 200 functions passes through 30,000 nodes of templates, once for all readers with the same rights.
- **P7, P10**: COPY checks nothing. A row's cells are read (a quarter of an import), checked by the code that checks a
  form (a fifth), stored with RETURNING so that a repeat is told from a conflict (over a quarter).
- **P8**: the phrase is of three of the commonest words; rows that hold both pairs are compared as text. LIKE finds
  common text sooner because the first rows that it reads hold it, and rare text later because it reads all of them.
- **What-ifs**: after a change of scores the board and the level of each metric are read anew, whatever the number of
  answers. An interview adds up the answers to its 20 requirements, 220,000 of ten million; the first question of a
  process all of them, about two thirds of it in one statement. The whole page at 10M was measured before its options
  were written in one go; it depends on the program and not on the answers.
"""


def write_report(results: Path) -> Path:
    PAGE.write_text(page_of(results))
    return PAGE


def page_of(results: Path) -> str:
    others = {HOUSE, LISTS, STREAM, CHARTS, DECIDE, MANY, PRINTED}
    paths = [path for path in results.glob("*.json") if not path.stem.startswith(WHAT_IF)]
    kept = [json.loads(path.read_text()) for path in paths if path.stem not in others]
    found = sorted(kept, key=lambda each: each["answers"])
    sections = (interviews, measurements, reads, builds, api, circle, imports, seen, pushes)
    parts = [HEAD, machines(found), *(section(found) for section in sections)]
    alone = (CHARTS, charts), (DECIDE, decide), (PRINTED, printed)
    for name, section_of in ((STREAM, stream), (MANY, many), (LISTS, lists), (HOUSE, house), *alone):
        measured = results / f"{name}.json"
        if measured.exists():
            parts.append(section_of(json.loads(measured.read_text())))
    parts += what_ifs([json.loads(path.read_text()) for path in results.glob(f"{WHAT_IF}*.json")])
    parts.append(WHY)
    return "\n".join(part.rstrip() + "\n" for part in parts)


def size_of(result: Result) -> str:
    answers = result["answers"]
    return f"{answers // 1_000_000}M" if answers >= 1_000_000 else f"{answers // 1_000}k"


def table(found: Sequence[Result], rows: Sequence[tuple[str, Callable[[Result], str]]]) -> str:
    lines = [
        "| | " + " | ".join(size_of(each) for each in found) + " |",
        "|---|" + "---|" * len(found),
        *(f"| {name} | " + " | ".join(cell(each) for each in found) + " |" for name, cell in rows),
    ]
    return "\n".join(lines)


def sample_of(result: Result, name: str) -> dict[str, float]:
    """Return n, median and 99th percentile of a name, whichever stage measured it."""
    measured: dict[str, dict[str, float]] = result["samples"] | (result["doors"]["samples"] if result["doors"] else {})
    return measured[name]


def through_doors(found: Sequence[Result]) -> list[Result]:
    """Return the results of those sizes at which the doors were measured."""
    return [each for each in found if each["doors"]]


def p50(result: Result, name: str) -> float:
    return sample_of(result, name)["p50"]


def ms(name: str) -> Callable[[Result], str]:
    def cell(result: Result) -> str:
        sample = sample_of(result, name)
        return f"{number(sample['p50'])} / {number(sample['p99'])}"

    return cell


def ratio(name: str, base: str) -> Callable[[Result], str]:
    return lambda result: f"**{number(p50(result, name) / p50(result, base))}**"


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def machines(found: Sequence[Result]) -> str:
    lines = ["## Machine", ""]
    for each in found:
        its = each["machine"]
        checked = "not verified" if each["differences"] is None else f"{each['differences']} differences found"
        lines.append(
            f"- {size_of(each)}: {its['cores']} cores, {its['memory_gib']} GiB, load {its['load']} at the end, "
            f"PostgreSQL {its['postgresql']}, Python {its['python']}, DuckDB {its['duckdb']}, pandas {its['pandas']}, "
            f"{its['day']}; {checked}{'' if each['differences'] is None else ' by the verification'}"
        )
    return "\n".join(lines)


def interviews(found: Sequence[Result]) -> str:
    bare, whole = "interview: bare insert", "interview: to every score"
    rows = [
        ("bare insert", ms(bare)),
        ("with its markers", ms("interview: with markers")),
        ("drain alone", ms("interview: drain")),
        ("to every score", ms(whole)),
        ("ratio to the bare insert", ratio(whole, bare)),
        ("rescan of the 20 requirements touched", ms("interview: rescan 20 requirements")),
    ]
    goal = "Goal: at most 10 x the bare insert, and the median flat within 20 % from 10k to 10M answers."
    flat = max(p50(each, whole) for each in found) / min(p50(each, whole) for each in found)
    head = f"## P1: a new interview of 20 answers\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(found, rows)}\n\nLargest median / smallest: {number(flat)}."


def measurements(found: Sequence[Result]) -> str:
    bare = "measurement: bare insert"
    rows = [("bare insert", ms(bare))]
    for steps in ("one step", "six steps"):
        whole = f"measurement: to every score, {steps}"
        rows += [(f"to every score, level moves {steps}", ms(whole)), ("ratio to the bare insert", ratio(whole, bare))]
    goal = "Goal: at most 6 x the bare insert up to 1M answers, 20 x at 10M, median under 30 ms."
    return f"## P2: a new measurement\n\n{goal}\nMilliseconds, median / 99th percentile.\n\n{table(found, rows)}"


def reads(found: Sequence[Result]) -> str:
    read = "read: all scores"
    rows = [("every current score, read", ms(read)), ("the board of the circle", ms("read: the board of the circle"))]
    for rival in ("SQL", "DuckDB", "pandas"):
        rows += [(f"rescan by {rival}", ms(f"rescan: {rival}")), ("ratio to the read", ratio(f"rescan: {rival}", read))]
    goal = "Goal: at 10M answers at least 100 x faster than a rescan by DuckDB."
    head = f"## P3: reading the whole program's scores\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(found, rows)}"


def seen(found: Sequence[Result]) -> str:
    rows = [("from the commit of a write to its scores", ms("write to seen, with a listener"))]
    goal = "Goal: median under 30 ms, 99th percentile under 250 ms with a worker's listener."
    return f"## P9: from write to seen\n\n{goal}\nMilliseconds, median / 99th percentile.\n\n{table(found, rows)}"


def by_two(each: Result) -> str:
    """The second process is started in this time, too."""
    alone, by_two = each["built"]["rebuild_s"], each["built"].get("rebuild_by_two_s")
    return f"{number(by_two)}; **{number(alone / by_two)}**" if by_two else NOT_MEASURED


def builds(found: Sequence[Result]) -> str:
    rows: list[tuple[str, Callable[[Result], str]]] = [
        ("rebuild of every score, one process, s", lambda each: number(each["built"]["rebuild_s"])),
        (
            "ratio to the rescan by SQL, which writes nothing",
            lambda each: f"**{number(1000 * each['built']['rebuild_s'] / p50(each, 'rescan: SQL'))}**",
        ),
        ("the same by two processes, s; one process took so many times as long", by_two),
        ("peak memory of the rebuild, MiB", lambda each: number(each["built"]["peak_mb"])),
        (
            "interviews folded a second under four writers",
            lambda each: f"**{number(each['doors']['folded_per_s'])}**" if each["doors"] else NOT_MEASURED,
        ),
        ("verification of every bit, s", lambda each: number(each["verify_s"]) if each["doors"] else NOT_MEASURED),
        ("answers", lambda each: f"{each['rows']['interviews_answer']:,}"),
        ("ledger rows", lambda each: f"{each['rows']['gap_scores_ledgerentry']:,}"),
        ("score rows", lambda each: f"{each['rows']['gap_scores_gapscore']:,}"),
    ]
    goal = (
        "Goal: a rebuild at most 6 x one grouped SQL statement from 1M answers up, under 1 GiB; two processes 1.2 x as "
        "fast as one on two cores; 180 interviews a second folded while four processes write."
    )
    return f"## P4: all of it\n\n{goal}\n\n{table(found, rows)}"


def api(found: Sequence[Result]) -> str:
    bare, whole, same = "scores: bare view", "scores: API", "scores: API, not modified"
    rows = [
        ("bare Django view, values() and JsonResponse", ms(bare)),
        ("through the API: token, throttle, scope, paging", ms(whole)),
        ("times as fast as the bare view", ratio(bare, whole)),
        ("304 by its tag", ms(same)),
        ("times as fast as the bare view", ratio(bare, same)),
    ]
    goal = "Goal: at least 1.0 x the speed of a bare view of the same rows, the 304 at least 2.5 x."
    head = f"## P5: 200 scores of requirements\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(through_doors(found), rows)}"


def circle(found: Sequence[Result]) -> str:
    rows = [
        ("the page, unchanged board", ms("circle page")),
        ("the page, after a change", ms("circle page, after a change")),
        ("queries", lambda each: f"{each['doors']['circle_queries']}"),
    ]
    goal = "Goal: 99th percentile under 50 ms of server time and at most 12 queries at every size."
    head = f"## P6: the circle page of 200 functions\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(through_doors(found), rows)}"


def imports(found: Sequence[Result]) -> str:
    whole, copy = "import: CSV", "import: COPY of the clean rows"
    rows = [
        ("import with its checks", ms(whole)),
        ("COPY of the clean rows", ms(copy)),
        ("rate of the import against COPY", lambda each: f"**{p50(each, copy) / p50(each, whole):.0%}**"),
        ("peak memory of the process, MiB", lambda each: number(each["doors"]["import_peak_mb"])),
    ]
    goal = (
        "Goal: at least 80 % of the rate of COPY into the same table, at a million rows. Measured with 50,000; a "
        "million go through the whole deployment below."
    )
    head = f"## P7: a CSV file of 50,000 measurements\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(through_doors(found), rows)}"


def pushes(found: Sequence[Result]) -> str:
    whole, plain = "push: API", "push: plain SQL"
    rows = [
        ("push by the API", ms(whole)),
        ("COPY to a temporary table and INSERT ... RETURNING", ms(plain)),
        ("ratio to plain SQL", ratio(whole, plain)),
    ]
    goal = "Goal: at most 1.5 x plain SQL of the same rows."
    head = f"## P10: a push of 5,000 measurements\n\n{goal}\nMilliseconds, median / 99th percentile."
    return f"{head}\n\n{table(through_doors(found), rows)}"


def stream(result: Result) -> str:
    """Return the section of the million rows: what each step took since the first byte was sent."""
    took, others, its = result["seconds"], result["others"], result["machine"]
    failed = others["failures"] + sum(count for status, count in others["pages"].items() if status != "200")
    calls = f"{number(1000 * others['p50'])} / {number(1000 * others['p99'])}"
    rows = [
        ("received and answered 202", f"{number(took['received'])} s"),
        ("checked and stored, all at once", f"{number(took['stored'])} s"),
        ("in every score", f"{number(took['folded'])} s"),
        ("rows a second from the first byte to every score", f"**{result['rows'] / took['folded']:,.0f}**"),
        ("peak memory of a web process, MiB", number(result["peak_mib"]["web"])),
        ("peak memory of a worker's process, MiB", number(result["peak_mib"]["worker"])),
        ("answers to others meanwhile", f"{others['answers']:,}"),
        ("of them 503 (busy, come again) or worse", f"**{failed}**"),
        ("their calls, median / 99th percentile, ms", calls),
        ("rows not there once as sent, scores that a rebuild finds otherwise", f"**{len(result['wrong'])}**"),
    ]
    text = (
        f"{result['rows']:,} lines of {result['metrics']} metrics as NDJSON in one call to nginx, two gunicorns with "
        "one process each, PostgreSQL, Redis, two workers and beat, while two machines push, a person opens "
        f"pages; by hand, `nice -n 10 python -m tests.production.million benchmarks/results/{STREAM}.json`, then "
        f"`python -m benchmarks.report`. Load {its['load']} on {its['cores']} cores by the tests of others, so the "
        f"machine gave it a part of its time; fsync was off; PostgreSQL {its['postgresql']}, {its['day']}."
    )
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"## P7: a million measurements in one stream\n\n{text}\n\n| | |\n|---|---|\n{lines}"


def lists(result: Result) -> str:
    """Return the section of the list pages: one column per list."""
    paths = list(result["rows"])
    samples: dict[str, dict[str, float]] = result["samples"]
    head = ["", *(f"{path.strip('/')}, {result['rows'][path]:,} rows" for path in paths)]
    rows = [[words, *(slowest(samples, f"{path} {name}", "") for path in paths)] for name, words in ASKED]
    rows += [
        [
            "sorted, the slowest column",
            *(slowest(samples, f"{path} sorted by ", "", ", in the middle") for path in paths),
        ],
        [
            "the same, a page in the middle",
            *(slowest(samples, f"{path} sorted by ", ", in the middle") for path in paths),
        ],
    ]
    lines = [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]
    its, calls = result["machine"], next(iter(samples.values()))["n"]
    goal = (
        "Goal: under 300 ms of server time for 95 of 100 pages. The whole page, with all middleware, in one process; "
        f"load {its['load']} on {its['cores']} cores at the end, PostgreSQL {its['postgresql']}, {its['day']}."
    )
    others = [f"- {words}: {slowest(samples, name, '')}" for name, words in BESIDE.items() if name in samples]
    others += [
        f"- search (P8, goal: 150 ms) for {words}: {slowest(samples, f'/words/search/ {name}', '')}; "
        f"the same text by LIKE: {slowest(samples, f'LIKE {name}', '')}"
        for name, words in SOUGHT.items()
        if f"LIKE {name}" in samples
    ]
    told = f"## The list pages\n\n{goal}\nMilliseconds, median / slowest of {calls}.\n\n" + "\n".join(lines)
    return "\n".join([told, "", *others])


def many(result: Result) -> str:
    """Return the section of very many measurements."""
    samples, its, gigabytes = result["samples"], result["machine"], result["sizes"]

    def times(one: str, other: str) -> str:
        if one not in samples or other not in samples:
            return NOT_MEASURED
        return f"**{number(samples[one]['p50'] / samples[other]['p50'])}**"

    def both(name: str) -> str:
        if name not in samples:
            return NOT_MEASURED
        return f"{number(samples[name]['p50'])} / {number(samples[name]['p99'])}"

    plain = "push: plain SQL"
    rows = [
        ("a new measurement of a mean, to every score", both("level: to every score")),
        ("times the bare insert", times("level: to every score", "level: bare insert")),
        ("a new measurement of a percentile, to every score", both("duration: to every score")),
        ("times the bare insert", times("duration: to every score", "duration: bare insert")),
        ("each day of one metric summed anew", both("days of a metric")),
        ("levels of 25 metrics from the sums of days", both("levels from days")),
        ("the same from the measurements", both("levels from measurements")),
        ("times as long", times("levels from measurements", "levels from days")),
        ("a push of 5,000 by the API", both("push: API")),
        ("ratio to plain SQL", times("push: API", plain)),
        ("plain SQL against the same into an empty table", times(plain, f"{plain}, an empty table")),
        *((name.replace("page: ", "page, "), both(name)) for name in samples if name.startswith("page: ")),
    ]
    text = (
        "600 metrics, half of them means and half percentiles, 152 measurements a day each for three years. "
        "All of it is worked out from nothing, each day of each metric and the scores of a million answers, in "
        f"{number(result['rebuild_s'])} s by one process. The measurements take "
        f"{number(gigabytes['metrics_measurement'])} GB, the sums of days {number(gigabytes['metrics_daysum'])} GB, "
        f"the indexes of both {number(gigabytes['indexes'])} GB. Load {its['load']} on {its['cores']} cores, "
        f"PostgreSQL {its['postgresql']}, {its['day']}."
    )
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    told = "Milliseconds, median / 99th percentile.\n\n| | |\n|---|---|"
    return f"## 100 million measurements\n\n{text}\n\n{told}\n{lines}"


def charts(result: Result) -> str:
    """Return the section of long control charts."""
    samples, counts = result["samples"], result["counts"]
    rows = [
        (
            words,
            *(f"{samples[f'{name} {what}']['p50']:.0f} / {samples[f'{name} {what}']['p99']:.0f}" for name in counts),
        )
        for what, words in (
            ("limits and signals", "limits and signals"),
            ("thinned", "drawing and markup, thinned (goal: 50)"),
            ("not thinned", "drawing and markup, every point"),
        )
    ]
    rows.append(("thinned : every point", *(f"1 : {ratio_of(samples, name):.0f}" for name in counts)))
    rows.append(("KiB of markup, thinned : every point", *(sizes_of(each) for each in counts.values())))
    rows.append(("signals, all of them drawn", *(str(each["signals"]) for each in counts.values())))
    text = (
        f"A metric's page with {result['points']:,} points: the wide and the narrow chart and the ranges beneath. "
        "Milliseconds of the processor, median / slowest of 30; `make bench SIZE=charts` measures them alone."
    )
    lines = "\n".join(f"| {' | '.join(row)} |" for row in (("", *counts), ["---"] * (len(counts) + 1), *rows))
    return f"## Control charts of {result['points']:,} points\n\n{text}\n\n{lines}"


def decide(result: Result) -> str:
    """Return the section of the choice among initiatives."""
    size = f"{result['options']} options, {result['functions']} functions, {result['requirements']} requirements"
    lines = [f"| {name} | {its['p50']:.0f} / {its['p99']:.0f} |" for name, its in sorted(result["samples"].items())]
    behind = [
        f"{goal}: {(1 - its['points'] / its['bound']) * 100:.2f} % behind the bound"
        for goal, its in result["answers"].items()
    ]
    text = (
        f"{size}, with needs, exclusions, effects for the worse and circles of supply. Milliseconds of the processor, "
        "median / slowest of 3; `make bench SIZE=decide` measures them alone. Goals: every set of 20 under 1,000, one "
        f"program of 400 within 1 % of the bound under 5,000 ({'; '.join(behind)}), a what-if under 100."
    )
    told = "\n".join(lines)
    return f"## Choosing among {result['options']} initiatives\n\n{text}\n\n| | |\n|---|---|\n{told}"


def printed(result: Result) -> str:
    """Return the section of a long report."""
    its, pdf = result["machine"], result["samples"]["the PDF of it"]["p50"] / 1000
    text = (
        f"A report of a round over 600 requirements, {result['pages']} pages of A4: its text ({result['kib_text']} KiB "
        f"of HTML) read from a kept day, and the tagged PDF ({result['kib_pdf']} KiB) made of that. Seconds of the "
        "processor, median / slowest of 3; `make bench SIZE=printed` measures it alone. Goal: 30 pages under 10 "
        f"(of these 30 take {pdf / result['pages'] * 30:.1f}). "
        f"Load {its['load']} on {its['cores']} cores at the end, PostgreSQL {its['postgresql']}, {its['day']}."
    )
    rows = [
        f"| {name} | {each['p50'] / 1000:.1f} / {each['p99'] / 1000:.1f} |" for name, each in result["samples"].items()
    ]
    told = "\n".join(rows)
    return f"## A report of {result['pages']} pages\n\n{text}\n\n| | s |\n|---|---|\n{told}"


def what_ifs(found: Sequence[Result]) -> list[str]:
    """Return the section of what-ifs, one column for each number of answers."""
    if not found:
        return []
    found = sorted(found, key=lambda each: each["answers"])
    loads = ", ".join(f"{size_of(each)}: load {each['machine']['load']} at the end" for each in found)
    text = (
        "Goal: under 100 ms. A whole request with all middleware, in one process, on PostgreSQL: "
        f"{found[0]['requirements']} scored requirements, {found[0]['functions']} functions; four levels, two supply "
        "links, one measuring link and a dot are moved, others each time. Milliseconds, median / 99th percentile, of "
        "the first ones the slowest of 3 or 25. The first one of a process reads the board and all stated levels. "
        "After a change of scores the first one reads the board anew, and the stated levels of the requirements of "
        "which answers came in: 20 after an interview, none after a measurement. The others read no answer. "
        f"`make bench SIZE=what-if-10M` measures ten million answers. {loads}."
    )
    names = sorted({name for each in found for name in each["samples"]})
    rows = [(name, partial(_what_if_cell, name)) for name in names]
    return [f"## What-ifs\n\n{text}\n\n{table(found, rows)}"]


def _what_if_cell(name: str, result: Result) -> str:
    its = result["samples"].get(name)
    return f"{its['p50']:.0f} / {its['p99']:.0f}" if its else "not measured"


def ratio_of(samples: dict[str, dict[str, float]], name: str) -> float:
    return samples[f"{name} not thinned"]["p50"] / samples[f"{name} thinned"]["p50"]


def sizes_of(counts: dict[str, int]) -> str:
    return f"{counts['bytes'] // 1024} : {counts['bytes_whole'] // 1024}"


def house(result: Result) -> str:
    samples: dict[str, dict[str, float]] = result["samples"]
    its, calls = result["machine"], next(iter(samples.values()))["n"]
    goal = (
        "Goal: 40 requirements x 60 functions or metrics under 100 ms of server time. The whole page, with all "
        "middleware, in one process; of 600 requirements it shows 60, and 80 columns; "
        f"load {its['load']} on {its['cores']} cores at the end, PostgreSQL {its['postgresql']}, {its['day']}."
    )
    lines = [f"| {name} | {number(each['p50'])} / {number(each['p99'])} |" for name, each in samples.items()]
    head = "| requirements by | ms |\n|---|---|"
    return f"## The House of Quality\n\n{goal}\nMilliseconds, median / slowest of {calls}.\n\n{head}\n" + "\n".join(
        lines
    )


def slowest(samples: dict[str, dict[str, float]], begins: str, ends: str, *but: str) -> str:
    """Return the sample with the largest median among those whose names begin and end so."""
    fit = [each for name, each in samples.items() if name.startswith(begins) and name.endswith(ends)
           and not (but and name.endswith(but))]  # fmt: skip
    worst = max(fit, key=lambda each: each["p50"])
    return f"{number(worst['p50'])} / {number(worst['p99'])}"


if __name__ == "__main__":
    write_report(Path(__file__).parent / "results")
