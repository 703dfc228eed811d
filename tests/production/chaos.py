"""Faults, one after the other, while machines push, record interviews and read: `make chaos` (FAULTS=100 SEED=1 ...).

The plan follows from the seed, so a run can be replayed; what the machines are told is kept in ledgers of theirs. In
the end every acknowledged measurement and interview must be there once, nothing that nobody sent, and every score bit
for bit what the evidence gives.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import psycopg2
import redis

from tests.production.arrangement import Part, Production, running
from tests.production.ledger import (
    Interviewer,
    Pusher,
    Reader,
    Said,
    Sender,
    differences_in_interviews,
    differences_in_measurements,
)
from tests.waiting import wait_until

PAUSE = 0.3
QUIET_SECONDS = 60.0
# Interviews and pages without which a run would show nothing, however busy the machine is.
LEAST = 20
Fault = Callable[["Chaos"], None]


@dataclass
class Chaos:
    """What a fault may touch, and the chance that decides which."""

    production: Production
    chance: random.Random
    timers: list[threading.Timer] = field(default_factory=list)

    def one_of(self, parts: list[Part]) -> Part:
        return self.chance.choice(parts)

    def stop_for(self, pid: int, seconds: float) -> None:
        """Freeze a process; it thaws when its time is over, whatever happens meanwhile."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        self.later(seconds, lambda: thaw(pid))

    def backends(self) -> list[int]:
        rows = self.production.query(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() ORDER BY pid"
        )
        return [row[0] for row in rows]

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """By a clock of its own: what is frozen must not wait for somebody who waits for it."""
        timer = threading.Timer(seconds, act)
        timer.start()
        self.timers.append(timer)

    def revive(self) -> None:
        """Start again what has ended, as Compose or systemd does."""
        for part in self.production.parts:
            if not part.is_alive:
                part.kill()
                part.start()


def thaw(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def kill_worker(chaos: Chaos) -> None:
    chaos.one_of(chaos.production.workers).kill()


def kill_worker_child(chaos: Chaos) -> None:
    kill_child(chaos.one_of(chaos.production.workers))


def end_worker(chaos: Chaos) -> None:
    chaos.one_of(chaos.production.workers).send(signal.SIGTERM)


def freeze_worker(chaos: Chaos) -> None:
    chaos.stop_for(chaos.one_of(chaos.production.workers).pid, 1.5)


def kill_web(chaos: Chaos) -> None:
    chaos.one_of(chaos.production.webs).kill()


def kill_web_child(chaos: Chaos) -> None:
    kill_child(chaos.one_of(chaos.production.webs))


def end_web(chaos: Chaos) -> None:
    chaos.one_of(chaos.production.webs).send(signal.SIGTERM)


def freeze_web_child(chaos: Chaos) -> None:
    for pid in chaos.one_of(chaos.production.webs).children()[:1]:
        chaos.stop_for(pid, 1.0)


def kill_child(part: Part) -> None:
    for pid in part.children()[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_beat(chaos: Chaos) -> None:
    chaos.production.beat.kill()


def reload_proxy(chaos: Chaos) -> None:
    chaos.production.reload_nginx()


def flush_broker(chaos: Chaos) -> None:
    # One that is frozen hears nothing.
    with contextlib.suppress(OSError):
        chaos.production.redis.flush()


def crash_broker(chaos: Chaos) -> None:
    chaos.production.redis.stop(signal.SIGKILL)
    chaos.production.redis.start()


def freeze_broker(chaos: Chaos) -> None:
    chaos.stop_for(chaos.production.redis.pid, 1.5)


def fill_broker(chaos: Chaos) -> None:
    """Let it have no room for anything more, as a limit of memory does."""
    limit_broker(chaos, "1kb")
    chaos.later(1.5, lambda: limit_broker(chaos, "0"))


def limit_broker(chaos: Chaos, size: str) -> None:
    with contextlib.suppress(redis.RedisError), broker(chaos) as client:
        client.config_set("maxmemory", size)


def cut_broker(chaos: Chaos) -> None:
    with contextlib.suppress(redis.RedisError), broker(chaos) as client:
        client.client_kill_filter(_type="normal", skipme=True)


def task_of_another_release(chaos: Chaos) -> None:
    """A task that this release does not know, and one that it knows with an argument that it does not."""
    ring(chaos, "gap_scores.tasks.of_the_next_release")
    ring(chaos, "gap_scores.tasks.drain", new_argument=1)


def drain_many_times(chaos: Chaos) -> None:
    for _ in range(20):
        ring(chaos, "gap_scores.tasks.drain")


def ring(chaos: Chaos, task: str, **arguments: Any) -> None:
    threading.Thread(target=chaos.production.send_task, args=[task], kwargs=arguments, daemon=True).start()


def cut_database(chaos: Chaos) -> None:
    chaos.production.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def kill_backend(chaos: Chaos) -> None:
    """The server takes one killed backend for damage: it cuts all others and recovers."""
    for pid in chaos.backends()[:1]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def crash_database(chaos: Chaos) -> None:
    chaos.production.postgres.stop(signal.SIGQUIT)
    chaos.production.postgres.start()


def freeze_backend(chaos: Chaos) -> None:
    if pids := chaos.backends():
        chaos.stop_for(chaos.chance.choice(pids), 1.5)


def hold_table(chaos: Chaos) -> None:
    """Longer than a page waits for a lock: pushes are told to come again."""
    hold(chaos, "LOCK TABLE metrics_measurement IN ACCESS EXCLUSIVE MODE", 2.5)


def hold_scores(chaos: Chaos) -> None:
    """Keep every drain away for a moment."""
    hold(chaos, "SELECT pg_advisory_xact_lock(815001)", 1.5)


def hold(chaos: Chaos, statement: str, seconds: float) -> None:
    connection = psycopg2.connect(chaos.production.postgres.url, connect_timeout=2)

    def let_go() -> None:
        with contextlib.suppress(psycopg2.Error):
            connection.close()

    with contextlib.suppress(psycopg2.Error), connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
        cursor.execute(statement)
    chaos.later(seconds, let_go)


def broker(chaos: Chaos) -> Any:
    return redis.Redis.from_url(chaos.production.redis.url, socket_timeout=1, socket_connect_timeout=1)


# What takes seconds to come back is rarer, or nothing would ever run.
FAULTS: dict[Fault, int] = {
    kill_worker: 2, kill_worker_child: 4, end_worker: 1, freeze_worker: 5, kill_web: 2, kill_web_child: 4, end_web: 1,
    freeze_web_child: 5, kill_beat: 1, reload_proxy: 3, flush_broker: 8, crash_broker: 5, freeze_broker: 5,
    cut_broker: 8, fill_broker: 4, task_of_another_release: 5, drain_many_times: 8, cut_database: 10, kill_backend: 5,
    crash_database: 3, freeze_backend: 6, hold_table: 4, hold_scores: 5,
}  # fmt: skip


def plan_of(seed: int, faults: int) -> list[tuple[Fault, int]]:
    """Return the faults of a seed, each with a seed of its own, so that a slow machine changes none of them."""
    chance = random.Random(seed)
    kinds = chance.choices(list(FAULTS), list(FAULTS.values()), k=faults)
    return [(kind, chance.randrange(1 << 30)) for kind in kinds]


@dataclass
class Outcome:
    """What a run did, and what was wrong in the end."""

    done: Counter[str]
    answers: Counter[str]
    pages: Counter[str]
    measurements: int
    interviews: int
    quiet_seconds: float
    wrong: list[str]


def run(production: Production, *, seed: int, faults: int, batch: int, rows: int = 0, pushers: int = 3) -> Outcome:
    """Do the faults of a seed while the deployment is used, and go on until so many rows were acknowledged."""
    machines = [Pusher(production, f"chaos{seed}-{at}", batch=batch, seed=seed + at) for at in range(pushers)]
    interviewers = [Interviewer(production, f"chaos{seed}-talk{at}", seed=seed + at) for at in range(2)]
    reader = Reader(production, f"chaos{seed}-read", seed=seed)
    clients: list[Sender] = [*machines, *interviewers, reader]
    chaos, done, wrong = Chaos(production, random.Random(seed)), Counter[str](), []
    with using(clients, chaos):
        for kind, its_seed in plan_of(seed, faults):
            chaos.chance.seed(its_seed)
            # A fault may find the database away by the one before: it happened all the same.
            with contextlib.suppress(psycopg2.Error):
                kind(chaos)
            done[kind.__name__] += 1
            time.sleep(PAUSE)
            chaos.revive()
        while not (
            sum(len(machine.acknowledged) for machine in machines) >= rows
            and sum(len(each.acknowledged) for each in interviewers) >= LEAST
            and reader.answers["200"] >= LEAST
        ):
            chaos.revive()
            time.sleep(1)
    started = time.monotonic()
    wrong += [f"{client.name} got no answer in the end" for client in clients if client.is_alive()]
    if not wait_until(lambda: is_whole(production), QUIET_SECONDS, pause=0.2):
        wrong.append("it did not come to rest")
    quiet = time.monotonic() - started
    acknowledged = {key: value for machine in machines for key, value in machine.acknowledged.items()}
    wrong += [each for client in clients for each in client.unexpected]
    interviews = {key: said for each in interviewers for key, said in each.acknowledged.items()}
    wrong += differences(production, acknowledged, seed, interviews)
    answers = sum((client.answers for client in clients if client is not reader), Counter[str]())
    return Outcome(
        done, answers, reader.answers, len(acknowledged), len(interviews), quiet, wrong
    )  # fmt: skip


@contextlib.contextmanager
def using(clients: list[Sender], chaos: Chaos) -> Iterator[None]:
    """Let the clients work meanwhile; afterwards everything thaws and lives, and they end with what they are at."""
    for client in clients:
        client.start()
    try:
        yield
    finally:
        for timer in chaos.timers:
            timer.join()
        chaos.revive()
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(QUIET_SECONDS)


def is_whole(production: Production) -> bool:
    try:
        return production.is_up() and production.is_drained()
    except psycopg2.Error:
        return False


def differences(
    production: Production,
    measurements: Mapping[str, int],
    seed: int,
    interviews: Mapping[str, Said] = MappingProxyType({}),
) -> list[str]:
    """Compare the ledgers with what is stored, and the scores with the evidence."""
    wrong = differences_in_measurements(production, measurements, f"chaos{seed}")
    wrong += differences_in_interviews(production, interviews, f"chaos{seed}")
    said = production.run("manage.py", "rebuild_scores", "--verify", check=False)
    return wrong if "bit for bit" in said else [*wrong, said]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--batch", type=int, default=20, help="measurements in one push")
    parser.add_argument("--rows", type=int, default=0, help="push on until so many are acknowledged")
    parser.add_argument("--metrics", type=int, default=12)
    options = parser.parse_args()
    sys.stdout.write(f"SEED={options.seed} FAULTS={options.faults} BATCH={options.batch}\n")
    started = time.monotonic()
    with running(metrics=options.metrics) as production:
        outcome = run(production, seed=options.seed, faults=options.faults, batch=options.batch, rows=options.rows)
        if outcome.wrong:
            sys.stdout.write(production.said()[-20_000:])
    sys.stdout.write(
        f"{sum(outcome.done.values())} faults of {len(outcome.done)} kinds in {time.monotonic() - started:.0f} s: "
        f"{dict(outcome.done)}\n{outcome.measurements} measurements and {outcome.interviews} interviews acknowledged, "
        f"answers {dict(outcome.answers)}, pages {dict(outcome.pages)}, quiet after {outcome.quiet_seconds:.1f} s\n"
        + "".join(f"WRONG: {each}\n" for each in outcome.wrong[:50])
    )
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
