"""A program to run: `python -m tests.production.seed METRICS [MEASURED]` prints who may push, to what, about whom.

So many further requirements are asked about and each measured by a metric of its own.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.core.management import call_command  # noqa: E402  # settings first
from django.utils import timezone  # noqa: E402

from accounts.models import Scope, User  # noqa: E402
from accounts.services import create_token  # noqa: E402
from functions.models import Membership, Program  # noqa: E402
from tests.factories.metrics import MetricFactory  # noqa: E402
from tests.factories.requirements_catalog import RequirementFactory  # noqa: E402
from tests.gap_scores.world import World  # noqa: E402
from tests.production.names import NAME, PASSWORD  # noqa: E402


def seed(metrics: int, measured: int = 0) -> dict[str, Any]:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    Program.objects.create(name="Production")
    world = World(seed=1)
    world.today = timezone.localdate()
    further = [RequirementFactory(owner=world.functions[1], products=world.products, scale={}) for _ in range(measured)]
    for _ in range(4):
        world.interview()
    ids = [world.metric.pk]
    for _ in range(metrics - 1):
        metric = MetricFactory(function=world.functions[0], window_months=2)
        ids.append(metric.pk)
        if len(ids) == 2:
            world.link(metric, world.requirements[2], world.products[1])
        elif further:
            world.link(metric, further.pop(), world.products[0])
    user = User.objects.create_user(NAME, password=PASSWORD)
    Membership.objects.create(user=user, role="administrator")
    token = create_token(user=user, name="machine", scopes=list(Scope.values), now=timezone.now())[1]
    return {
        "token": token,
        "metrics": ids,
        "contacts": [contact.pk for contact in world.contacts],
        "round": world.round.pk,
        "requirements": [[each.pk, world.products[0].pk] for each in world.requirements],
        "scale": world.scale.pk,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(seed(*map(int, sys.argv[1:]))))
