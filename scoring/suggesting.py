"""Which codes do words look like? TF-IDF; a person decides.

A text is the sequence of its words. Source: docs/algorithms/coding.md, Suggestions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from typing import Generic, NamedTuple, TypeVar

import numpy as np

MOST, LIKE = 3, 0.1
# What a code is known by: its other words are in few of its texts.
WORDS_OF_A_CODE = 60
REASONS = 3
# A word in more than one of twenty texts ('and', 'I') tells no codes apart; among a few texts that would be chance.
COMMON, FEW = 0.05, 20

Vector = Mapping[str, float]
C = TypeVar("C", str, int, tuple[str, int])  # how codes are named; ties go to the smaller name


class Known(NamedTuple, Generic[C]):
    """What was learned: the weight of each word (`unseen`: of all others), and a vector of length 1 for each code."""

    weights: Vector
    unseen: float
    codes: Mapping[C, Vector]


class Suggestion(NamedTuple, Generic[C]):
    """likeness: the cosine, 0..1; because: the words that speak for it most, the strongest first."""

    code: C
    likeness: float
    because: tuple[str, ...]


def learn(examples: Iterable[tuple[C, Sequence[str]]]) -> Known[C]:
    """Return what texts of each code have in common: the mean of their vectors, at its strongest words.

    A word's weight is ln((1 + texts) / (1 + texts with it)) + 1; how often a text says it counts as 1 + ln(times).
    Source: docs/algorithms/coding.md, Suggestions.
    """
    texts = [(code, words) for code, words in examples if words]
    weights, unseen = weights_of([words for _code, words in texts])
    sums: dict[C, defaultdict[str, float]] = {}
    for code, words in texts:
        total = sums.setdefault(code, defaultdict(float))
        for word, value in vector(words, weights, unseen).items():
            total[word] += value
    codes = {code: of_length_one(strongest(total)) for code, total in sums.items()}
    used = {word for each in codes.values() for word in each}
    return Known({word: weight for word, weight in weights.items() if word in used}, unseen, codes)


def weights_of(texts: Sequence[Sequence[str]]) -> tuple[dict[str, float], float]:
    """Return the weight of each word that occurs, and that of a word that does not; a common one weighs nothing."""
    within = Counter(word for words in texts for word in set(words))
    most = max(2, COMMON * len(texts)) if len(texts) > FEW else len(texts)
    weights = {
        word: log((1 + len(texts)) / (1 + count)) + 1 if count <= most else 0.0 for word, count in within.items()
    }
    return weights, log(1 + len(texts)) + 1


def vector(words: Sequence[str], weights: Vector, unseen: float) -> dict[str, float]:
    counted = ((word, (1 + log(times)) * weights.get(word, unseen)) for word, times in sorted(Counter(words).items()))
    return of_length_one({word: value for word, value in counted if value})


def strongest(values: Vector) -> Vector:
    # By the word where two are as strong, so that the order of the texts decides nothing.
    kept = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:WORDS_OF_A_CODE]
    return dict(sorted(kept))


def of_length_one(values: Vector) -> dict[str, float]:
    length = sqrt(sum(value * value for value in values.values()))
    return {word: value / length for word, value in values.items()}


def suggest(known: Known[C], words: Sequence[str], *, most: int = MOST, like: float = LIKE) -> list[Suggestion[C]]:
    """Return the codes that a text looks like, the likest first; none below `like`.

    Units: likeness is a cosine, 0 (no word in common) to 1. Source: docs/algorithms/coding.md, Suggestions.
    """
    said = vector(words, known.weights, known.unseen) if words else {}
    found = (suggestion(code, said, known.codes[code]) for code in known.codes)
    return sorted((each for each in found if each.likeness >= like), key=lambda each: (-each.likeness, each.code))[
        :most
    ]


def suggestion(code: C, said: Vector, of_code: Vector) -> Suggestion[C]:
    shared = {word: value * of_code[word] for word, value in said.items() if word in of_code}
    reasons = sorted(shared, key=lambda word: (-shared[word], word))[:REASONS]
    return Suggestion(code, sum(shared.values()), tuple(reasons))


# ---- Codes that say the same


class Alike(NamedTuple, Generic[C]):
    """Two codes, the smaller name first. likeness: the cosine, 0..1; because: the shared words that make it most."""

    one: C
    other: C
    likeness: float
    because: tuple[str, ...]


def alike(known: Known[C], *, like: float, most: int) -> list[Alike[C]]:
    """Return the pairs of codes whose words are alike, the likest first; none below `like`.

    Units: likeness is a cosine, 0 (no word in common) to 1. Source: docs/algorithms/coding.md, Said twice.
    """
    names = sorted(known.codes)
    holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for index, name in enumerate(names):
        for word, value in known.codes[name].items():
            holders[word].append((index, value))
    # One word after the other, so that only codes with a word in common cost anything.
    found = np.zeros((len(names), len(names)))
    for word in sorted(holders):
        indexes = np.array([index for index, _value in holders[word]])
        values = np.array([value for _index, value in holders[word]])
        found[np.ix_(indexes, indexes)] += np.outer(values, values)
    # To nine digits, so that the order in which words were added decides no tie.
    pairs = (
        (round(float(found[i, j]), 9), names[i], names[j]) for i, j in zip(*np.nonzero(np.triu(found, 1)), strict=True)
    )
    best = sorted((pair for pair in pairs if pair[0] >= like), key=lambda pair: (-pair[0], pair[1], pair[2]))[:most]
    return [
        Alike(one, other, likeness, suggestion(other, known.codes[one], known.codes[other]).because)
        for likeness, one, other in best
    ]
