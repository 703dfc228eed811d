"""The codes that a desk does not draw: found by typing, and all of them on a page of their own."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from functions.access import ProgramRequest, specialists_only
from interviews.readings import reading_of
from interviews.word_views import LONGEST_ADDRESS
from interviews.workbench import MOST_DRAWN, beyond, codebook, holding, word_rows
from web.forms import id_in

LONGEST_ASKED = 100


@require_safe
@specialists_only
def word_codes(request: ProgramRequest) -> HttpResponse:
    """Show all codes, to be taken for the words in hand; to htmx what a desk lacks: what was typed, or the rules."""
    asked, book = request.GET.get("q", "").strip()[:LONGEST_ASKED], codebook()
    in_hand = in_hand_of(request)
    context: dict[str, Any] = {"asked": asked, "is_blind": "reading" in request.GET, **in_hand}
    if not request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        return render(request, "interviews/codes.html", {"book": holding(book, asked), **context})
    if "q" not in request.GET:
        return render(request, "interviews/codes.html#rules", {"book": book})
    found = beyond(book, asked) if asked else []
    context |= {"found": found[:MOST_DRAWN], "more": max(len(found) - MOST_DRAWN, 0)}
    return render(request, "interviews/codes.html#found", context)


def in_hand_of(request: ProgramRequest) -> dict[str, Any]:
    """Return the words that the address names and where their code is taken; those of a reading for its reader only."""
    user, asked = request.access.user_id or 0, request.GET
    back = QueryDict(asked.get("back", "")[:LONGEST_ADDRESS]).urlencode()
    reading = reading_of(user, named(asked, "reading"))
    if reading is not None:
        desk_url = reverse("word_reading", args=[reading.pk])
        take_url = reverse("word_reading_code", args=[reading.pk])
        return {"words": reading.verbatim, "take_url": take_url, "desk_url": desk_url, "back": ""}
    words = word_rows(user).filter(pk=named(asked, "v")).first()
    desk_url = f"{reverse('word_list')}?{back}"
    take_url = reverse("word_code", args=[words.pk]) if words else ""
    return {"words": words, "take_url": take_url, "desk_url": desk_url, "back": back}


def named(asked: QueryDict, name: str) -> int:
    """Return the id in an address, 0 where there is none."""
    return id_in(asked.get(name, ""))
