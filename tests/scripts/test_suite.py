"""The commands that run the checks and the tests say truly whether these passed."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scripts import check


def test_a_check_fails_by_its_exit_code_and_keeps_what_it_said(tmp_path: Path) -> None:
    outcome = check.run(check.Check("bad", [sys.executable, "-c", "print('why'); raise SystemExit(3)"]), str(tmp_path))

    assert (outcome.passed, outcome.said) == (False, "why\n")


def test_a_check_sees_only_a_data_folder_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['DATA_DIR'])"]

    assert check.run(check.Check("good", command), str(tmp_path)).said == f"{tmp_path}\n"


def test_one_failed_check_fails_them_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    good = check.Check("good", [sys.executable, "-c", ""])
    bad = check.Check("bad", [sys.executable, "-c", "raise SystemExit('the reason')"])
    monkeypatch.setattr(check, "CHECKS", [good, bad])

    assert check.main() == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines[:2]] == ["ok    ", "FAILED"]
    assert lines[2] == "the reason"
    assert lines[-1] == "1 of 2 checks passed"


def test_results_are_counted_from_pytests_report(tmp_path: Path, suite: object) -> None:
    report = tmp_path / "part.xml"
    report.write_text('<testsuites><testsuite tests="10" failures="1" errors="2" skipped="3"/></testsuites>')

    assert suite.count(report) == Counter(passed=4, failed=1, error=2, skipped=3)
    assert suite.count(tmp_path / "missing.xml") == Counter()


def test_a_part_beside_another_runs_at_the_same_time_and_speaks_after_it(
    suite: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each waits for the other's file, so one after the other they would wait for ever."""
    parts = []
    for name, other in (("first", "second"), ("second", "first")):
        test = tmp_path / f"test_{name}.py"
        test.write_text(
            f"import time\nfrom pathlib import Path\n\n\ndef test_it():\n"
            f"    Path({str(tmp_path / name)!r}).touch()\n"
            f"    while not Path({str(tmp_path / other)!r}).exists():\n        time.sleep(0.05)\n"
            f"    assert {name!r} == 'first'\n"
        )
        arguments = ["-c", "/dev/null", "-p", "no:randomly", "--timeout=60", str(test)]
        parts.append(suite.Part(name, arguments, is_beside=name == "second"))

    results = suite.run_parts(parts, {}, tmp_path)

    assert {name: (each.failed, each.counts) for name, each in results.items()} == {
        "first": (False, Counter(passed=1)),
        "second": (True, Counter(failed=1)),
    }
    said = capfd.readouterr().out
    assert said.index("=== first") < said.index("1 passed") < said.index("=== second") < said.index("1 failed")


def test_a_patient_part_keeps_none_of_those_after_it_waiting(suite: Any, tmp_path: Path) -> None:
    """It waits for the file of the last one, so before its end it would wait for ever."""
    wait = f"    while not Path({str(tmp_path / 'last')!r}).exists():\n        time.sleep(0.05)\n"
    does = {"first": "    pass\n", "patient": wait, "last": f"    Path({str(tmp_path / 'last')!r}).touch()\n"}
    parts = []
    for name, body in does.items():
        test = tmp_path / f"test_{name}.py"
        test.write_text(f"import time\nfrom pathlib import Path\n\n\ndef test_it():\n{body}")
        arguments = ["-c", "/dev/null", "-p", "no:randomly", "--timeout=60", str(test)]
        parts.append(suite.Part(name, arguments, is_beside=name == "patient", is_patient=name == "patient"))

    results = suite.run_parts(parts, {}, tmp_path)

    assert {name: (each.failed, each.counts) for name, each in results.items()} == {
        name: (False, Counter(passed=1)) for name in does
    }


def test_a_part_that_fails_with_every_test_green_is_an_error_in_the_sum(suite: Any) -> None:
    assert suite.Result(True, Counter(passed=9)).told == Counter(passed=9, error=1)
    assert suite.Result(True, Counter(passed=8, failed=1)).told == Counter(passed=8, failed=1)
    assert suite.Result(False, Counter(passed=9)).told == Counter(passed=9)


def test_the_last_line_is_the_sum_in_pytests_form(suite: object) -> None:
    line = suite.closing_line(Counter(passed=812, skipped=3, failed=1), 612.4)

    assert line.strip("= ") == "1 failed, 812 passed, 3 skipped in 612.40s (10:12 minutes)"


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> object:
    """scripts/suite.py, which is started from its own folder."""
    monkeypatch.syspath_prepend(str(Path(check.__file__).parent))
    return pytest.importorskip("suite", reason="scripts/suite.py must be importable")
