"""How deploy/roll.py goes about a restart; that no request fails is shown in tests/production."""

from pathlib import Path

import pytest

from deploy import roll
from deploy.roll import NotReadyError, Server, mark, servers_in

LIST = "# two\nserver web-a:8000 max_fails=1;\nserver web-b:8000 max_fails=1;\n"


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    file = tmp_path / "upstream.conf"
    file.write_text(LIST)
    return file


def test_a_server_is_out_of_the_list_while_it_restarts_and_back_when_it_is_ready(upstream: Path) -> None:
    seen: list[str] = []
    answers = iter([False, True, True])

    roll.roll(
        upstream,
        reload=lambda: seen.append("reload " + " ".join(line[-5:-1] for line in upstream.read_text().splitlines()[1:])),
        restart=lambda server: seen.append(f"restart {server}"),
        is_ready=lambda server: next(answers),
        drain_seconds=0,
    )

    assert seen == [
        "reload down ls=1", "restart web-a:8000", "reload ls=1 ls=1",
        "reload ls=1 down", "restart web-b:8000", "reload ls=1 ls=1",
    ]  # fmt: skip
    assert upstream.read_text() == LIST


def test_one_that_does_not_come_back_stays_out_and_the_other_is_not_touched(
    upstream: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll, "READY_SECONDS", 0)
    restarted: list[Server] = []

    with pytest.raises(NotReadyError, match="web-a:8000 is not ready"):
        roll.roll(upstream, reload=lambda: None, restart=restarted.append, is_ready=lambda _: False, drain_seconds=0)

    assert restarted == [Server("web-a", "8000")]
    assert upstream.read_text() == LIST.replace("web-a:8000 max_fails=1", "web-a:8000 max_fails=1 down")


def test_marking_twice_changes_nothing_more(upstream: Path) -> None:
    first = servers_in(upstream)[0]
    for _ in range(2):
        mark(upstream, first, down=True)

    assert upstream.read_text().count("down") == 1
