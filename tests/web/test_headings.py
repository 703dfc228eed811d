from web.headings import likely_heading

HEADING = ["Id", "Name", "Country"]
ROWS = [["1", "Bol", "NL"], ["2", "Müller", "DE"]]


def known(cell: str) -> bool:
    return cell.lower() in {"id", "name", "country"}


def unknown(_cell: str) -> bool:
    return False


def test_the_first_row_is_the_heading_where_nothing_stands_above_it():
    assert likely_heading([HEADING, *ROWS], known) == 1
    assert likely_heading([HEADING, *ROWS], unknown) == 1
    assert likely_heading([["2024", "2025"], ["a", "b"]], unknown) == 1
    assert likely_heading([], known) == 1


def test_titles_and_empty_rows_above_it_are_passed():
    above = [["Customer list 2026"], [], ["Printed on", "2026-11-01", ""]]
    assert likely_heading([*above, HEADING, *ROWS], known) == 4
    assert likely_heading([["Kunden"], [], ["Nummer", "Firma", "Land"], *ROWS], unknown) == 3


def test_of_two_heading_rows_the_one_with_the_most_known_names_is_taken_then_the_first():
    assert likely_heading([["Id", "Name", "Other"], HEADING, *ROWS], known) == 2
    assert likely_heading([HEADING, HEADING, *ROWS], known) == 1


def test_a_row_of_figures_or_of_a_word_twice_is_no_heading():
    assert likely_heading([["Kunden"], ["1", "Bol", "NL"], ["2", "Müller", "DE"]], unknown) == 1
    assert likely_heading([["Id", "Name", "Name"], *ROWS], known) == 1
