"""Keeping reports, and who may read which."""

import hashlib
import zlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from functions.models import Function
from functions.selectors import Access
from gap_scores.models import Snapshot
from improvements.report_models import Report
from interviews.coding import LONGEST_NAME


@transaction.atomic
def keep_report(
    *,
    title: str,
    function: Function | None,
    snapshot: Snapshot,
    article: str,
    pdf: bytes,
    by: User | None,
    by_name: str,
    now: datetime,
    job: int | None = None,
) -> Report:
    """Freeze what a report says; of a job that was done already its report is returned.

    Raises ValidationError by field for a title that is none or too long.
    """
    if job and (made := Report.objects.filter(job=job).first()):
        return made
    text = article.encode()
    report = Report(
        kind=Report.Kind.FUNCTION if function else Report.Kind.PROGRAM, function=function, title=title.strip(),
        snapshot=snapshot, article=zlib.compress(text), pdf=pdf, digest=digest_of(title.strip(), text),
        pdf_digest=hashlib.sha256(pdf).hexdigest(), job=job, made_at=now, made_by=by,
        made_by_name=by_name[:LONGEST_NAME],
    )  # fmt: skip
    report.full_clean(exclude={"made_by", "snapshot", "function"})
    report.save()
    return report


def reports_for(access: Access) -> QuerySet[Report]:
    """Return the reports that a person may read, without their texts: those of the program everybody, of a function
    specialists and its head."""
    readable = Q() if access.is_specialist else Q(kind=Report.Kind.PROGRAM) | Q(function__in=access.functions)
    return Report.objects.filter(readable).select_related("snapshot", "function").defer(
        "article", "pdf", "snapshot__content", "snapshot__functions"
    )  # fmt: skip


class AlteredError(Exception):
    """A report is not what its digest says."""


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
