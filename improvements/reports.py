"""Keeping reports, and who may read which."""

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape, unescape
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from customers.models import Customer
from functions.models import Function
from functions.selectors import Access
from gap_scores.models import Snapshot
from improvements.report_models import LONGEST_TITLE, NO_PDF, Report
from interviews.coding import LONGEST_NAME
from interviews.models import Round

About = Function | Customer | Round
# Where it stands what a report is about; the kinds are called alike.
FIELDS: Final[Mapping[type[About], str]] = {Function: "function", Customer: "customer", Round: "round"}
FOR_EVERYBODY: Final = (Report.Kind.PROGRAM, Report.Kind.REVIEW)
# Whose texts may repeat what people wrote or said.
WITH_WORDS: Final = (Report.Kind.REVIEW, Report.Kind.CUSTOMER)
MARKUP: Final = re.compile(r"(<[^>]*>)")


@transaction.atomic
def keep_report(
    *,
    title: str,
    about: About | None,
    snapshot: Snapshot,
    article: str,
    pdf: bytes,
    by: User | None,
    by_name: str,
    now: datetime,
    job: int | None = None,
    kind: str = "",
) -> Report:
    """Freeze what a report says; of a job that was done already its report is returned. `kind`: where it is not told by
    what the report is about.

    Raises ValidationError by field for a title that is none or too long.
    """
    if job and (made := Report.objects.filter(job=job).first()):
        return made
    text, named = article.encode(), named_in(about)
    report = Report(
        **named, kind=kind or next(iter(named), Report.Kind.PROGRAM),
        title=title.strip(), snapshot=snapshot, article=zlib.compress(text), pdf=pdf,
        digest=digest_of(title.strip(), text), pdf_digest=hashlib.sha256(pdf).hexdigest(), job=job, made_at=now,
        made_by=by, made_by_name=by_name[:LONGEST_NAME],
    )  # fmt: skip
    report.full_clean(exclude={"made_by", "snapshot", "function", "customer", "round", "pdf"})
    report.save()
    return report


def named_in(about: About | None) -> dict[str, About]:
    """Return what a report is about by the field that names it, which is called as its kind is."""
    return {FIELDS[type(about)]: about} if about else {}


def reports_for(access: Access) -> QuerySet[Report]:
    """Return the reports that a person may read, without their texts: those of the program and of reviews
    everybody, of a function specialists and its head, of a customer or a round, with names and words, specialists."""
    readable = Q() if access.is_specialist else Q(kind__in=FOR_EVERYBODY) | Q(function__in=access.functions)
    related = Report.objects.filter(readable).select_related("snapshot", "function", "customer", "round")
    return related.defer(
        "article", "pdf", "snapshot__content", "snapshot__functions"
    )  # fmt: skip


class AlteredError(Exception):
    """A report is not what its digest says."""


def keep_pdf(*, report: Report, draw: Callable[[str, str], bytes]) -> Report:
    """Make the PDF of a report that has none from its frozen title and text; one that has it keeps it.

    It is drawn without a lock, because that takes seconds, and anew if an erasure took words out meanwhile. Raises
    AlteredError.
    """
    while not (read := Report.objects.get(pk=report.pk)).has_pdf:
        pdf = draw(read.title, article_of(read))
        with transaction.atomic():
            locked = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
            if (locked.title, bytes(locked.article)) == (read.title, bytes(read.article)) and not locked.has_pdf:
                locked.pdf, locked.pdf_digest = pdf, hashlib.sha256(pdf).hexdigest()
                locked.save(update_fields=["pdf", "pdf_digest"])
    return read


@transaction.atomic
def reword(*, report: Report, change: Callable[[str], str]) -> None:
    """Take somebody's name out of a frozen text; its digest and its PDF follow. Markup is left as it is.

    What was altered before stays known as altered.
    """
    text = zlib.decompress(bytes(report.article))
    is_whole = digest_of(report.title, text) == report.digest
    title, new = change(report.title)[:LONGEST_TITLE], _reworded(text.decode(), change).encode()
    if (title, new) == (report.title, text):
        return
    report.title, report.article, report.pdf = title, zlib.compress(new), b""
    report.pdf_digest = NO_PDF
    if is_whole:
        report.digest = digest_of(title, new)
    report.save(update_fields=["title", "article", "digest", "pdf", "pdf_digest"])


def mentions_in(report: Report, says: Callable[[str], bool]) -> bool:
    """Say whether a frozen text, or its title, has something that is looked for."""
    text = zlib.decompress(bytes(report.article)).decode()
    return says(report.title) or any(says(unescape(part)) for part in MARKUP.split(text)[::2])


def _reworded(text: str, change: Callable[[str], str]) -> str:
    parts = MARKUP.split(text)
    parts[::2] = [
        escape(changed) if (changed := change(said := unescape(part))) != said else part for part in parts[::2]
    ]
    return "".join(parts)


def article_of(report: Report) -> str:
    """Return the text; raises AlteredError if it, or the title, is not what the digest says."""
    text = zlib.decompress(bytes(report.article))
    if digest_of(report.title, text) != report.digest:
        raise AlteredError
    return text.decode()


def pdf_of(report: Report) -> bytes:
    """Return the PDF; raises AlteredError if it is not what its digest says."""
    pdf = bytes(report.pdf)
    if hashlib.sha256(pdf).hexdigest() != report.pdf_digest:
        raise AlteredError
    return pdf


def digest_of(title: str, text: bytes) -> str:
    return hashlib.sha256(title.encode() + b"\0" + text).hexdigest()
