"""What a conversation can take up: what this customer said last time, in words, objectives and answers."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from interviews.models import Interview, Objective, Part, Verbatim
from web.templatetags.show import plain

MOST_WORDS, MOST_OBJECTIVES = 4, 4


@dataclass(frozen=True, slots=True)
class Agenda:
    """The last time somebody of this customer was heard; `last` is None where nobody was."""

    last: Interview | None
    words: tuple[Verbatim, ...] = ()
    objectives: tuple[Objective, ...] = ()


def agenda_of(interview: Interview) -> Agenda:
    """Return what was said in the last completed interview of the same customer (1 query, 3 where there is one)."""
    earlier = Interview.objects.filter(customer=interview.customer_id, state=Interview.State.COMPLETED)
    earlier = earlier.exclude(pk=interview.pk).select_related("contact", "round")
    last = earlier.order_by("-held_on", "-pk").first()
    if last is None:
        return Agenda(None)
    words = last.verbatims.order_by("position", "pk")[:MOST_WORDS]
    return Agenda(last, tuple(words), tuple(last.objectives.select_related("product")[:MOST_OBJECTIVES]))


def said_last_time(last: Interview | None, requirement_id: int | None, product_id: int | None) -> list[tuple[str, str]]:
    """Return what the last interview answered to a requirement, in words (1 query); nothing where it said nothing."""
    if last is None or requirement_id is None:
        return []
    answers = last.answers.select_related("scale_version", "importance_scale", "rating_scale")
    answer = answers.filter(requirement=requirement_id, product=product_id).first()
    return in_short(answer) if answer else []


def in_short(answer: Any) -> list[tuple[str, str]]:
    """Return an answer's parts in words; its numbers are exact decimals, which the types of its columns do not say."""
    said = []
    if answer.importance_state == Part.KNOWN:
        scale = answer.importance_scale
        of = _("of %(most)d") % {"most": scale.maximum} if scale else _("points")
        said.append((_("Importance"), f"{plain(answer.importance_original)} {of}"))
    unit = answer.scale_version.get_unit_display() if answer.scale_version else ""
    if answer.required_level is not None:
        said.append((_("Required"), f"{plain(answer.required_level)} {unit}"))
    if answer.perceived_level is not None:
        said.append((_("Perceived"), f"{plain(answer.perceived_level)} {unit}"))
    if answer.perceived_rating is not None and answer.rating_scale:
        most = {"most": answer.rating_scale.maximum}
        said.append((_("Perceived"), f"{answer.perceived_rating} " + _("of %(most)d") % most))
    return said
