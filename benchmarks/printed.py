"""A report of more than 30 pages: of a round over 600 requirements, its text and the tagged PDF made of it."""

import json
import re
import zlib
from collections import defaultdict
from functools import partial

from django.utils import timezone

from benchmarks.decide import timed
from benchmarks.timing import Samples, in_ms
from dashboard.report_writing import SHEETS, article_for, document_of
from functions.selectors import program, program_day
from gap_scores.snapshots import keep_snapshot
from interviews.models import Coding, Interview, Round, Verbatim
from requirements_catalog.models import Requirement
from web.pdf import load_weasyprint, pdf_of

TURNS, FEWEST_PAGES = 3, 30
STREAM = re.compile(rb"/FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def main() -> None:
    now = timezone.now()
    write_words()
    snapshot, wave, its = keep_snapshot(as_of=program_day(now), title="Bench", now=now), Round.objects.get(), program()
    # Loaded once a process, as a worker does.
    load_weasyprint()
    samples: Samples = defaultdict(list)
    for _ in range(TURNS):
        article = timed(samples, "its text", partial(article_for, snapshot, wave, its))
        document = document_of(title="Round", article=article, program=its)
        pdf = timed(samples, "the PDF of it", partial(pdf_of, document, sheets=SHEETS))
    pages = pages_in(pdf)
    assert pages >= FEWEST_PAGES, f"Only {pages} pages: the figure would say nothing."
    counts = {"pages": pages, "kib_text": len(article) // 1024, "kib_pdf": len(pdf) // 1024}
    print(json.dumps({**counts, "samples": in_ms(samples)}))


def write_words() -> None:
    """Let one customer say one thing about each requirement, and code it."""
    interviews = Interview.objects.filter(state=Interview.State.COMPLETED).order_by("pk").values_list("pk", flat=True)
    said = list(zip(Requirement.objects.order_by("pk"), interviews, strict=False))
    words = Verbatim.objects.bulk_create(
        Verbatim(interview_id=interview, text=f"I need this: {each.statement}", position=0) for each, interview in said
    )
    Coding.objects.bulk_create(
        Coding(verbatim=verbatim, requirement=each, coder_name="Bench")
        for verbatim, (each, _interview) in zip(words, said, strict=True)
    )


def pages_in(pdf: bytes) -> int:
    """Count the pages: their objects stand in compressed streams."""
    inside = b"".join(zlib.decompressobj().decompress(each) for each in STREAM.findall(pdf))
    return len(PAGE.findall(pdf + inside))
