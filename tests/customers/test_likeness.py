"""When two customers look like one: names, domains and countries without what people write differently."""

import pytest

from customers.likeness import Likeness, domain_mark, likeness, mark_of, name_mark

S, P, N = Likeness.SURE, Likeness.PERHAPS, Likeness.NONE


@pytest.mark.parametrize(
    "names",
    [
        ("Müller GmbH & Co. KG", "Mueller", "MULLER Ltd.", "müller  gmbh"),
        ("Lucentini S.p.A.", "Lucentini SpA", "LUCENTINI"),
        ("The Acme Company, Inc.", "Acme Inc", "acme"),
        ("Café d'Or SARL", "Cafe D’Or"),
        ("Übersee-Druck AG", "Ubersee Druck", "Uebersee Druck AG"),
    ],
)
def test_names_are_the_same_without_case_accents_punctuation_and_legal_form(names):
    assert len({name_mark(name) for name in names}) == 1


def test_other_names_stay_others_and_a_name_of_nothing_but_a_form_keeps_it():
    assert len({name_mark(name) for name in ("Acme North", "Acme South", "Acme", "Co", "株式会社")}) == 5
    assert name_mark("...") == ""


def test_a_domain_is_the_host_without_www_and_one_that_everybody_has_says_nothing():
    assert {
        domain_mark(each) for each in ("https://www.Acme.com/shop?x=1", "acme.com", "info@acme.com", "ACME.com:80")
    } == {"acme.com"}
    assert domain_mark("gmail.com") == domain_mark("") == ""


@pytest.mark.parametrize(
    ("one", "other", "expected", "why"),
    [
        (("Acme", "acme.com", "DE"), ("ACME GmbH", "www.acme.com", "DE"), S, "same name, same domain, same country"),
        (("Acme", "", "DE"), ("ACME GmbH", "acme.com", "DE"), S, "same name, same country"),
        (("Acme", "acme.com", ""), ("ACME GmbH", "acme.com", "DE"), S, "same name, same domain"),
        (("Acme", "", ""), ("ACME GmbH", "acme.com", "DE"), P, "same name"),
        (("Acme", "acme.com", "DE"), ("ACME Inc", "acme.com", "US"), P, "same name, same domain"),
        (("Acme Print", "acme.com", "DE"), ("Acme", "acme.com", ""), P, "same domain, other name"),
        (("Acme Print", "acme.com", "DE"), ("Acme", "acme.com", "US"), N, ""),
        (("Acme", "", "DE"), ("ACME Inc", "", "US"), N, ""),
        (("Acme", "acme.de", "DE"), ("ACME Inc", "acme.com", "DE"), N, ""),
    ],
)
def test_what_speaks_for_one_customer_and_what_against_it(one, other, expected, why):
    marks = [mark_of(name=name, domain=domain, country=country) for name, domain, country in (one, other)]

    assert likeness(*marks) == likeness(*reversed(marks)) == (expected, why)
