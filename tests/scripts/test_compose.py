"""docker-compose.yml as Compose itself reads it: nothing starts without secrets, and nobody has more than it needs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = Path(sys.executable).parent / "docker-compose"
WANTED = {
    "SECRET_KEY": "canary-key",
    "POSTGRES_PASSWORD": "canary-postgres",
    "REDIS_PASSWORD": "canary-redis",
    "ALLOWED_HOSTS": "quality.example",
    "PUBLIC_BASE_URL": "https://quality.example",
    "TLS_DIR": "./tls",
}
APP = {"web-a", "web-b", "worker", "beat", "migrate"}


def composed(values: dict[str, str]) -> subprocess.CompletedProcess[str]:
    named = {name: value for name, value in os.environ.items() if name not in WANTED}
    command = [str(COMPOSE), "--env-file", "/dev/null", "config", "--format", "json"]
    return subprocess.run(command, cwd=ROOT, env=named | values, text=True, capture_output=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    done = composed(WANTED)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["services"]


@pytest.mark.parametrize("name", WANTED)
def test_what_is_not_set_stops_the_start_with_its_name(name: str) -> None:
    done = composed({other: value for other, value in WANTED.items() if other != name})

    assert done.returncode != 0
    assert f"set {name} in .env" in done.stderr


def test_each_service_is_watched_and_cannot_change_its_own_files(services: dict[str, Any]) -> None:
    assert set(services) == {*APP, "nginx", "postgres", "redis"}
    assert [name for name, service in services.items() if not service.get("read_only")] == []
    assert [name for name, service in services.items() if "no-new-privileges:true" not in service["security_opt"]] == []
    unwatched = {name for name, service in services.items() if "test" not in service.get("healthcheck", {})}
    # One ends at once; the other answers nobody.
    assert unwatched == {"migrate", "beat"}
    assert {name for name in APP if services[name]["cap_drop"] != ["ALL"]} == set()


def test_everybody_waits_for_the_migrations_and_nginx_for_both_web_processes(services: dict[str, Any]) -> None:
    waits = {
        name: {on: how["condition"] for on, how in services[name]["depends_on"].items()} for name in [*APP, "nginx"]
    }
    for name in APP - {"migrate"}:
        assert waits[name]["migrate"] == "service_completed_successfully"
    assert waits["nginx"] == dict.fromkeys(("web-a", "web-b"), "service_healthy")
    upstream = (ROOT / "deploy" / "upstream.conf").read_text()
    assert [f"server {name}:8000" in upstream for name in ("web-a", "web-b")] == [True, True]


def test_only_nginx_can_be_reached_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["nginx"]
    assert {name for name in ("postgres", "redis") if set(services[name]["networks"]) != {"inside"}} == set()


def test_the_database_is_healthy_only_where_the_migrations_reach_it(services: dict[str, Any]) -> None:
    """While it sets up a new volume it answers on its socket, and nowhere else."""
    assert "--host=127.0.0.1" in services["postgres"]["healthcheck"]["test"]


def test_no_stranger_fills_the_memory(services: dict[str, Any]) -> None:
    """A body is taken in whole before anybody asks whose it is."""
    (bodies,) = (each for each in services["nginx"]["volumes"] if each["target"] == "/var/cache/nginx")
    assert bodies["type"] == "volume"
    assert {name for name in APP if services[name]["tmpfs"] != ["/tmp:size=768m"]} == set()


def test_keys_and_what_customers_said_do_not_get_into_the_image() -> None:
    """The folders that docs/operations.md has an operator make beside the code."""
    left_out = set((ROOT / ".dockerignore").read_text().split())

    assert {".env", "var", "backups", "tls", "**/*.pem", "**/*.tar"} <= left_out
    assert {".env", "var/", "backups/", "tls/", "*.pem", "*.tar"} <= set((ROOT / ".gitignore").read_text().split())


def test_nobody_runs_as_root_in_the_image() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER quality"]
    assert lines.index("USER quality") > max(at for at, line in enumerate(lines) if line.startswith("RUN "))
