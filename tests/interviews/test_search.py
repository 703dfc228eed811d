"""Searching all words: the same are found on both databases, and nothing typed reaches their query languages."""

import csv
import io
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import search_views
from interviews.coding import code_verbatim
from interviews.full_text import quote_of, terms_of, tokens_of
from interviews.models import Verbatim
from tests.api.callers import person, with_token
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

SAID = {
    "night": "We run at night. If the press stops at ten, I need it back before six.",
    "late": "Back late, never before six-thirty: 3.4 % of jobs, see https://example.org/a_b",
    "umlaut": "Die Größe stimmt nicht; GROSSE Mühe mit der Straße.",
    "accent": "Le cafe\u0301 est froid, l'imprimante aussi.",
    "hebrew": "המכונה עומדת בלילה",
    "emoji": "Great 🙂🙂 service",
    "long": "x" * 300 + " end",
    "quotes": "They said 'never' AND then \"maybe\" OR NOT NEAR(a b)",
    # Each pair of words of '"at ten i need"', and not the phrase.
    "pairs": "At ten I stop; I need it.",
}
FOUND = {
    "back": {"night", "late"},
    "BACK before": {"night", "late"},
    '"back before"': {"night"},
    '"before six"': {"night", "late"},
    '"before six" night': {"night"},
    "six-thirty": {"late"},
    "3.4": {"late"},
    "example.org": {"late"},
    "a_b": {"late", "quotes"},
    "thirt*": {"late"},
    "thirt": set(),
    '"before si*"': set(),
    '"at ten i"': {"night", "pairs"},
    '"at ten i need"': {"night"},
    '"at ten i nee"*': {"night"},
    '"back bef"*': {"night"},
    "größe": {"umlaut"},
    "grösse": {"umlaut"},
    "grosse": {"umlaut"},
    "strasse": {"umlaut"},
    "café": {"accent"},
    "cafe": set(),
    "l'imprimante": {"accent"},
    "בלילה": {"hebrew"},
    "מכונה*": set(),
    "great service": {"emoji"},
    '"great service"': {"emoji"},
    "x" * 64 + "*": {"long"},
    "x" * 200: {"long"},
    "never and maybe or not near": {"quotes"},
    '"unclosed never': set(),
    '"said never': {"quotes"},
}
# What means something to FTS5, to tsquery or to SQL, and nothing here.
HARMLESS = (
    'never" OR tokens:', "never & !and", "never | x:*", "never <-> and)", "'); DROP TABLE x; --", "never*:A", "^never",
    "{tokens} : never", "NEAR(never, 2)", "never\\", "-never",
)  # fmt: skip


@pytest.fixture
def _said() -> None:
    interview = InterviewFactory()
    Verbatim.objects.bulk_create(
        Verbatim(interview=interview, text=text, position=place) for place, text in enumerate(SAID.values())
    )


def found(asked: str) -> set[str]:
    texts = set(Verbatim.objects.filter(tokens__holds=asked).values_list("text", flat=True))
    return {name for name, text in SAID.items() if text in texts}


@pytest.mark.usefixtures("_said")
def test_words_phrases_and_beginnings_are_found_alike_on_both_databases() -> None:
    assert {asked: found(asked) for asked in FOUND} == FOUND


@pytest.mark.usefixtures("_said")
def test_what_other_languages_would_understand_is_words_or_nothing() -> None:
    assert {asked: found(asked) - {"late", "quotes"} for asked in HARMLESS} == {asked: set() for asked in HARMLESS}
    with pytest.raises(ValidationError, match="at least one word"):
        found("% _ &|! ''")


def test_the_index_follows_what_is_kept_changed_and_removed() -> None:
    verbatim = VerbatimFactory(text="At night")
    before = [Verbatim.objects.filter(tokens__holds=word).count() for word in ("night", "day")]
    verbatim.text = "By day"
    verbatim.save()
    after = [Verbatim.objects.filter(tokens__holds=word).count() for word in ("night", "day")]
    verbatim.delete()

    assert (before, after) == ([1, 0], [0, 1])
    assert Verbatim.objects.filter(tokens__holds="day").count() == 0


def test_a_search_names_words_and_not_too_many() -> None:
    with pytest.raises(ValidationError, match="at least one word"):
        terms_of('*** "" —')
    with pytest.raises(ValidationError, match="at most 8"):
        terms_of("a b c d e f g h i")
    assert [term.words for term in terms_of('a "b c" d*')] == [("a",), ("b", "c"), ("d",)]
    assert tokens_of("ß-Test_1 ½ x²") == "ss test 1 ½ x²"


def test_a_quote_shows_the_first_hit_in_its_surroundings() -> None:
    text = f"{'before ' * 40}the press stops at ten, and the press waits {'after ' * 60}"

    parts = quote_of(text, '"press stops" press')

    assert [part for part, is_hit in parts if is_hit] == ["press stops", "press"]
    assert parts[0] == ("…", False)
    assert parts[1][0].startswith("before ")
    assert parts[-1] == ("…", False)
    assert quote_of("Short.", "") == [("Short.", False)]


# ---- Page, file and API


def said_by(customer: str, text: str, region: str) -> Verbatim:
    contact = ContactFactory(customer=CustomerFactory(name=customer, region=region))
    verbatim: Verbatim = VerbatimFactory(interview=InterviewFactory(contact=contact), text=text)
    return verbatim


def test_the_page_marks_hits_filters_by_segment_and_takes_them_along(django_assert_max_num_queries) -> None:
    here = said_by("Here", "The press <b>stops</b> at night.", "europe-west")
    said_by("There", "The press stops at noon.", "europe-south")
    said_by("Else", "Nothing of it.", "europe-west")
    code_verbatim(verbatim=here, requirement=RequirementFactory(reference="R-22"), coder_name="Ines")
    client, address = signed_in("specialist"), reverse("word_search")

    with django_assert_max_num_queries(20):
        page = client.get(address, {"q": '"the press" stop*', "region": "europe-west"})
    file = client.get(address, {"q": "press", "sort": "id", "format": "csv"}).getvalue().decode("utf-8-sig")

    text = " ".join(page.content.decode().split())
    assert "1 of 3 verbatims match" in text
    assert "<mark>The press</mark> &lt;b&gt;<mark>stops</mark>&lt;/b&gt; at night." in text
    lines = list(csv.DictReader(io.StringIO(file)))
    assert [(line["customer"], line["codes"], line["region"]) for line in lines] == [
        ("Here", "R-22", "Western Europe"),
        ("There", "", "Southern Europe"),
    ]


def test_of_very_many_the_newest_have_pages_and_that_there_are_more_is_said(monkeypatch) -> None:
    kept = [VerbatimFactory(text=f"Late again, number {number}").pk for number in range(4)]
    VerbatimFactory(text="Nothing of it")
    client, address = signed_in("specialist"), reverse("word_search")
    monkeypatch.setattr(search_views, "FOUND", replace(search_views.FOUND, counts_to=3))

    many, few = client.get(address, {"q": "late"}), client.get(address, {"q": "number 2"})

    assert [row.pk for row in many.context["list"].page] == kept[:0:-1]
    assert "More than 3 verbatims with late" in many.text
    assert "Export all" in many.text
    assert client.get(address, {"q": "late", "format": "csv"}).status_code == 302
    assert "1 of 5" not in few.text
    assert "1 verbatim with number 2" in few.text


def test_a_search_without_words_is_refused_in_a_sentence_and_shows_all() -> None:
    said_by("Here", "At night.", "europe-west")

    page = signed_in("specialist").get(reverse("word_search"), {"q": "***"})

    text = page.content.decode()
    assert "was left out: Type at least one word." in text.replace("&#x27;", "'").replace("&quot;", '"')
    assert page.context["list"].count == 1


def test_the_api_finds_the_same_and_refuses_what_names_no_word() -> None:
    verbatim = said_by("Here", "The press stops at night.", "europe-west")
    said_by("There", "Night and day.", "europe-south")
    client = with_token(person("specialist"), ["evidence:read"])

    both = client.get("/api/v1/verbatims/", {"words": "night"})
    one = client.get("/api/v1/verbatims/", {"words": '"at night"', "reading": "uncoded"})
    refused = client.get("/api/v1/verbatims/", {"words": "&|!"})

    assert both.json()["count"] == 2
    assert [each["id"] for each in one.json()["results"]] == [verbatim.pk]
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "words")
