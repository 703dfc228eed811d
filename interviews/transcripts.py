"""Reading transcripts: text, Word, WebVTT and SubRip become turns, each with its speaker and time where it has them.

Pure: bytes in, turns out. What cannot be read is refused with a sentence (ValidationError).
"""

import html
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import docx
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from interviews.models import LONGEST_TEXT
from interviews.transcript_models import LONGEST_SPEAKER, Transcript, clock

MIB = 1024**2
LARGEST = 5 * MIB
# A document of 5 MiB of words unpacks to a few times that; its XML is read as a whole.
MOST_UNPACKED, MOST_PARTS, MOST_RATIO = 40 * MIB, 500, 200
MOST_TURNS = 5_000
LONGEST_NAME_WORDS = 5
TIME = r"(?:(?P<{0}h>\d{{1,2}}):)?(?P<{0}m>\d{{1,2}}):(?P<{0}s>\d{{2}})(?:[.,](?P<{0}ms>\d{{1,3}}))?"
CUE = re.compile(rf"^\s*{TIME.format('a')}\s*-->\s*{TIME.format('b')}", re.ASCII)
# '[00:01:02] Bas Bakker: ...', '00:01 Bas: ...', 'Bas Bakker: ...'; the head alone: 'Bas Bakker  0:03'.
SPOKEN = re.compile(rf"^\s*(?:[\[(]?{TIME.format('a')}[\])]?\s+)?(?P<name>[^:\n]{{1,80}}?)\s*:\s+(?P<said>\S.*)$")
HEAD = re.compile(rf"^\s*(?P<name>\S[^:\n]{{0,79}}?)\s{{2,}}[\[(]?{TIME.format('a')}[\])]?\s*$")
VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
TAG = re.compile(r"</?[A-Za-z0-9][^>]{0,200}>|<\d[^>]{0,40}>")
NO_NAME = re.compile(r"[.?!;…]|^\W*$|https?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said until another one spoke; '' where the file names nobody."""

    speaker: str
    text: str
    starts_ms: int | None = None

    @property
    def at(self) -> str:
        """When it was said, from the beginning."""
        return clock(self.starts_ms)


@dataclass(frozen=True, slots=True)
class Read:
    """`guessed`: the encoding, where nothing in the file says which one it is."""

    turns: tuple[Turn, ...]
    guessed: str = ""

    @property
    def speakers(self) -> list[str]:
        return list(dict.fromkeys(turn.speaker for turn in self.turns))


def kind_of(name: str) -> str:
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix not in Transcript.Kind.values:
        message = _("'%(name)s' is no transcript that can be read. Attach a .txt, .docx, .vtt or .srt file.")
        raise ValidationError(message, code="type", params={"name": name[:80]})
    return suffix


def read_transcript(*, kind: str, content: bytes) -> Read:
    """Return the turns of a file; raises ValidationError for what is too large, broken, binary or without words."""
    if len(content) > LARGEST:
        message = _("The file is larger than %(most)d MiB. Part it, and attach the parts.")
        raise ValidationError(message, code="size", params={"most": LARGEST // MIB})
    if kind == Transcript.Kind.DOCX:
        text, guessed = text_of_document(content), ""
    else:
        text, guessed = decoded(content)
    read = cues if kind in {Transcript.Kind.VTT, Transcript.Kind.SRT} else paragraphs
    turns = tuple(parted(joined(read(text))))
    if not turns:
        raise ValidationError(_("There are no words in this file. Attach the transcript itself."), code="no_words")
    if len(turns) > MOST_TURNS:
        message = _("The file has %(count)d turns, at most %(most)d are read. Part it, and attach the parts.")
        raise ValidationError(message, code="too_many", params={"count": len(turns), "most": MOST_TURNS})
    return Read(turns, guessed)


# ---- Text


def decoded(content: bytes) -> tuple[str, str]:
    """Return the text, and the encoding if it had to be guessed."""
    if content.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        message = _("This is a document of another kind under the name of a text. Attach it as what it is.")
        raise ValidationError(message, code="type")
    marks = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))
    guessed, encoding = "", next(name for mark, name in marks if content.startswith(mark))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        guessed = "Windows-1252"
        text = content.decode("cp1252", errors="replace")
    if any(character < " " and character not in "\t\n\r\f\v" for character in text):
        message = _("This is no text: it holds characters that no text has. Save it as UTF-8, and attach it again.")
        raise ValidationError(message, code="binary")
    return text, guessed


def text_of_document(content: bytes) -> str:
    """Return the paragraphs of a Word document, those in tables included, an empty line between two."""
    check_document(content)
    try:
        document = docx.Document(BytesIO(content))
        found = [paragraph.text for paragraph in every_paragraph(document)]
    except Exception as error:  # whatever the library meets in a broken document
        raise damaged() from error
    return "\n\n".join(found).replace("\0", "")


def damaged() -> ValidationError:
    message = _("The document cannot be read: it is damaged, or no Word document. Save it anew as .docx.")
    return ValidationError(message, code="broken")


def every_paragraph(holder: Any) -> Iterator[Any]:
    for block in holder.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                for cell in row.cells:
                    yield from every_paragraph(cell)
        else:
            yield block


def check_document(content: bytes) -> None:
    """Refuse what would unpack to too much, before unpacking it."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise damaged() from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 1):
        message = _("The document unpacks to more than a transcript can be. Save its words as .txt, and attach that.")
        raise ValidationError(message, code="bomb")


# ---- Turns


def paragraphs(text: str) -> Iterator[Turn]:
    """Read 'Name: words' and 'Name   0:03' above the words; where nobody is named, each paragraph is a turn."""
    lines = text.splitlines()
    known = names_in(lines)
    speaker, starts, is_new = "", None, True
    for line in lines:
        if not line.strip():
            is_new = True
            continue
        head, spoken = HEAD.match(line), SPOKEN.match(line)
        if head and head["name"].strip() in known:
            speaker, starts, is_new = head["name"].strip(), moment(head), True
        elif spoken and spoken["name"].strip() in known:
            speaker, starts = spoken["name"].strip(), moment(spoken)
            yield Turn(speaker[:LONGEST_SPEAKER], spoken["said"].strip(), starts)
            is_new = False
        else:
            yield Turn(speaker[:LONGEST_SPEAKER], line.strip() if is_new else f"\n{line.strip()}", starts)
            is_new = False


def names_in(lines: Iterable[str]) -> set[str]:
    """Return who speaks: where somebody speaks twice, a 'name' without a time that stands there once is a sentence."""
    found = [each for line in lines if (each := HEAD.match(line) or SPOKEN.match(line)) and is_name(each["name"])]
    counts = Counter(each["name"].strip() for each in found)
    timed = {each["name"].strip() for each in found if each["am"] is not None}
    return timed | {name for name, count in counts.items() if count > 1 or max(counts.values()) == 1}


def is_name(text: str) -> bool:
    return len(text.split()) <= LONGEST_NAME_WORDS and not NO_NAME.search(text)


def cues(text: str) -> Iterator[Turn]:
    """Read captions: a time, then lines; a voice tag or 'Name:' says who speaks."""
    speaker, starts, is_inside = "", None, False
    for line in text.splitlines():
        timed = CUE.match(line)
        if timed:
            starts, is_inside, speaker = moment(timed), True, ""
        elif not line.strip():
            is_inside = False
        elif is_inside:
            voice, spoken = VOICE.search(line), SPOKEN.match(line)
            said = html.unescape(TAG.sub("", line)).strip()
            if voice:
                speaker = html.unescape(voice[1]).strip()
            elif spoken and is_name(spoken["name"]):
                speaker, said = TAG.sub("", spoken["name"]).strip(), html.unescape(TAG.sub("", spoken["said"])).strip()
            if said:
                yield Turn(speaker[:LONGEST_SPEAKER], said, starts)


def moment(found: re.Match[str]) -> int | None:
    if found["am"] is None:
        return None
    hours, minutes, seconds = int(found["ah"] or 0), int(found["am"]), int(found["as"])
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + int((found["ams"] or "0").ljust(3, "0"))


def joined(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Put together what one speaker said without a break; where nobody is named, only lines of one paragraph."""
    last: list[str] = []
    held: Turn | None = None
    for turn in turns:
        if held and turn.speaker == held.speaker and (turn.speaker or turn.text.startswith("\n")):
            last.append(turn.text.strip() if turn.starts_ms != held.starts_ms else turn.text)
            continue
        if held:
            yield replace(held, text=put_together(last))
        held, last = turn, [turn.text]
    if held:
        yield replace(held, text=put_together(last))


def put_together(texts: list[str]) -> str:
    whole = texts[0].strip()
    for text in texts[1:]:
        whole += text if text.startswith("\n") else f"\n{text}"
    return whole


def parted(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Part what is longer than words can be, at a space where there is one."""
    for turn in turns:
        rest = turn.text
        while len(rest) > LONGEST_TEXT:
            at = rest.rfind(" ", LONGEST_TEXT // 2, LONGEST_TEXT)
            at = at if at > 0 else LONGEST_TEXT
            yield replace(turn, text=rest[:at].strip())
            rest = rest[at:].strip()
        if rest:
            yield replace(turn, text=rest)
