"""Measures a what-if as a browser and a machine ask for it: a whole request, with all middleware, in one process."""

import json
import random
from collections import defaultdict
from decimal import Decimal
from functools import partial

from django.utils import timezone

from benchmarks.doors import Call, full_doors, person, right
from benchmarks.edits import draw_interview, hours_that_move, record_interview, record_measurement
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import REQUIREMENTS, SEED, World
from functions.selectors import program_day
from gap_scores.boards import forget_boards
from gap_scores.investing import Ground, read_ground
from gap_scores.selectors import read_board
from gap_scores.services import drain_all
from interviews.models import Answer

CALLS, FIRST_CALLS, CHANGES, SETTLING = 60, 3, 25, 5


def main(answers: str) -> None:
    samples: Samples = defaultdict(list)
    world = World(int(answers), program_day(timezone.now()))
    chance, ground = random.Random(SEED), read_ground(read_board())
    with full_doors() as call:
        headers = person()
        for _ in range(FIRST_CALLS):
            forget_boards()
            address = api_of(chance, ground)
            timed(samples, "API, the first one of a process", partial(ask, call, address, headers["api"]))
        kept: Samples = defaultdict(list)
        for turn in range(SETTLING + CHANGES):
            into = samples if turn >= SETTLING else kept
            for change, name in ((an_interview, "an interview"), (a_measurement, "a measurement")):
                change(chance, world)
                drain_all(as_of=timezone.now())
                address = api_of(chance, ground)
                timed(into, f"API, the first one after {name}", partial(ask, call, address, headers["api"]))
        for turn in range(SETTLING + CALLS):
            into = samples if turn >= SETTLING else kept
            for name, address, its in (
                ("API", api_of(chance, ground), headers["api"]),
                (
                    "what a slider asks for",
                    f"/what-if/?{moves(chance, ground)}",
                    {**headers["page"], "HTTP_HX_REQUEST": "true"},
                ),
                ("whole page", f"/what-if/?{moves(chance, ground)}", headers["page"]),
            ):
                timed(into, name, partial(ask, call, address, its))
    print(
        json.dumps(
            {
                "answers": Answer.objects.count(),
                "requirements": len(ground.heard),
                "functions": len(ground.board.functions),
                "measured_at": timezone.now().date().isoformat(),
                "samples": in_ms(samples),
            }
        )
    )


def an_interview(chance: random.Random, world: World) -> None:
    record_interview(draw_interview(chance, world.customers), world.today, marked=True)


def a_measurement(chance: random.Random, world: World) -> None:
    metric = chance.randint(1, REQUIREMENTS)
    record_measurement(metric, hours_that_move(metric, 1), world.today, marked=True)


def ask(call: Call, address: str, headers: dict[str, str]) -> None:
    right(call(address, **headers))


def api_of(chance: random.Random, ground: Ground) -> str:
    return f"/api/v1/what-if/?moves={moves(chance, ground).replace('&', '%26').replace('=', '%3D')}"


def moves(chance: random.Random, ground: Ground) -> str:
    """Return four levels, two supply links, a measuring link and a dot that are moved, others each time.

    None stands as today: what is no move leaves the address of the page.
    """
    levels = [f"m{metric}={chance.randint(1, 40)}.0371" for metric in chance.sample(sorted(ground.lines_of), 4)]
    now = ground.strengths
    links = sorted(now)
    supply = [
        f"s{one}-{two}={chance.choice([by for by in ('0', '0.25', '1') if Decimal(by) != now[one, two]])}"
        for one, two in chance.sample(links, 2)
    ]
    heard = ground.measured
    requirement, product = chance.choice(sorted(pair for pair, metric in heard.items() if metric))
    gone = f"l{requirement}-{product}=0"
    return "&".join([*levels, *supply, gone, f"without={links[chance.randrange(len(links))][0]}"])
