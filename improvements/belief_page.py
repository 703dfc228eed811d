"""The page of one asking: what somebody may see of it depends on whether they were asked and handed in."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from functions.selectors import Access
from improvements.belief_models import BeliefAsking, BeliefSheet
from improvements.belief_selectors import (
    Line,
    RoleLine,
    RoleView,
    asked_people,
    by_role,
    own_lines,
    role_of,
    sheet_of,
)
from improvements.belief_words import gap_words, importance_words, role_sentence, surprise_sentence
from requirements_catalog.models import Requirement


@dataclass(frozen=True)
class BeliefPage:
    asking: BeliefAsking
    access: Access
    today: date

    @property
    def is_over(self) -> bool:
        return self.today > self.asking.closes_on

    @property
    def is_open(self) -> bool:
        return self.asking.opens_on <= self.today <= self.asking.closes_on

    @cached_property
    def sheet(self) -> BeliefSheet | None:
        return sheet_of(self.asking, self.access.user_id)

    @property
    def has_answered(self) -> bool:
        return self.sheet is not None and self.sheet.submitted_at is not None

    @property
    def may_answer(self) -> bool:
        return self.is_open and not self.has_answered and role_of(self.access, self.asking) is not None

    @property
    def may_change(self) -> bool:
        return self.access.is_specialist and not self.is_over

    @cached_property
    def asked(self) -> int:
        return asked_people(self.asking)

    @cached_property
    def lines(self) -> list[tuple[Line, str, str]]:
        """The person's own beliefs beside what customers said; nothing before they were handed in."""
        if self.sheet is None or not self.has_answered:
            return []
        return [(line, importance_words(line.importance), gap_words(line.gap)) for line in own_lines(self.sheet)]

    @property
    def surprise(self) -> str:
        return surprise_sentence([line for line, _important, _gap in self.lines])

    @property
    def sees_roles(self) -> bool:
        """When it is over, those who answered see the means by role, and specialists."""
        return self.is_over and (self.access.is_specialist or self.has_answered)

    @cached_property
    def roles(self) -> list[RoleView]:
        return by_role(self.asking) if self.sees_roles else []

    @property
    def role_sentences(self) -> list[str]:
        return [role_sentence(each) for each in self.roles]

    @cached_property
    def shown_roles(self) -> list[RoleView]:
        return [each for each in self.roles if not each.is_few]

    @cached_property
    def role_rows(self) -> list[tuple[Requirement, list[RoleLine]]]:
        """Each requirement with the line of each role that is shown, in the order of the first role."""
        if not self.shown_roles:
            return []
        found = [{line.requirement.pk: line for line in each.lines} for each in self.shown_roles]
        return [(line.requirement, [each[line.requirement.pk] for each in found]) for line in self.shown_roles[0].lines]

    @property
    def answer(self) -> str:
        if self.lines:
            return self.surprise
        if self.may_answer:
            return "Say what you believe before you look at what customers say"
        if self.sees_roles:
            return f"{self.role_sentences[0]}." if self.roles else "It is over, and nobody answered"
        if self.is_over:
            return "It is over, and you did not answer"
        return f"{self.answered} of {self.asked} who are asked answered"

    @property
    def answered(self) -> int:
        return int(getattr(self.asking, "answered", 0))
