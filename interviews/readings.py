"""Reading second readings: the samples, what one person is to read, and what is hidden from that person until then."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from interviews.models import ReadCode, ReadingSample, SecondReading, Verbatim

State = SecondReading.State


def samples() -> QuerySet[ReadingSample]:
    """Return the samples with how many words each has, how many are read, and how many wait to be decided."""
    return ReadingSample.objects.annotate(
        size=Count("readings"),
        done=Count("readings", filter=~Q(readings__state=State.OPEN)),
        differing=Count("readings", filter=Q(readings__state=State.DIFFERS)),
    )


def open_readings_of(user_id: int) -> QuerySet[SecondReading]:
    return SecondReading.objects.filter(state=State.OPEN, sample__coder=user_id)


def my_open_readings(user_id: int) -> list[SecondReading]:
    """Return what a person is still to read, in the order in which it was drawn (1 query)."""
    return list(open_readings_of(user_id).select_related("verbatim").order_by("sample_id", "pk"))


def reading_of(user_id: int, pk: int) -> SecondReading | None:
    mine = SecondReading.objects.filter(sample__coder=user_id, pk=pk)
    return mine.select_related("verbatim__interview__stratum", "sample").first()


def hidden_from(user_id: int | None) -> QuerySet[Any]:
    """Return the ids of words whose codes this person must not see yet, because they are to be read blind."""
    return open_readings_of(user_id or 0).order_by().values("verbatim")


def hidden_from_some() -> QuerySet[Any]:
    """Return the ids of words that somebody is still to read blind."""
    return SecondReading.objects.filter(state=State.OPEN).order_by().values("verbatim")


def disagreements() -> QuerySet[Verbatim]:
    """Return the words about which two coders differ and nobody has decided."""
    return Verbatim.objects.filter(second_readings__state=State.DIFFERS).distinct()


def disagreement_count() -> int:
    return SecondReading.objects.filter(state=State.DIFFERS).order_by().values("verbatim").distinct().count()


@dataclass(frozen=True, slots=True)
class Compared:
    """A second reading that is done, with what each of both found."""

    reading: SecondReading
    first: tuple[ReadCode, ...]
    second: tuple[ReadCode, ...]

    @property
    def is_open_to_decide(self) -> bool:
        return self.reading.state == State.DIFFERS


def compared(verbatim: Verbatim) -> list[Compared]:
    """Return the finished second readings of some words, newest first (2 queries)."""
    done = verbatim.second_readings.exclude(state=State.OPEN).select_related("sample").order_by("-done_at")
    found = []
    for reading in done.prefetch_related("codes__requirement", "codes__attribute"):
        codes = list(reading.codes.all())
        found.append(
            Compared(
                reading,
                tuple(code for code in codes if code.is_first),
                tuple(code for code in codes if not code.is_first),
            )
        )
    return found
