"""Was enough heard? New codes per interview in the order in which they were held, of all words or of one segment."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from customers.models import Lifecycle
from functions.access import ProgramRequest, specialists_only
from interviews.coding_figures import Heard, heard_in
from interviews.models import Verbatim
from interviews.word_views import WORDS
from web.lists import ListAsked
from web.templatetags.show import percent

MOST_BARS = 60
WIDTH, HEIGHT, FOOT, LEFT = 304, 64, 18, 20
# A bar without new codes is a line on the axis.
GAP = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """New codes of one interview: `x`, `y`, `width`, `height` in units of the drawing; `label`: its number, or ''."""

    x: float
    y: float
    width: float
    height: float
    new: int
    label: str


def bars_of(new: tuple[int, ...]) -> list[Bar]:
    """Return the bars of the first interviews; every fourth is numbered, the last one too."""
    shown = new[:MOST_BARS]
    step = (WIDTH - LEFT) / max(len(shown), 1)
    unit = HEIGHT / max([*shown, 1])
    every = 4 if len(shown) <= 20 else 12
    return [
        Bar(
            round(LEFT + step * index + GAP, 1),
            round(HEIGHT - unit * each, 1),
            round(max(step - 2 * GAP, 1), 1),
            round(unit * each, 1),
            each,
            str(index + 1) if index == 0 or (index + 1) % every == 0 else "",
        )
        for index, each in enumerate(shown)
    ]


@require_safe
@specialists_only
def word_saturation(request: ProgramRequest) -> HttpResponse:
    asked = ListAsked(WORDS, request.GET)
    words = Verbatim.objects.all()
    heard = heard_in(asked.narrowed(words))
    by_lifecycle = [
        (value, label, heard_in(words.filter(interview__stratum__lifecycle=value)))
        for value, label in Lifecycle.choices
        if not request.htmx  # type: ignore[attr-defined]  # HtmxMiddleware adds it; the panel shows one segment only
    ]
    context: dict[str, Any] = {
        "asked": asked,
        "heard": heard,
        "bars": bars_of(heard.new),
        "most": max([*heard.new[:MOST_BARS], 1]),
        "is_cut": heard.is_cut or len(heard.new) > MOST_BARS,
        "by_lifecycle": [row for row in by_lifecycle if row[2].interviews],
        "answer": answer_of(heard),
    }
    part = "#figure" if request.htmx else ""  # type: ignore[attr-defined]
    return render(request, f"interviews/saturation.html{part}", context)


def answer_of(heard: Heard) -> str:
    if not heard.interviews:
        return _("No interview here has coded words yet.")
    if heard.is_too_few:
        few = ngettext(
            "%(n)d interview is too few to say whether enough was heard.",
            "%(n)d interviews are too few to say whether enough was heard.",
            heard.interviews,
        )
        return few % {"n": heard.interviews}
    if heard.typical.at is None:
        return _("Not enough was heard: new interviews still bring new codes.")
    # Common codes come early, rare ones do not: one figure without the other would say that it is over.
    said = _("Common codes are heard after about %(at)d interviews; about %(unsaid)s of what is said is still unsaid.")
    return said % {"at": heard.typical.at, "unsaid": percent(heard.unseen)}
