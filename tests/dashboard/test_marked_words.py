"""Coded passages inside a verbatim."""

from dashboard.selectors import marked


def test_coded_words_are_marked_once_where_codings_overlap() -> None:
    text = "We run at night. Back before six."
    assert marked(text, [(17, 21), (17, 33)]) == (("We run at night. ", False), ("Back", True), (" before six.", True))
    assert marked(text, [(0, 6), (3, 6)]) == (("We run", True), (" at night. Back before six.", False))


def test_a_coding_of_the_whole_marks_nothing() -> None:
    assert marked("All of it", [(None, None)]) == (("All of it", False),)
