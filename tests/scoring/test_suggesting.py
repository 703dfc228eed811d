"""Suggestions by TF-IDF: exact weights, and an order that no chance decides."""

from math import hypot, log

import pytest

from scoring.suggesting import WORDS_OF_A_CODE, alike, learn, suggest

LATE, BILL = ("delivery", ["late", "truck"]), ("billing", ["late", "bill"])


def test_a_code_weighs_its_words_as_smoothed_tf_idf_does():
    known = learn([LATE, BILL])

    assert known.codes["delivery"] == pytest.approx({"late": 0.5797386715, "truck": 0.8148024746})
    assert known.weights == pytest.approx({"late": 1, "truck": 1.4054651081, "bill": 1.4054651081})
    assert known.unseen == pytest.approx(2.0986122887)


def test_words_look_like_the_code_that_they_share_most_with():
    (found,) = suggest(learn([LATE, BILL]), ["truck"])

    assert (found.code, found.because) == ("delivery", ("truck",))
    assert found.likeness == pytest.approx(0.8148024746)


def test_a_word_said_twice_counts_more_and_one_that_nobody_coded_takes_away():
    known = learn([LATE, BILL])
    once, twice = (suggest(known, words)[0].likeness for words in (["truck", "fee"], ["truck", "truck", "fee"]))

    # 1.4055 against the 2.0986 of a word that was never seen.
    assert once == pytest.approx(0.8148024746 * 1.4054651081 / (1.4054651081**2 + 2.0986122887**2) ** 0.5)
    assert twice > once


def test_of_two_codes_as_like_the_first_by_name_comes_first_whatever_the_order_of_the_examples():
    for examples in ([LATE, BILL], [BILL, LATE]):
        assert [each.code for each in suggest(learn(examples), ["late"])] == ["billing", "delivery"]


def test_the_strongest_reasons_are_named_first():
    known = learn([("delivery", ["late", "late", "late", "truck", "gate", "road"]), ("billing", ["bill"])])
    (found,) = suggest(known, ["truck", "late", "road", "gate"])

    assert found.because == ("late", "gate", "road")


def test_a_code_is_the_mean_of_its_examples_at_its_strongest_words():
    many = [f"w{number:03}" for number in range(WORDS_OF_A_CODE)]
    known = learn([("delivery", ["late"]), ("delivery", ["late", *many])])

    assert len(known.codes["delivery"]) == WORDS_OF_A_CODE
    assert sum(value**2 for value in known.codes["delivery"].values()) == pytest.approx(1)
    assert "w058" in known.codes["delivery"]
    assert "w059" not in known.codes["delivery"].keys() | known.weights.keys()


@pytest.mark.parametrize(("texts", "weighs"), [(20, True), (21, False)])
def test_what_most_texts_say_tells_no_codes_apart_once_there_are_some(texts, weighs):
    known = learn([(f"c{number:02}", ["and", f"w{number}"]) for number in range(texts)])

    assert bool(suggest(known, ["and"])) == weighs
    assert [each.because for each in suggest(known, ["and", "w3"], most=1)] == [("w3", "and") if weighs else ("w3",)]


def test_a_word_of_two_texts_is_never_common():
    known = learn([(f"c{number:02}", ["late" if number < 2 else f"w{number}"]) for number in range(21)])

    assert [each.code for each in suggest(known, ["late"])] == ["c00", "c01"]


@pytest.mark.parametrize("words", [[], ["fee"]])
def test_nothing_is_suggested_for_words_without_anything_in_common(words):
    assert suggest(learn([LATE, BILL, ("empty", [])]), words) == []
    assert suggest(learn([]), words) == []


def test_no_more_are_named_than_wanted_and_none_that_is_hardly_like():
    known = learn([LATE, BILL])

    assert len(suggest(known, ["late"], most=1)) == 1
    assert suggest(known, ["late"], like=0.6) == []


def test_codes_that_share_their_words_are_a_pair_with_the_words_that_made_it():
    known = learn(
        [("billing", ["late", "bill"]), ("delivery", ["late", "truck"]), ("invoice", ["late", "bill", "fee"])]
    )

    nearest, *others = alike(known, like=0.05, most=10)
    assert (nearest.one, nearest.other, nearest.because) == ("billing", "invoice", ("bill", "late"))
    late, bill, fee, truck = 1.0, 1 + log(4 / 3), 1 + log(4 / 2), 1 + log(4 / 2)
    lengths = {"billing": hypot(late, bill), "delivery": hypot(late, truck), "invoice": hypot(late, bill, fee)}
    assert nearest.likeness == pytest.approx((late**2 + bill**2) / lengths["billing"] / lengths["invoice"])
    assert [(each.one, each.other) for each in others] == [("billing", "delivery"), ("delivery", "invoice")]
    assert others[1].likeness == pytest.approx(1 / lengths["delivery"] / lengths["invoice"])
    assert alike(known, like=0.5, most=10) == [nearest]
    assert alike(known, like=0.05, most=1) == [nearest]


def test_nothing_is_said_twice_by_codes_without_a_word_in_common_or_by_one_alone():
    assert alike(learn([LATE, ("billing", ["bill"])]), like=0, most=10) == []
    assert alike(learn([LATE]), like=0, most=10) == []
    assert alike(learn([]), like=0, most=10) == []
