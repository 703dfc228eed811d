"""The three questions that others ask in the same words everywhere: their scales, standard wording and worded ends.

Sources: Reichheld 2003 (NPS); CSAT as most surveys ask it; Dixon et al. 2013, version 2 (CES).
"""

from collections.abc import Iterable, Mapping

from interviews.guide_models import LoyaltyAnswer
from interviews.guide_script import Wording

Measure = LoyaltyAnswer.Measure
NPS, CSAT, CES = (measure.value for measure in Measure)
SATISFIED_FROM = 4

STANDARD: Mapping[str, Mapping[str, str]] = {
    NPS: {
        "en": "How likely is it that you would recommend us to a friend or colleague?",
        "de": "Wie wahrscheinlich ist es, dass Sie uns Freunden oder Kollegen empfehlen?",
    },
    CSAT: {
        "en": "Overall, how satisfied or dissatisfied are you with us?",
        "de": "Wie zufrieden oder unzufrieden sind Sie insgesamt mit uns?",
    },
    CES: {
        "en": "How far do you agree: you made it easy for me to handle my issue?",
        "de": "Wie weit stimmen Sie zu: Sie haben es mir leicht gemacht, mein Anliegen zu klären?",
    },
}
ENDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    NPS: {
        "en": ("not at all likely", "extremely likely"),
        "de": ("überhaupt nicht wahrscheinlich", "äußerst wahrscheinlich"),
    },
    CSAT: {"en": ("very dissatisfied", "very satisfied"), "de": ("sehr unzufrieden", "sehr zufrieden")},
    CES: {"en": ("strongly disagree", "strongly agree"), "de": ("stimme gar nicht zu", "stimme völlig zu")},
}


def standard_texts(kind: str, languages: Iterable[str]) -> dict[str, Wording]:
    """Return the standard wording of a kind in those of the languages that have one; none of another kind."""
    known = STANDARD.get(kind, {})
    return {code: Wording(known[code]) for code in languages if code in known}


def ends_of(kind: str, language: str) -> tuple[str, str]:
    """Return what the lowest and the highest point say, in English where the language has no words for it."""
    known = ENDS[kind]
    return known.get(language.partition("-")[0], known["en"])


def points_of(kind: str) -> range:
    lowest, highest = LoyaltyAnswer.SCALES[kind]
    return range(lowest, highest + 1)
