"""The gap of a requirement from what was said of it, whatever level is put beside it or none: what links are worth.

Source: docs/algorithms/investing.md, What a link is worth.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scoring.investing import threshold_of


class Voice(NamedTuple):
    """Answers that are alike. required: the level in steps that meets them, smaller is better, None: not stated;
    felt: whether they feel served, None: unknown."""

    required: int | None
    weight: float
    felt: bool | None


class Beside(NamedTuple):
    """Voices with the level, in fine steps, that serves them today and then; None: nothing measures it."""

    voices: Sequence[Voice]
    now: int | None
    then: int | None


def gap_of_voices(said: Iterable[Beside], *, follows: bool = False) -> float | None:
    """Return the gap in points 0..100 with the levels of then; None where neither half of anybody is known.

    follows: those whose level becomes enough come to feel it, those whose level becomes too bad cease to.
    Source: docs/algorithms/gap-score.md for the halves; docs/algorithms/investing.md, What a link is worth.
    """
    weights: list[float] = []
    served: list[float] = []
    for voices, now, then in said:
        for voice in voices:
            met = _is_met(voice, then)
            halves = [half for half in (met, _felt(voice, now, met, follows=follows)) if half is not None]
            if halves:
                weights.append(voice.weight)
                served.append(voice.weight * sum(halves) / len(halves))
    total = math.fsum(weights)
    return 100 * (1 - math.fsum(served) / total) if total > 0 else None


def _is_met(voice: Voice, level: int | None) -> bool | None:
    return None if voice.required is None or level is None else level <= threshold_of(voice.required)


def _felt(voice: Voice, now: int | None, met: bool | None, *, follows: bool) -> bool | None:
    """A level that nobody measures any more, or only now, changed nothing for anybody."""
    before = _is_met(voice, now)
    moved = follows and voice.felt is not None and None not in (before, met) and before is not met
    return met if moved else voice.felt
