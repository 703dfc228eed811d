"""Searching all words: quotes in context with the hits marked, filters by segment, and the same as a file."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from functions.access import ProgramRequest, specialists_only
from functions.selectors import Access
from interviews.full_text import quote_of, terms_of
from interviews.models import Verbatim
from interviews.word_forms import FoundFilter
from interviews.word_views import WORDS, codes_in_words
from interviews.workbench import MOST_COUNTED, word_rows
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views


def holding(asked: str) -> Q:
    """Return the condition of a search; raises ValidationError where it names no word."""
    terms_of(asked)
    return Q(tokens__holds=asked)


FOUND = ListPlan(
    name="quotes",
    is_about_people=True,
    is_long=True,
    counts_to=MOST_COUNTED,
    columns=(
        Column("words", gettext_lazy("In context"), value=lambda row: row.text, sortable=False),
        Column("codes", gettext_lazy("Codes"), value=codes_in_words, sortable=False, hide_narrow=True),
        Column(
            "customer", gettext_lazy("Customer"), value=lambda row: row.interview.customer.name, sortable=False
        ),
        Column("segment", gettext_lazy("Segment"), value=lambda row: str(row.interview.stratum), sortable=False,
               hide_narrow=True),
        Column("id", gettext_lazy("Recorded"), order_by=("pk",), numeric=True, hide_narrow=True),
    ),
    sort="-id",
    filters=FoundFilter,
    search_whole=holding,
    in_file=WORDS.columns,
)  # fmt: skip


def found_rows(asked: ListAsked, access: Access) -> Any:
    return asked.narrowed(word_rows(access.user_id))


@require_safe
@specialists_only
@with_saved_views(FOUND)
def word_search(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(FOUND, request.GET)
    shown = asked.show(found_rows(asked, request.access), of=Verbatim.objects.all())
    if asked.wants_file:
        return asked.file(shown)
    rows = [(row, quote_of(row.text, asked.q)) for row in shown.page]
    return render(request, "interviews/word_search.html", {"list": shown, "rows": rows, "noun": _("verbatims")})
