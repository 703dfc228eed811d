"""What interviews hold of a contact: told whole; erased but for figures that say nothing about one person alone."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.personal_data import Erasing, Holding, Outlook, Room, register_room, row_of
from interviews.desk_models import UnchosenAnswer
from interviews.full_text import INDEX
from interviews.guide_models import KanoAnswer, LoyaltyAnswer, NothingSaid
from interviews.involvement_models import Involvement
from interviews.loss_models import LossAssessment
from interviews.models import (
    Answer,
    Interview,
    Invitation,
    Objective,
    PersonalLink,
    SecondReading,
    SetAside,
    Verbatim,
)
from interviews.services import OPEN, State
from interviews.transcript_models import Transcript
from interviews.transcripts import read_transcript
from jobs.outbox import cancel_letters
from jobs.services import mark_units

HOLDINGS = (
    Holding(
        "interviews.Interview",
        contact=("external_id", "hand_over_note"),
        user=("handed_over_by_name",),
        other=("country", "source"),
    ),
    Holding("interviews.Answer", nothing="numbers, of a contact by number"),
    Holding("interviews.KanoAnswer", nothing="numbers"),
    Holding("interviews.LoyaltyAnswer", nothing="numbers"),
    Holding("interviews.NothingSaid", nothing="that a question had no answer"),
    Holding("interviews.Guide", nothing="what a guide is called and is for"),
    Holding("interviews.GuideVersion", nothing="languages and states of a guide"),
    Holding("interviews.GuideQuestion", nothing="what we ask"),
    Holding("interviews.GuideQuestion_requirements", nothing="which requirements a question is about"),
    Holding("interviews.QuestionText", nothing="what we ask, in our words"),
    Holding("interviews.WordedChoice", nothing="what can be chosen"),
    Holding("interviews.ChoiceText", nothing="what can be chosen, in our words"),
    Holding("interviews.Objective", contact=("statement", "outcome")),
    Holding("interviews.UnchosenAnswer", contact=("said",), user=("chosen_by_name",), other=("asked", "key", "entry")),
    Holding("interviews.Verbatim", contact=("text", "tokens", "language")),
    Holding(
        "interviews.Transcript",
        contact=("content", "file_name"),
        user=("uploaded_by_name",),
        other=("sha256",),
    ),
    Holding("interviews.TranscriptPlace", contact=("speaker",)),
    Holding("interviews.SetAside", contact=("reason",), user=("coder_name",)),
    Holding("interviews.Coding", user=("coder_name",)),
    Holding("interviews.SecondReading", contact=("note",), user=("resolved_by_name",)),
    Holding("interviews.ReadCode", nothing="a code and where in the words it stands"),
    Holding("interviews.ReadingSample", user=("coder_name", "drawn_by_name")),
    Holding(
        "interviews.LossAssessment",
        contact=("reason_theirs",),
        user=("assessed_by_name",),
        other=("competitor", "reason_ours", "signs"),
    ),
    Holding("interviews.Involvement", user=("noted_by_name",), other=("how",)),
    Holding("interviews.Consolidation", user=("done_by_name",), other=("moved",)),
    Holding("interviews.AlikeVerdict", user=("decided_by_name",), other=("reason", "said")),
    Holding("interviews.LossReason", nothing="a requirement that was not met"),
    Holding("interviews.Invitation", contact=("words",)),
    Holding("interviews.PersonalLink", nothing="the digest of a key, and how long it works"),
    Holding("interviews.RoundLetter", nothing="what we write, in our words"),
    Holding("interviews.Round", nothing="a wave's name and period"),
    Holding("interviews.Round_products", nothing="which products a wave is about"),
    Holding("interviews.SamplingPlan", nothing="how many of which segment"),
    Holding("interviews.StratumTarget", nothing="how many of which segment"),
    Holding("interviews.WeightSet", nothing="how many of which segment, made by which account"),
    Holding("interviews.StratumFactor", nothing="how many of which segment"),
)
# As many others as a figure needs to be shown at all below specialist level.
FEWEST_OTHERS = 5
# A shorter text is what many say.
SHORTEST_WORDS = 12
ROOT = Coalesce("requirement__merged_into_id", "requirement_id")


def interviews_of(contact_id: int) -> QuerySet[Interview]:
    return Interview.objects.filter(contact=contact_id).order_by("held_on", "pk")


def words_of(contact_id: int) -> QuerySet[Verbatim]:
    return Verbatim.objects.filter(interview__contact=contact_id).order_by("interview__held_on", "position", "pk")


# ---- Told


def told(contact_id: int) -> Mapping[str, Any]:
    related = interviews_of(contact_id).select_related("contact", "customer", "stratum", "round", "interviewer")
    answers = Answer.objects.filter(contact=contact_id).select_related(
        "requirement", "product", "importance_scale", "scale_version__requirement", "rating_scale"
    )
    objectives = Objective.objects.filter(interview__contact=contact_id).select_related("product")
    kano = KanoAnswer.objects.filter(interview__contact=contact_id).select_related("requirement", "product")
    loyalty = LoyaltyAnswer.objects.filter(interview__contact=contact_id).select_related("product")
    nothings = NothingSaid.objects.filter(interview__contact=contact_id).select_related("question")
    invitations = Invitation.objects.filter(interview__contact=contact_id).select_related("interview", "invited_by")
    unchosen = UnchosenAnswer.objects.filter(interview__contact=contact_id).select_related("chosen_by")
    return {
        "interviews": [row_of(each, leave_out=("contact",)) for each in related],
        "invitations": [row_of(each) for each in invitations],
        "answers": [row_of(each, leave_out=("contact", "customer", "interview")) | asked_in(each) for each in answers],
        "kano_answers": [row_of(each, leave_out=("interview",)) | asked_in(each) for each in kano],
        "loyalty_answers": [row_of(each, leave_out=("interview",)) | asked_in(each) for each in loyalty],
        "nothings_said": [row_of(each, leave_out=("interview",)) | asked_in(each) for each in nothings],
        "objectives": [row_of(each, leave_out=("interview",)) | asked_in(each) for each in objectives],
        "unchosen_answers": [row_of(each, leave_out=("interview",)) | asked_in(each) for each in unchosen],
        "losses": [row_of(each, leave_out=("contact",)) for each in told_losses(contact_id)],
        "involvements": [row_of(each, leave_out=("contact",)) for each in took_part(contact_id)],
        "words": [told_words(each) for each in words_of(contact_id)],
        "transcripts": [told_transcript(each) for each in transcripts_of(contact_id)],
    }


def transcripts_of(contact_id: int) -> QuerySet[Transcript]:
    return Transcript.objects.filter(interview__contact=contact_id).order_by("pk")


def told_transcript(transcript: Transcript) -> dict[str, Any]:
    """Return a file as what was said in it by whom, and where its verbatims stand."""
    turns = read_transcript(kind=transcript.kind, content=bytes(transcript.content)).turns
    return {
        **row_of(transcript, leave_out=("interview", "content")),
        "interview": transcript.interview_id,
        "turns": [{"speaker": turn.speaker, "at": turn.at, "text": turn.text} for turn in turns],
        "places": [row_of(each, leave_out=("transcript",)) for each in transcript.places.select_related("verbatim")],
    }


def told_losses(contact_id: int) -> QuerySet[LossAssessment]:
    """Return the losses of which this person told us why."""
    return LossAssessment.objects.filter(contact=contact_id).select_related("customer", "assessed_by")


def took_part(contact_id: int) -> QuerySet[Involvement]:
    return Involvement.objects.filter(contact=contact_id).select_related("product", "customer", "noted_by")


def asked_in(
    record: Answer | KanoAnswer | LoyaltyAnswer | NothingSaid | Objective | UnchosenAnswer | Verbatim,
) -> dict[str, Any]:
    return {"interview": record.interview_id}


def told_words(verbatim: Verbatim) -> dict[str, Any]:
    """Return words with what was read in them: by the first reader, and by a second one."""
    codings = verbatim.codings.select_related("requirement", "attribute", "coder")
    readings = verbatim.second_readings.select_related("sample").prefetch_related("codes")
    return {
        **row_of(verbatim, leave_out=("interview", "tokens")),
        **asked_in(verbatim),
        "codings": [row_of(each, leave_out=("verbatim",)) for each in codings],
        "set_aside": [row_of(each, leave_out=("verbatim",)) for each in SetAside.objects.filter(verbatim=verbatim)],
        "second_readings": [
            row_of(each, leave_out=("verbatim",)) | {"codes": [row_of(code) for code in each.codes.all()]}
            for each in readings
        ],
    }


def mentions(contact_id: int) -> Iterable[str]:
    objectives = Objective.objects.filter(interview__contact=contact_id)
    reasons = SetAside.objects.filter(verbatim__interview__contact=contact_id)
    drafts = Invitation.objects.filter(interview__contact=contact_id).values_list("words", flat=True)
    said: tuple[Iterable[str], ...] = (
        [str(text) for words in drafts for text in words.values()],
        words_of(contact_id).values_list("text", flat=True),
        objectives.values_list("statement", flat=True),
        objectives.values_list("outcome", flat=True),
        reasons.values_list("reason", flat=True),
        interviews_of(contact_id).values_list("external_id", flat=True),
        told_losses(contact_id).values_list("reason_theirs", flat=True),
    )
    return [text for texts in said for text in texts if len(text) >= SHORTEST_WORDS]


# ---- Erased


def too_few_others(contact_id: int, kind: type[Answer] | type[KanoAnswer] = Answer) -> set[int]:
    """Return the requirements on which fewer than five others were heard: there a figure is about the person."""
    counted: Any = kind.objects.filter(interview__state=State.COMPLETED).annotate(root=ROOT)
    own = set(counted.filter(interview__contact=contact_id).values_list("root", flat=True))
    others = counted.filter(Q(requirement__in=own) | Q(requirement__merged_into__in=own))
    others = others.exclude(interview__contact=contact_id).order_by().values_list("root")
    heard = dict(others.annotate(Count("interview__contact", distinct=True)))
    return {root for root in own if heard.get(root, 0) < FEWEST_OTHERS}


def erase(erasing: Erasing) -> None:
    """Delete the words and what was read in them, and answers that are about the person alone; mark those scores.

    An interview under way is over: its answers never counted, so they go, too.
    """
    contact_id = erasing.contact_id
    # By id, as whoever completes several does, so that nobody waits in a ring.
    held = list(interviews_of(contact_id).order_by("pk").select_for_update(of=("self",)))
    under_way = [each.pk for each in held if each.state in OPEN]
    Transcript.objects.filter(interview__contact=contact_id).delete()
    words_of(contact_id).order_by().delete()
    Objective.objects.filter(interview__contact=contact_id).delete()
    UnchosenAnswer.objects.filter(interview__contact=contact_id).delete()
    delete_answers(Answer.objects.filter(interview__in=under_way))
    alone = Answer.objects.annotate(root=ROOT).filter(contact=contact_id, root__in=too_few_others(contact_id))
    mark_units(units=set(alone.values_list(Coalesce("customer__merged_into_id", "customer_id"), F("root"))))
    delete_answers(alone)
    delete_kano_answers(contact_id, under_way)
    delete_loyalty_answers(contact_id, under_way)
    NothingSaid.objects.filter(interview__in=under_way).delete()
    Interview.objects.filter(pk__in=under_way).update(state=State.CANCELLED)
    Interview.objects.filter(contact=contact_id).update(
        external_id="", hand_over_note="", is_understood=None, understood_said_on=None
    )
    PersonalLink.objects.filter(invitation__interview__contact=contact_id).delete()
    Invitation.objects.filter(interview__contact=contact_id).update(words={}, may_quote=None, may_quote_said_on=None)
    cancel_letters(recipient=contact_id, now=erasing.at)
    # What our records say, the value and the requirements stay.
    LossAssessment.objects.filter(contact=contact_id).update(contact=None, reason_theirs="")
    Involvement.objects.filter(contact=contact_id).update(contact=None)
    settle_index()


def delete_answers(answers: QuerySet[Answer]) -> None:
    Answer.objects.filter(pk__in=list(answers.values_list("pk", flat=True))).delete()


def delete_kano_answers(contact_id: int, under_way: list[int]) -> None:
    theirs = KanoAnswer.objects.annotate(root=ROOT).filter(interview__contact=contact_id)
    gone = theirs.filter(Q(interview__in=under_way) | Q(root__in=too_few_others(contact_id, KanoAnswer)))
    KanoAnswer.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).delete()


def delete_loyalty_answers(contact_id: int, under_way: list[int]) -> None:
    """Delete what counted nowhere, and what so few others said of the product that it is about the person."""
    theirs = LoyaltyAnswer.objects.filter(interview__contact=contact_id)
    alone = Q(interview__in=under_way)
    for product, measure in set(theirs.values_list("product_id", "measure")):
        same = LoyaltyAnswer.objects.filter(product=product, measure=measure, interview__state=State.COMPLETED)
        others = same.exclude(interview__contact=contact_id).aggregate(n=Count("interview__contact", distinct=True))
        if others["n"] < FEWEST_OTHERS:
            alone |= Q(product=product, measure=measure)
    LoyaltyAnswer.objects.filter(pk__in=list(theirs.filter(alone).values_list("pk", flat=True))).delete()


def settle_index() -> None:
    """Let the full text of SQLite forget: what is deleted stays in its older parts until they are made one."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")  # noqa: S608  # our own name


# ---- Foreseen


def outlook(contact_id: int) -> Outlook:
    said, objectives = words_of(contact_id).count(), Objective.objects.filter(interview__contact=contact_id).count()
    readings = SecondReading.objects.filter(verbatim__interview__contact=contact_id).count()
    under_way = interviews_of(contact_id).filter(state__in=OPEN).count()
    answers = Answer.objects.filter(contact=contact_id, interview__state=State.COMPLETED).annotate(root=ROOT)
    few = too_few_others(contact_id)
    lost = answers.filter(root__in=few).count()
    goes = [
        counted_words(said, objectives, readings, transcripts_of(contact_id).count()),
        ngettext(
            "%(n)d interview that is not held or not finished: it is cancelled, its answers are deleted.",
            "%(n)d interviews that are not held or not finished: they are cancelled, their answers are deleted.",
            under_way,
        ) % {"n": under_way} if under_way else "",
        ngettext(
            "%(n)d answer: fewer than %(few)d others were heard on its requirement, so the figure would be about this "
            "person. Its score is worked out anew.",
            "%(n)d answers: fewer than %(few)d others were heard on their requirements, so the figures would be about "
            "this person. Their scores are worked out anew.",
            lost,
        ) % {"n": lost, "few": FEWEST_OTHERS} if lost else "",
    ]  # fmt: skip
    stays = answers.count() - lost
    kept = ngettext(
        "%(n)d answer as numbers, which leads to nobody: its score stays what it is, to the last bit.",
        "%(n)d answers as numbers, which lead to nobody: their scores stay what they are, to the last bit.",
        stays,
    )
    return Outlook(goes=tuple(filter(None, goes)), stays=(kept % {"n": stays},) if stays else ())


def counted_words(said: int, objectives: int, readings: int, transcripts: int) -> str:
    parts = [
        ngettext("%(n)d verbatim with what was read in it", "%(n)d verbatims with what was read in them", said)
        % {"n": said},
        ngettext("%(n)d objective", "%(n)d objectives", objectives) % {"n": objectives},
        ngettext("%(n)d second reading", "%(n)d second readings", readings) % {"n": readings},
        ngettext("%(n)d transcript", "%(n)d transcripts", transcripts) % {"n": transcripts},
    ]
    there = [part for part, count in zip(parts, (said, objectives, readings, transcripts), strict=True) if count]
    return _("The person's words: %(parts)s.") % {"parts": ", ".join(there)} if there else ""


register_room(Room(name="interviews", holdings=HOLDINGS, told=told, mentions=mentions, outlook=outlook, erase=erase))
