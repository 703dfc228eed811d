"""Transcripts: four formats, looked at before a word is taken, the customer's words kept with place and time."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import docx
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from interviews.models import Interview, Verbatim
from interviews.transcript_models import Transcript
from interviews.transcript_services import attach_transcript, take_words
from interviews.transcripts import LARGEST, MOST_TURNS, read_transcript
from tests.factories.accounts import UserFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)

VTT = """WEBVTT

NOTE made by a meeting
1
00:00:01.500 --> 00:00:03.000
<v Ines Example>How long may it stand?</v>

00:00:04.000 --> 00:00:06.000 align:start
<v Bas Bakker>Not a <i>shift</i> &amp; no more.

00:00:06.500 --> 00:00:08.000
<v Bas Bakker>\u05d1\u05dc\u05d9\u05dc\u05d4 \U0001f642</v>
"""
SRT = """1
00:00:01,500 --> 00:00:03,000
Ines: How long may it stand?

2
01:02:03,004 --> 01:02:05,000
Bas: Not a shift
- at night.
"""
TXT = """[00:01:02] Ines: How long may it stand?
Bas Bakker: Not a shift.
We lose the night.

And the morning: that hurts, too.
Ines: Why?
Bas Bakker: Look at https://example.org/a: it is there.
"""


def document(*lines: str, table: str = "") -> bytes:
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    if table:
        made.add_table(1, 1).cell(0, 0).text = table
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def said(kind: str, content: bytes) -> list[tuple[str, str, str]]:
    return [(turn.speaker, turn.at, turn.text) for turn in read_transcript(kind=kind, content=content).turns]


def test_each_format_is_read_into_turns_with_speakers_and_times() -> None:
    assert said("vtt", VTT.encode()) == [
        ("Ines Example", "0:00:01", "How long may it stand?"),
        ("Bas Bakker", "0:00:04", "Not a shift & no more.\n\u05d1\u05dc\u05d9\u05dc\u05d4 \U0001f642"),
    ]
    assert said("srt", SRT.replace("\n", "\r\n").encode("utf-8-sig")) == [
        ("Ines", "0:00:01", "How long may it stand?"),
        ("Bas", "1:02:03", "Not a shift\n- at night."),
    ]
    assert said("txt", TXT.encode("utf-16")) == [
        ("Ines", "0:01:02", "How long may it stand?"),
        ("Bas Bakker", "", "Not a shift.\nWe lose the night.\nAnd the morning: that hurts, too."),
        ("Ines", "", "Why?"),
        ("Bas Bakker", "", "Look at https://example.org/a: it is there."),
    ]
    teams = document("Ines   0:03", "How long?", "Bas   0:07", "A shift.", table="Bas: In a table.")
    assert said("docx", teams) == [("Ines", "0:00:03", "How long?"), ("Bas", "0:00:07", "A shift.\nIn a table.")]
    assert said("txt", b"First.\nStill first.\n\nSecond.") == [("", "", "First.\nStill first."), ("", "", "Second.")]


def test_letters_of_an_encoding_that_is_not_named_are_guessed_and_the_guess_is_said() -> None:
    read = read_transcript(kind="txt", content="Bas: Für die Nachtschicht".encode("cp1252"))

    assert (read.turns[0].text, read.guessed) == ("Für die Nachtschicht", "Windows-1252")


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<" + b"a" * 45 * 1024**2)
    return held.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("txt", b"", "no_words"),
        ("vtt", b"WEBVTT\n\nno time, no words", "no_words"),
        ("txt", b"a" * (LARGEST + 1), "size"),
        ("txt", b"words\0more", "binary"),
        ("txt", b"PK\x03\x04", "type"),
        ("docx", b"no archive", "broken"),
        ("docx", document("x")[:-200], "broken"),
        ("docx", bomb(), "bomb"),
        ("txt", b"a\n\n" * (MOST_TURNS + 1), "too_many"),
    ],
    ids=["empty", "no cue", "too large", "binary", "archive as text", "no archive", "cut off", "bomb", "too many"],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(kind: str, content: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read_transcript(kind=kind, content=content)
    assert refusal.value.code == code


def test_a_turn_longer_than_words_can_be_is_parted() -> None:
    turns = read_transcript(kind="txt", content=b"Bas: " + b"night " * 8_000).turns
    assert [len(turn.text) <= 20_000 for turn in turns] == [True, True, True]
    assert " ".join(turn.text for turn in turns) == ("night " * 8_000).strip()


@pytest.fixture
def client() -> Any:
    return signed_in("specialist")


def upload(client: Any, interview: Interview, name: str, content: bytes) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("transcript_create", args=[interview.pk]), {"file": file})


def test_the_customers_words_are_taken_after_a_look_with_place_and_time_and_once(client: Any) -> None:
    interview = InterviewFactory(state="completed", completed_at=NOW)
    attached = upload(client, interview, "../Nacht \u202e\u05d1.VTT", VTT.encode())
    transcript = Transcript.objects.get()
    page = reverse("transcript_detail", args=[transcript.pk])

    assert (attached.status_code, attached.url, Verbatim.objects.count()) == (302, page, 0)
    assert transcript.file_name == "Nacht \u05d1.vtt"
    looked = client.get(page).content.decode()
    assert "Bas Bakker (1)" in looked
    assert "checked" not in looked
    assert client.post(page, {}).status_code == client.post(page, {"speakers": "7"}).status_code == 422

    assert client.post(page, {"speakers": "1"}).status_code == 302
    again = client.post(page, {"speakers": "0"})

    assert again.status_code == 422
    verbatim = Verbatim.objects.get()
    assert (verbatim.text.splitlines()[0], verbatim.reading) == ("Not a shift & no more.", "uncoded")
    assert (verbatim.place.turn, verbatim.place.speaker, verbatim.place.starts_ms) == (2, "Bas Bakker", 4000)
    text = " ".join(client.get(reverse("interview_detail", args=[interview.pk])).content.decode().split())
    assert "0:00:04, turn 2 of" in text
    assert client.post(reverse("transcript_remove", args=[transcript.pk])).status_code == 422
    file = client.get(reverse("transcript_file", args=[transcript.pk]))
    assert (file.content, file.headers["Content-Type"]) == (VTT.encode(), "application/octet-stream")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert signed_in("viewer").get(reverse("transcript_file", args=[transcript.pk])).status_code == 404


def test_the_same_file_is_attached_once_and_what_is_refused_leaves_nothing(client: Any) -> None:
    interview, other = InterviewFactory(), InterviewFactory()
    assert upload(client, interview, "talk.txt", b"Bas: Yes.").status_code == 302

    twice = upload(client, other, "copy.txt", b"Bas: Yes.")
    wrong = upload(client, other, "talk.pdf", b"Bas: No.")
    large = upload(client, other, "talk.txt", b"a" * (LARGEST + 1))

    assert (twice.status_code, wrong.status_code, large.status_code) == (422, 422, 422)
    assert "is attached to the interview of" in twice.content.decode()
    assert Transcript.objects.count() == 1
    assert client.post(reverse("transcript_remove", args=[Transcript.objects.get().pk])).status_code == 302
    assert upload(client, other, "talk.txt", b"Bas: Yes.").status_code == 302


def test_words_are_not_taken_for_an_interview_that_was_not_held() -> None:
    interview = InterviewFactory()
    transcript = attach_transcript(
        interview=interview, file_name="talk.txt", content=b"Bas: Yes.", by=UserFactory(), now=NOW
    )
    Interview.objects.filter(pk=interview.pk).update(state="cancelled")

    with pytest.raises(ValidationError, match="cancelled"):
        take_words(transcript=transcript, speakers=["Bas"], now=NOW)
    assert (Verbatim.objects.count(), Transcript.objects.get().taken_at) == (0, None)
