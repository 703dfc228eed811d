"""What stops a start says so in one sentence, with the way out."""

import os
import subprocess
from pathlib import Path

import pytest

from scripts import prepare


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy with one lock file and a virtual environment without any program in it."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    file = tmp_path / "requirements" / "base.lock"
    file.write_text("nothing==1.0\n")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "VENV", tmp_path / ".venv")
    return file


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_an_old_python_is_named_with_the_one_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.sys, "version_info", (3, 9))

    with pytest.raises(prepare.PreparationError, match=r"^Python 3\.9 is too old: 3\.11 or newer.*make PYTHON=\.\.\.$"):
        prepare.prepare("run")


def test_packages_that_only_root_can_install_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)

    with pytest.raises(prepare.PreparationError) as error:
        prepare.install_packages(["postgresql", "chromium"])

    assert str(error.value) == (
        "Missing: postgresql, chromium. As root: apt-get update && "
        "apt-get install -y --no-install-recommends postgresql chromium"
    )


def test_what_is_on_the_path_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    monkeypatch.setattr(prepare, "has_venv_module", lambda: True)

    assert prepare.missing_packages("test") == []


def test_each_missing_program_is_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare.shutil, "which", lambda name, path=None: None)
    monkeypatch.setattr(prepare, "has_venv_module", lambda: False)
    monkeypatch.setattr(prepare, "POSTGRES_BINARIES", "/nowhere")

    assert prepare.missing_packages("run") == ["python3-venv"]
    assert prepare.missing_packages("test") == ["python3-venv", "postgresql", "redis-server", "chromium", "nginx"]


def test_pip_is_asked_where_uv_fails_and_neither_is_heard_when_one_succeeds(
    lock: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program(prepare.VENV / "bin" / "uv", "echo 'uv: no such version' >&2; exit 1")
    program(prepare.VENV / "bin" / "python", "echo 'WARNING: an index lacks it' >&2; exit 0")

    prepare.install_wheels("base")

    assert capfd.readouterr().out == "Installing the wheels of requirements/base.lock\n"
    assert (prepare.VENV / "installed-base").read_text() == prepare.stamp_of("base")


def test_both_are_heard_when_neither_succeeds(lock: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program(prepare.VENV / "bin" / "uv", "echo 'uv: no such version' >&2; exit 1")
    program(prepare.VENV / "bin" / "python", "echo 'pip: no network' >&2; exit 1")

    with pytest.raises(prepare.PreparationError, match=r"^The wheels could not be installed \(above\)\. Check"):
        prepare.install_wheels("base")

    said = capfd.readouterr().out
    assert "uv: no such version" in said
    assert "pip: no network" in said
    assert not (prepare.VENV / "installed-base").exists()


def test_wheels_that_are_there_are_not_installed_again(lock: Path) -> None:
    (prepare.VENV / "installed-base").write_text(prepare.stamp_of("base"))

    prepare.install_wheels("base")  # there is no uv and no pip that could


def test_uv_takes_a_wheel_from_whichever_index_has_it(lock: Path) -> None:
    program(prepare.VENV / "bin" / "python", "exit 1")
    program(prepare.VENV / "bin" / "uv", 'echo "$UV_INDEX_STRATEGY"')

    assert prepare.by_uv(str(lock)).stdout == "unsafe-best-match\n"


def test_make_lists_its_commands() -> None:
    root = Path(__file__).resolve().parents[2]
    # Asked by `make test`, it would be a make inside a make, which says where it goes.
    alone = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    said = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True, env=alone).stdout

    commands = [line.split()[1] for line in said.splitlines()]
    assert commands[:7] == ["help", "run", "test", "check", "chaos", "fuzz", "bench"]
