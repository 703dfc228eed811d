"""Measures a what-if as a browser and a machine ask for it: a whole request, with all middleware, in one process."""

import json
import random
from collections import defaultdict
from typing import Any

from django.utils import timezone

from benchmarks.doors import full_doors, person, right
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import REQUIREMENTS, SEED
from functions.models import SupplyLink
from gap_scores.boards import forget_boards
from gap_scores.investing import read_ground
from gap_scores.selectors import read_board
from interviews.models import Answer
from metrics.models import MetricLink

CALLS, FIRST_CALLS, SETTLING = 60, 3, 5


def main() -> None:
    samples: Samples = defaultdict(list)
    chance = random.Random(SEED)
    with full_doors() as call:
        headers = person()
        for _ in range(FIRST_CALLS):
            # As after every drain: the board and all stated levels are read anew.
            forget_boards()
            timed(samples, "first one after a change of scores", lambda: right(call(api_of(chance), **headers["api"])))
        kept: Samples = defaultdict(list)
        for turn in range(SETTLING + CALLS):
            into = samples if turn >= SETTLING else kept
            for name, address, its in (
                ("API", api_of(chance), headers["api"]),
                (
                    "what a slider asks for",
                    f"/what-if/?{moves(chance)}",
                    {**headers["page"], "HTTP_HX_REQUEST": "true"},
                ),
                ("whole page", f"/what-if/?{moves(chance)}", headers["page"]),
            ):
                timed(into, name, lambda address=address, its=its: right(call(address, **its)))
    ground = read_ground(read_board())
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


def api_of(chance: random.Random) -> str:
    return f"/api/v1/what-if/?moves={moves(chance).replace('&', '%26').replace('=', '%3D')}"


def moves(chance: random.Random) -> str:
    """Return four levels, two supply links, a measuring link and a dot that are moved, others each time."""
    levels = [f"m{metric}={chance.randint(1, 40)}" for metric in chance.sample(range(1, REQUIREMENTS + 1), 4)]
    links: list[Any] = list(SupplyLink.objects.order_by("pk").values_list("supplier_id", "supplied_id")[:200])
    supply = [f"s{one}-{two}={chance.choice(('0', '0.25', '1'))}" for one, two in chance.sample(links, 2)]
    measuring = MetricLink.objects.filter(role="measures").order_by("pk")[chance.randrange(REQUIREMENTS)]
    gone = f"l{measuring.requirement_id}-{measuring.product_id}=0"
    return "&".join([*levels, *supply, gone, f"without={links[chance.randrange(len(links))][0]}"])
