"""A management review: what it has before it, what was noted and decided, and the text that is frozen of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dashboard.report_writing import article_from
from dashboard.review_sections import Inputs, Section, how_far, sections_of
from functions.models import Program
from functions.selectors import Access
from improvements.action_models import Action
from improvements.review_models import Review, ReviewDecision
from improvements.reviews import actions_of_decisions, decisions_of, notes_of


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision, how far it is, and the actions that came of it and that this person may open."""

    decision: ReviewDecision
    actions: Sequence[Action]
    far: str
    is_acted_on: bool


@dataclass(frozen=True)
class ReviewPage:
    review: Review
    access: Access
    program: Program | None
    today: date

    @cached_property
    def inputs(self) -> Inputs:
        return Inputs(self.review, self.program, self.today)

    @cached_property
    def sections(self) -> list[Section]:
        return sections_of(self.inputs)

    @property
    def answer(self) -> str:
        """What the circle of the kept day says, which is what a review is about."""
        return self.inputs.circle.answer

    @cached_property
    def decisions(self) -> list[DecisionLine]:
        rows = decisions_of(self.review)
        ids = [each.pk for each in rows]
        # How far it is everybody reads in the next review; which action it is, only who may open it.
        every, own = actions_of_decisions(ids), actions_of_decisions(ids, self.access)
        return [
            DecisionLine(each, own.get(each.pk, ()), how_far(every.get(each.pk, ()), self.today), each.pk in every)
            for each in rows
        ]

    @property
    def may_act(self) -> bool:
        return self.access.is_specialist or bool(self.access.functions)


def draw_review(review: Review, *, program: Program | None, today: date) -> str:
    """Return the text of a review as every member may read it, as it stands now."""
    inputs = Inputs(review, program, today)
    notes, decisions = notes_of(review), decisions_of(review)
    said = {
        "review": review, "snapshot": inputs.snapshot, "program": program, "answer": inputs.circle.answer,
        "sections": [(each, notes.get(each.key, "")) for each in sections_of(inputs)],
        "decisions": decisions, "today": today,
    }  # fmt: skip
    return article_from("reports/review.html", said)
