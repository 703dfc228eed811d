"""Whether a person may be told the points of a decision, kept or come true: as today's of the same levels."""

from functions.selectors import Access
from gap_scores.showing import hidden_on
from improvements.initiative_models import InitiativeDecision
from improvements.judging import Judge
from improvements.reading_off import untold_metrics
from improvements.verdict_words import UNTOLD


def may_be_told(decision: InitiativeDecision, judge: Judge, access: Access) -> bool:
    """Return whether nothing of too few customers can be read off, then or now: the initiative may have been expected
    to move other levels since, and of its requirements fewer customers may be heard about."""
    if access.is_specialist:
        return True
    believed = decision.believed
    kept = {each["metric"] for each in believed.get("effects", ())}
    touched = {line["requirement"] for line in believed.get("lines", ())}
    return (
        decision.initiative_id not in judge.untold
        and believed["sentence"] != UNTOLD
        and kept.isdisjoint(untold_metrics(judge.ground, access))
        and touched.isdisjoint(hidden_on(judge.board))
    )
