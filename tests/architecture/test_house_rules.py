"""Rules of the house that no linter knows."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(path.parent for path in ROOT.glob("*/__init__.py"))
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc"}
# What is too slow to import at every start, or only there in some set-ups: module, then what it brings inside.
SLOW_IMPORTS = {
    ("scoring", "scipy"),
    ("web", "weasyprint"),
    ("metrics", "scipy"),
    ("dashboard", "scipy"),
    ("interviews", "openpyxl"),
    ("metrics", "openpyxl"),
}
STYLE = re.compile(r"<style|\sstyle\s*=", re.IGNORECASE)
SCRIPT = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE
)
COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)
HOST = re.compile(r"https?://|file:|--(extra-)?index-url|--find-links|--trusted-host")


def sources(room: Path) -> Iterator[Path]:
    return (path for path in room.rglob("*.py") if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_or_folder_hides_behind_a_name_that_says_nothing() -> None:
    inside = [path for room in ROOMS for path in room.rglob("*")]
    templates = list((ROOT / "templates").rglob("*"))

    assert [name_of(path) for path in inside + templates if path.stem in NAMELESS] == []


def local_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and top package of every import inside a function."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.lineno, (node.module or ".").partition(".")[0]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_function_hides_an_import(room: Path) -> None:
    found = [
        f"{name_of(path)}:{line} imports {package}"
        for path in sources(room)
        for line, package in local_imports(ast.parse(path.read_text()))
        if (room.name, package) not in SLOW_IMPORTS
    ]

    assert found == []


def test_an_import_inside_a_function_is_found() -> None:
    tree = ast.parse("import os\ndef f():\n    from customers import models\n    import scipy.stats\n")

    assert list(local_imports(tree)) == [(3, "customers"), (4, "scipy")]


def templates() -> list[Path]:
    return sorted(path for folder in [ROOT / "templates", *ROOMS] for path in folder.rglob("*.html"))


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    # A comment may name what it forbids; its lines are kept so that the numbers stay right.
    text = COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), path.read_text())
    return [
        f"{name_of(path)}:{number} {line.strip()}"
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [STYLE, SCRIPT], ids=["style", "script"])
def test_no_template_has_what_the_content_policy_blocks(pattern: re.Pattern[str]) -> None:
    assert [line for path in templates() for line in lines_with(pattern, path)] == []


@pytest.mark.parametrize(
    ("pattern", "line", "is_inline"),
    [
        (STYLE, '<p style="color: red">', True),
        (STYLE, "<style>", True),
        (STYLE, '<link rel="stylesheet" href="a.css">', False),
        (SCRIPT, "<script>go()</script>", True),
        (SCRIPT, '<button onclick="go()">', True),
        (SCRIPT, '<a href="javascript:go()">', True),
        (SCRIPT, '<script src="a.js" defer></script>', False),
        (SCRIPT, '<script id="points" type="application/json">', False),
    ],
)
def test_inline_style_and_script_are_told_from_files(pattern: re.Pattern[str], line: str, is_inline: bool) -> None:
    assert bool(pattern.search(line)) is is_inline


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_a_lock_file_names_no_host_and_holds_every_wheel_to_a_hash(lock: Path) -> None:
    text = lock.read_text()
    wheels = re.findall(r"^\S+==", text, re.MULTILINE)

    assert not HOST.search(text)
    assert wheels
    assert len(re.findall(r"^\S+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(wheels)


def test_every_room_is_linted_for_types_and_arrows() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    rooms = {room.name for room in ROOMS} - {"tests", "benchmarks"}

    assert rooms <= set(settings["importlinter"]["root_packages"])
    assert rooms <= set(settings["mypy"]["files"])
    assert rooms <= set(settings["ruff"]["lint"]["isort"]["known-first-party"])


def test_a_test_that_commits_puts_back_what_migrations_brought() -> None:
    """Emptied tables lack the six attributes, and a mix of both ways breaks the next test's set-up."""
    committing = re.compile(r"django_db\(transaction=True(?!, serialized_rollback=True)")
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if "journeys" not in path.parts]

    assert [name_of(path) for path in files if committing.search(path.read_text())] == []
