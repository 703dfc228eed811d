"""The desk of an interview whose round has a guide: its questions in order, and the form of the one in hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from interviews.desk_services import version_of_reply
from interviews.guide_forms import NAMES
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_script import LOYALTY, AskedQuestion, Kind, Reply, questions_for
from interviews.guide_selectors import questions_of_version, replies_of, script_from
from interviews.guided_forms import FEELINGS, AskedHere, form_for
from interviews.loyalty_words import points_of
from interviews.models import Interview, Part
from interviews.selectors import Progress, answers_of_interview, in_hand, place_in, scales
from web.once import new_key


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the list at the side."""

    asked: AskedQuestion
    progress: Progress

    @property
    def key(self) -> str:
        return self.asked.key


@dataclass(frozen=True, slots=True)
class GuidedDesk:
    """What is asked of one interview in one language, as its answers stand now."""

    interview: Interview
    version: GuideVersion
    language: str
    records: Mapping[str, GuideQuestion]
    shown: tuple[AskedQuestion, ...]
    replies: Mapping[str, Reply]

    @classmethod
    def of(
        cls, interview: Interview, version: GuideVersion, language: str = "", *, drafted: Collection[str] = ()
    ) -> "GuidedDesk":
        """Read the guide and the answers (about 12 queries); no language: that of the contact.

        `drafted`: keys of the questions to which words are kept that were not sent yet.
        """
        questions = questions_of_version(version)
        script = script_from(version, questions)
        spoken = language if language in script.languages else interview.contact.language
        replies = replies_of(interview, script) | dict.fromkeys(drafted, Reply(Part.KNOWN))
        shown = questions_for(script, spoken or version.default_language, replies)
        return cls(interview, version, spoken, {each.key: each for each in questions}, tuple(shown), replies)

    @property
    def rows(self) -> list[Row]:
        return [Row(each, self.progress_of(each.key)) for each in self.shown]

    def progress_of(self, key: str) -> Progress:
        reply = self.replies.get(key)
        return Progress.OPEN if reply is None or reply.state == Part.NOT_ASKED else Progress.ANSWERED

    def chosen(self, key: str) -> AskedQuestion | None:
        """Return the question that the address names, else the first open one, else the first."""
        row = in_hand(self.rows, key)
        return row.asked if row else None

    def named(self, key: str) -> AskedQuestion:
        """Return a question that is shown now; what is not asked, or not any more, does not exist here."""
        found = next((each for each in self.shown if each.key == key), None)
        if found is None:
            raise Http404
        return found

    def here(self, asked: AskedQuestion) -> AskedHere:
        question = self.records[asked.key]
        answers = {
            each.requirement_id: each
            for each in answers_of_interview(self.interview)
            if each.product_id == question.product_id
        }
        kano = self.interview.kano_answers.filter(requirement=question.requirement_id, product=question.product_id)
        reply = self.replies.get(asked.key)
        return AskedHere(
            asked=asked,
            question=question,
            answers=answers,
            kano=kano.first() if question.kind == Kind.KANO else None,
            nothing=reply.state if reply and reply.state != Part.KNOWN else None,
            scales=scales(),
            rating=int(reply.value) if reply and reply.value is not None and question.kind in LOYALTY else None,
        )

    def form(self, asked: AskedQuestion, data: Any = None) -> Any:
        return form_for(self.here(asked), data, uniqueness=self.uniqueness(asked))

    def uniqueness(self, asked: AskedQuestion) -> str:
        if asked.kind != Kind.UNIQUENESS:
            return ""
        uses = self.interview.customer.product_uses.filter(product=asked.question.product_id).exclude(uniqueness="")
        return uses.values_list("uniqueness", flat=True).first() or ""

    def context(self, current: AskedQuestion | None) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        rows = self.rows
        codes = self.version.languages
        place = place_in(rows, current.key if current else "")
        number = place["number"]
        return {
            "interview": self.interview,
            "version": self.version,
            "rows": rows,
            "current": current,
            "record": self.records[current.key] if current else None,
            **place,
            "needed": sum(row.asked.is_required and row.progress is Progress.OPEN for row in rows),
            "languages": [(code, NAMES.get(code, code)) for code in codes] if len(codes) > 1 else [],
            "language": current.language if current else self.language,
            "is_said": bool(current and self.progress_of(current.key) is not Progress.OPEN),
            "kept": self.kept(current) if current else [],
            "made_on": version_of_reply(self.interview, self.records[current.key]) if current else "",
            "entry": new_key(),
            "label": f"{number}. {current.text}" if current else "",
        }

    def kept(self, current: AskedQuestion) -> list[str]:
        """Return the words that were said to this question so far."""
        pk = current.question.id
        if current.kind == Kind.OPEN:
            return list(self.interview.verbatims.filter(question=pk).values_list("text", flat=True))
        if current.kind == Kind.OBJECTIVE:
            rows = self.interview.objectives.filter(question=pk).values_list("statement", "outcome")
            return [f"{statement}: {outcome}" if outcome else statement for statement, outcome in rows]
        return []


def said_to_guide(interview: Interview) -> list[tuple[str, str]]:
    """Return feelings about requirements, NPS, CSAT and CES, and the questions in words to which nothing was said."""
    found = []
    feelings = {int(value): label for value, label in FEELINGS}
    for each in interview.kano_answers.select_related("requirement"):
        said = str(Part(each.state).label)
        if each.functional and each.dysfunctional:
            words = {"met": feelings[each.functional], "not_met": feelings[each.dysfunctional]}
            said = _("if it is met: %(met)s; if it is not met: %(not_met)s") % words
        found.append((str(each.requirement), said))
    for loyal in interview.loyalty_answers.select_related("product"):
        highest = points_of(loyal.measure)[-1]
        said = (
            _("%(rating)d of %(highest)d") % {"rating": loyal.rating, "highest": highest}
            if (loyal.rating is not None)
            else str(Part(loyal.state).label)
        )
        found.append((f"{loyal.get_measure_display()}, {loyal.product}", said))
    texts = interview.nothings_said.prefetch_related("question__texts").select_related("question")
    return found + [(first_text(each.question), str(Part(each.state).label)) for each in texts]


def first_text(question: GuideQuestion) -> str:
    return next((each.text for each in question.texts.all()), question.key)
