"""How single customers stand, many at once: each answer with its two halves, without what explains it."""

from collections import defaultdict
from collections.abc import Collection

from customers.models import Lifecycle
from gap_scores import store
from gap_scores.evidence import all_strata
from gap_scores.levels import NO_LEVELS, kept_levels
from gap_scores.locking import one_snapshot
from gap_scores.models import ProjectionState
from requirements_catalog.models import Requirement
from scoring.ambassadors import Need
from scoring.sums import FELT_UNKNOWN, LedgerRow, LevelEnds


def needs_of_customers(customer_ids: Collection[int]) -> dict[int, list[Need]]:
    """Return what each of these customers needs, and whether it is met and felt (4 queries, and 1 for 15,000 pairs)."""
    with one_snapshot():
        state = ProjectionState.objects.first()
        if state is None or not customer_ids:
            return {}
        ids = list(Requirement.objects.active().filter(merged_into=None).order_by("pk").values_list("pk", flat=True))
        levels, segments = kept_levels(ids), all_strata()
        found: defaultdict[int, list[Need]] = defaultdict(list)
        units = [(customer, requirement) for customer in sorted(customer_ids) for requirement in ids]
        for (customer, requirement), rows in store.ledger_of_units(state.generation, units).items():
            for _key, row in sorted(rows.items()):
                if segments[row.stratum].lifecycle != Lifecycle.INTERNAL:
                    ends = levels.get(requirement, NO_LEVELS).serving(row, segments[row.stratum])
                    found[customer].append(_need(requirement, row, ends))
        return dict(found)


def _need(requirement: int, row: LedgerRow, ends: LevelEnds | None) -> Need:
    return Need(
        requirement=requirement,
        importance=row.a / row.b if row.b else None,
        met=None if ends is None or row.level is None else ends.m <= row.level,
        felt=None if row.felt == FELT_UNKNOWN else bool(row.felt),
    )
