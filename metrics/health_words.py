"""How far a metric can be trusted, in words: the same on its page, in the list, in the file and in the API."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scoring.health import Flaw, FlawKind, Health, Trust, Weight

TRUSTED = {
    Trust.SOUND: gettext_lazy("sound"),
    Trust.CARE: gettext_lazy("with care"),
    Trust.DOUBT: gettext_lazy("doubtful"),
    Trust.NONE: gettext_lazy("no data"),
}
FLAWS = {
    FlawKind.NEVER: gettext_lazy("never measured"),
    FlawKind.LATE: gettext_lazy("late"),
    FlawKind.MISSING: gettext_lazy("missing"),
    FlawKind.DUPLICATED: gettext_lazy("duplicated"),
    FlawKind.OUT_OF_RANGE: gettext_lazy("out of range"),
    FlawKind.CHANGED: gettext_lazy("definition changed"),
    FlawKind.SINGLE_SOURCE: gettext_lazy("single source"),
    FlawKind.INPUT: gettext_lazy("what it is worked out from"),
}
ANSWERS = {
    Trust.SOUND: gettext_lazy("Yes: nothing that was looked at speaks against its measurements."),
    Trust.CARE: gettext_lazy("With care: something speaks against its measurements."),
    Trust.DOUBT: gettext_lazy("Hardly: too much speaks against its measurements."),
    Trust.NONE: gettext_lazy("There is nothing to trust yet: it was never measured."),
}


def _late(flaw: Flaw) -> str:
    return ngettext(
        "Its newest measurement is %(n)d day late.", "Its newest measurement is %(n)d days late.", flaw.count
    ) % {"n": flaw.count}


def _counted(words: Any) -> Callable[[Flaw], str]:
    return lambda flaw: str(words) % {"n": flaw.count, "of": flaw.of}


SENTENCES: dict[FlawKind, Callable[[Flaw], str]] = {
    FlawKind.NEVER: lambda _flaw: _("It was never measured."),
    FlawKind.LATE: _late,
    FlawKind.MISSING: _counted(gettext_lazy("%(n)d of %(of)d periods were not measured.")),
    FlawKind.DUPLICATED: _counted(
        gettext_lazy("%(n)d of %(of)d measurements repeat what another one says of the same period.")
    ),
    FlawKind.OUT_OF_RANGE: _counted(gettext_lazy("%(n)d of %(of)d values lie far outside the others.")),
    FlawKind.CHANGED: _counted(
        gettext_lazy("%(n)d of %(of)d measurements are from before its definition changed for the last time.")
    ),
    FlawKind.SINGLE_SOURCE: _counted(
        gettext_lazy("All come from one source, so that no other one would show what it gets wrong.")
    ),
    FlawKind.INPUT: _counted(
        gettext_lazy("%(n)d of the %(of)d metrics that it is worked out from can be trusted no further.")
    ),
}


def trust_word(health: Health | None) -> str:
    return "" if health is None else str(TRUSTED[health.trust])


def sentence_of(flaw: Flaw) -> str:
    return SENTENCES[flaw.kind](flaw)


def why(health: Health | None) -> str:
    """Return everything that speaks against a metric, in one text."""
    return "" if health is None else " ".join(sentence_of(flaw) for flaw in health.flaws)


def flaw_words(health: Health) -> str:
    """Return what takes trust away, in a word each; remarks are for the metric's own page."""
    return ", ".join(str(FLAWS[flaw.kind]) for flaw in health.flaws if flaw.weight > Weight.REMARK)


def reasons(health: Health | None) -> list[tuple[str, str]]:
    """Return what speaks against a metric: a word and a sentence each, the gravest first."""
    return [] if health is None else [(str(FLAWS[flaw.kind]), sentence_of(flaw)) for flaw in health.flaws]


def looked_at(health: Health) -> str:
    """Say what the judgement rests on."""
    if not health.n:
        return _("No measurement of the last two years.")
    return ngettext(
        "The newest measurement of the last two years: whether it is late, missing, duplicated, out of range, of "
        "an earlier definition, or of a single source.",
        "The newest %(n)d measurements of the last two years: whether they are late, missing, duplicated, out of "
        "range, of an earlier definition, or of a single source.",
        health.n,
    ) % {"n": health.n}
