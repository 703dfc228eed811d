"""The list of findings, as one person may see it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dashboard.findings import KINDS, SEVERITIES, Finding, all_findings, in_order
from functions.models import Function
from functions.selectors import Access
from web.filters import FromDayToDay
from web.list_words import lies_in
from web.lists import Column, ListAsked, ListPlan, Shown

ASIDE = "aside"
# What a head can mend, and of it what repeats what customers said.
OF_HEADS = frozenset(("looser", "watermelon", "unheard", "late", "suspect", "unacted", "overdue", "still"))
NO_BREAK = "\N{NON-BREAKING HYPHEN}"


class FindingFilter(django_filters.FilterSet):
    """Asks only; the rows are worked out and narrowed here, not in the database."""

    kind = django_filters.ChoiceFilter(
        choices=[(key, label) for key, (label, _find) in KINDS.items()], label=gettext_lazy("Kind")
    )
    severity = django_filters.TypedChoiceFilter(
        choices=[(int(key), word) for key, word in SEVERITIES.items()], coerce=int, label=gettext_lazy("Severity")
    )
    function = django_filters.ModelChoiceFilter(queryset=Function.objects.all(), label=gettext_lazy("Function"))
    since = FromDayToDay(label=gettext_lazy("Since"))
    state = django_filters.ChoiceFilter(
        choices=[(ASIDE, gettext_lazy("put aside")), ("all", gettext_lazy("all"))],
        label=gettext_lazy("State"),
        empty_label=gettext_lazy("standing"),
    )

    class Meta:
        model = Function
        fields: ClassVar[list[str]] = []


SEVERITY = Column(
    "severity",
    gettext_lazy("Severity"),
    value=lambda row: row.severity.word,
    sort_by=lambda row: (row.severity, row.points or 0.0),
)
KIND = Column("kind", gettext_lazy("Kind"), value=lambda row: row.kind_word)
ABOUT = Column("about", gettext_lazy("Finding"))
FUNCTION = Column("function", gettext_lazy("Function"), hide_narrow=True)
POINTS = Column("points", gettext_lazy("Points"), numeric=True, hide_narrow=True)
SINCE = Column("since", gettext_lazy("Since"), numeric=True, hide_narrow=True)
FIX = Column("fix", gettext_lazy("Next step"), sortable=False)
PLAN = ListPlan(
    name="findings",
    columns=(SEVERITY, ABOUT, FUNCTION, POINTS, SINCE, FIX),
    in_file=(
        SEVERITY,
        KIND,
        Column("about", gettext_lazy("What it is of")),
        Column("said", gettext_lazy("Finding")),
        FUNCTION,
        POINTS,
        SINCE,
        FIX,
        Column("aside", gettext_lazy("Put aside"), value=lambda row: row.aside.reason if row.aside else ""),
        Column("until_on", gettext_lazy("Until"), value=lambda row: row.aside.until_on if row.aside else None),
    ),
    sort="-severity",
    filters=FindingFilter,
    search=("about", "said", "function"),
    page_size=50,
    row_id=lambda row: row.key,
)


@dataclass(frozen=True)
class FindingListPage:
    list: Shown
    standing: Sequence[Finding]
    aside: int

    @property
    def answer(self) -> str:
        """Say how much of the program contradicts itself, of all that stands, whatever the filters leave."""
        if not self.standing:
            return _("Nothing in the program contradicts itself.")
        count, severe = len(self.standing), sum(each.severity == 3 for each in self.standing)
        first = ngettext("%(n)d finding stands", "%(n)d findings stand", count) % {"n": count}
        if not severe:
            return _("%(first)s; none is severe.") % {"first": first}
        worst = self.standing[0]
        return _("%(first)s, %(severe)d of them severe. First: %(about)s.") % {
            "first": first,
            "severe": severe,
            "about": worst.about.replace("-", NO_BREAK),
        }


def findings_for(access: Access, *, today: date) -> list[Finding]:
    """Return what a person can mend: specialists all, heads what is of their functions and has a way for them.

    What customers of whom there are too few said is told to specialists only, and so is what leads there: the points
    of such a requirement, and the day on which somebody was heard.
    """
    found = all_findings(today=today)
    if access.is_specialist:
        return found
    mine = [each for each in found if each.function_id in access.functions and each.kind in OF_HEADS]
    told = [replace(each, points=None, since=None) if each.is_of_few else each for each in mine]
    return in_order(each for each in told if not each.is_private)


def stands(finding: Finding, today: date) -> bool:
    """Whether nobody put it aside, or the day until which that was is over."""
    return finding.aside is None or finding.aside.until_on <= today


def rows_asked_for(asked: ListAsked, access: Access, *, today: date) -> list[Finding]:
    return [each for each in findings_for(access, today=today) if passes(each, asked, today)]


def passes(finding: Finding, asked: ListAsked, today: date) -> bool:
    wanted: dict[str, Any] = {name: asked.value_of(name) for name in ("kind", "severity", "function", "since", "state")}
    text = f"{finding.about} {finding.said} {finding.function}".lower()
    return (
        (wanted["state"] == "all" or stands(finding, today) == (wanted["state"] != ASIDE))
        and wanted["kind"] in (None, "", finding.kind)
        and wanted["severity"] in (None, "", int(finding.severity))
        and (wanted["function"] is None or wanted["function"].pk == finding.function_id)
        and (wanted["since"] is None or lies_in(wanted["since"], finding.since))
        and all(word in text for word in asked.q.lower().split())
    )


def finding_list_page(*, parameters: QueryDict, access: Access, today: date) -> FindingListPage:
    asked = ListAsked(PLAN, parameters)
    found = findings_for(access, today=today)
    standing = [each for each in found if stands(each, today)]
    kept = [each for each in found if passes(each, asked, today)]
    return FindingListPage(asked.show(kept, of=standing), standing, len(found) - len(standing))
