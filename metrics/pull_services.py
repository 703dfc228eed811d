"""Sources of measurements: naming them, letting them run, asking them, and keeping what became of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
from celery import current_app
from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import record
from accounts.ciphers import decrypted, encrypted
from accounts.models import AuditKind, User
from functions.selectors import program_zone
from jobs.files import NO_ROOM, is_for_want_of_room
from metrics.figures import FIELDS_OF
from metrics.models import Kind, Metric
from metrics.pull_models import MeasurementSource, PullRun
from metrics.pull_selectors import CLAIMED_FOR, due_sources
from metrics.pull_times import next_time, try_again_at
from metrics.pulling import Line, UnreadableError, read_answer
from web.fetching import LONGEST_ADDRESS, FetchError, Limits, fetch, target_of
from web.imports import Report, sentences

PURPOSE = "secret of a source"
MIB = 1024 * 1024
Format = MeasurementSource.Format
# A JSON text has to be read as a whole.
MOST_BYTES = {Format.JSON: 32 * MIB, Format.CSV: 128 * MIB}
ACCEPT = {Format.JSON: "application/json", Format.CSV: "text/csv"}
# A web request has 20 s: 32 MiB of JSON take 7 s to read, a thousand changed records 8 s to check on a slow machine.
SECONDS, SECONDS_OF_A_TRY = 120.0, 8.0
LONGEST_SECRET, LONGEST_MESSAGE = 2_000, 500
ERRORS_KEPT, RUNS_KEPT = 100, 500
# What the name of a header may hold beside letters and digits.
PLACES_OF_A_HEADER = frozenset("!#$%&'*+-.^_`|~")
NOT_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})

log = structlog.get_logger(__name__)


# ---- Naming


@transaction.atomic
def create_source(*, metric: Metric, secret: str = "", made_by: User | None = None, **fields: Any) -> MeasurementSource:
    """Name where a metric's measurements are fetched from; it is paused until somebody lets it run.

    Raises ValidationError by field.
    """
    source = MeasurementSource(metric=metric, made_by=made_by, **fields)
    set_secret(source, secret)
    check_source(source)
    source.save()
    return source


@transaction.atomic
def change_source(
    *, source: MeasurementSource, changes: Mapping[str, Any], now: datetime, secret: str | None = None
) -> MeasurementSource:
    """Change a source; raises ValidationError by field. `secret` None or '': it stays as it is.

    Another host gets no secret that was given for the one before.
    """
    locked = locked_source(source.pk)
    before = locked.address
    for name, value in changes.items():
        setattr(locked, name, value)
    if secret:
        set_secret(locked, secret)
    elif not locked.header:
        locked.secret = ""
    check_source(locked)
    if locked.secret and not secret and target_of(before).origin != target_of(locked.address).origin:
        message = gettext_lazy("The address leads to another host. Enter the secret again, or take its header out.")
        raise ValidationError({"secret": ValidationError(message, code="other_host")})
    if not locked.is_paused:
        locked.next_at = next_time(locked, now=now, zone=program_zone())
    locked.save()
    return locked


def locked_source(pk: int) -> MeasurementSource:
    return MeasurementSource.objects.select_for_update(of=("self",)).select_related("metric").get(pk=pk)


def set_secret(source: MeasurementSource, secret: str) -> None:
    if len(secret) > LONGEST_SECRET or not (secret.isascii() and secret.isprintable()):
        message = gettext_lazy("A header takes at most %(most)d characters of ASCII, in one line.")
        raise ValidationError({"secret": ValidationError(message, code="secret", params={"most": LONGEST_SECRET})})
    source.secret = encrypted(PURPOSE, secret) if secret else ""


def check_source(source: MeasurementSource) -> None:
    errors: dict[str, Any] = {}
    try:
        target_of(source.address[: LONGEST_ADDRESS + 1])
    except FetchError as error:
        errors["address"] = ValidationError(error.message, code="address")
    errors |= errors_in_header(source) | errors_in_places(source)
    try:
        source.clean_fields(exclude={"metric", "made_by", *errors})
        if not errors:
            source.validate_unique()
            source.validate_constraints()
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)


def errors_in_header(source: MeasurementSource) -> dict[str, ValidationError]:
    name = source.header
    if source.secret and not name:
        return {"header": ValidationError(gettext_lazy("Say which header takes the secret."), code="required")}
    is_token = all(each.isascii() and (each.isalnum() or each in PLACES_OF_A_HEADER) for each in name)
    if not is_token or name.lower() in NOT_OURS:
        return {"header": ValidationError(gettext_lazy("This is no header that can be sent."), code="header")}
    return {}


def errors_in_part(source: MeasurementSource) -> dict[str, ValidationError]:
    if source.metric.is_chain and not source.part:
        message = gettext_lazy("Say where the step stands: this yield is measured by its steps.")
        return {"part": ValidationError(message, code="required")}
    if source.part and not source.metric.word_for_part:
        message = gettext_lazy("This metric is not broken down. Leave it empty.")
        return {"part": ValidationError(message, code="part")}
    return {}


def errors_in_places(source: MeasurementSource) -> dict[str, ValidationError]:
    """Which places a source has to name depends on the kind of its metric."""
    if source.metric.kind == Kind.DERIVED:
        message = gettext_lazy("It is worked out from other metrics. Fetch what those measure.")
        return {"metric": ValidationError(message, code="derived")}
    errors = errors_in_part(source)
    needs_size = len(FIELDS_OF[Kind(source.metric.kind)]) > 1
    if needs_size != bool(source.size):
        message = gettext_lazy("Say where the size stands: what is counted is counted of something.")
        if not needs_size:
            message = gettext_lazy("A metric of this kind has no size. Leave it empty.")
        errors["size"] = ValidationError(message, code="size")
    for name in ("period", "begins", "value", "size", "part", "identity"):
        if set("{}") & set(getattr(source, name)):
            errors[name] = ValidationError(gettext_lazy("A field's name holds no braces here."), code="braces")
    return errors


@transaction.atomic
def pause_source(*, source: MeasurementSource) -> MeasurementSource:
    """Ask a source no more until somebody lets it run again."""
    locked = locked_source(source.pk)
    locked.is_paused, locked.next_at = True, None
    locked.save()
    return locked


@transaction.atomic
def resume_source(*, source: MeasurementSource, now: datetime) -> MeasurementSource:
    """Ask a source as often as it says, from now on."""
    locked = locked_source(source.pk)
    locked.is_paused, locked.failures, locked.failing_since = False, 0, None
    locked.next_at = next_time(locked, now=now, zone=program_zone())
    locked.save()
    return locked


@transaction.atomic
def ask_now(*, source: MeasurementSource, now: datetime) -> None:
    """Have a source asked at once, also one that is paused; raises ValidationError while it is being asked."""
    locked = locked_source(source.pk)
    if locked.claimed_at is not None and locked.claimed_at > now - CLAIMED_FOR:
        message = gettext_lazy("It is being asked at the moment. See in a minute what became of it.")
        raise ValidationError(message, code="running")
    MeasurementSource.objects.filter(pk=source.pk).update(next_at=now)
    # By its name: whoever runs tasks stands above. Without a broker the sweep asks it, in a minute.
    transaction.on_commit(lambda: current_app.send_task("metrics.tasks.pull_due"), robust=True)


@transaction.atomic
def delete_source(*, source: MeasurementSource) -> None:
    """Forget a source and its runs; its measurements stay."""
    source.delete()


# ---- Asking


@dataclass(frozen=True, slots=True)
class Tried:
    """What an answer holds, or why it cannot be read; may_pass: another try may do; first: what it begins with.

    has_more: that it was only tried, and goes on where the report ends.
    """

    report: Report | None = None
    first: tuple[Line, ...] = ()
    has_more: bool = False
    problem: str = ""
    may_pass: bool = False

    @property
    def is_good(self) -> bool:
        return self.report is not None and not self.report.error_count


def try_source(*, source: MeasurementSource, now: datetime) -> Tried:
    """Ask a source and say what would become of its first thousand records; nothing is stored."""
    return ask(source, dry_run=True, seconds=SECONDS_OF_A_TRY, now=now)


def ask(source: MeasurementSource, *, dry_run: bool, seconds: float, now: datetime) -> Tried:
    """Fetch and read, all or none; whatever is wrong with the answer is said, never raised."""
    limits = Limits(most_bytes=MOST_BYTES[Format(source.format)], seconds=seconds)
    try:
        with fetched(source, limits) as (path, content_type):
            read = read_answer(source=source, path=path, content_type=content_type, dry_run=dry_run, now=now)
    except FetchError as error:
        return Tried(problem=error.message, may_pass=error.may_pass)
    except UnreadableError as error:
        return Tried(problem=str(error))
    except ValidationError as error:
        return Tried(problem=sentences(error))
    if read.report.rows == 0:
        return Tried(problem=_("It answers no record."))
    return Tried(report=read.report, first=tuple(read.first), has_more=read.has_more)


@contextmanager
def fetched(source: MeasurementSource, limits: Limits) -> Iterator[tuple[Path, str]]:
    with TemporaryDirectory(prefix="pull-") as folder:
        path = Path(folder) / f"{source.get_format_display()} of the source"
        with path.open("wb") as file:
            secret = (source.header, secret_of(source)) if source.secret else None
            got = fetch(source.address, into=file, limits=limits, accept=ACCEPT[Format(source.format)], secret=secret)
        yield path, got.content_type


def secret_of(source: MeasurementSource) -> str:
    try:
        return decrypted(PURPOSE, source.secret)
    except InvalidToken:
        raise FetchError(_("The secret was kept under another key of this installation. Enter it again.")) from None


def pull(*, source_id: int, now: datetime) -> PullRun | None:
    """Ask a source whose time has come, unless somebody else does, and keep what became of it."""
    run = claim(source_id, now=now)
    if run is not None:
        do_run(run, now=now)
    return run


@transaction.atomic
def claim(pk: int, *, now: datetime) -> PullRun | None:
    """Begin the run of a source, unless somebody else did; a run whose worker died is over, and has failed."""
    due = due_sources(now=now).select_related("metric").select_for_update(of=("self",))
    source = due.filter(pk=pk).first()
    if source is None:
        return None
    source.runs.filter(state=PullRun.State.RUNNING).update(
        state=PullRun.State.FAILED, ended_at=now, message=_("Its worker died in the middle of it. Nothing was stored.")
    )
    MeasurementSource.objects.filter(pk=pk).update(claimed_at=now)
    return PullRun.objects.create(source=source, began_at=now)


def do_run(run: PullRun, *, now: datetime) -> None:
    try:
        tried = ask(run.source, dry_run=False, seconds=SECONDS, now=now)
    except Exception as error:
        # A run that dies would leave its source claimed; the reason is in the log under the run's number.
        log.exception("pull_failed", run=run.pk, reason=type(error).__name__)
        defect = _("This is a defect of ours; it is in the log. Nothing was stored.")
        tried = Tried(problem=str(NO_ROOM) if is_for_want_of_room(error) else defect)
    settle(run, tried, now=timezone.now())


@transaction.atomic
def settle(run: PullRun, tried: Tried, *, now: datetime) -> None:
    """Keep what became of a run, and when the source is asked next."""
    fields = fields_of(tried)
    if not PullRun.objects.filter(pk=run.pk, state=PullRun.State.RUNNING).update(ended_at=now, **fields):
        return
    source = locked_source(run.source_id)
    failures = 0 if tried.is_good else source.failures + 1
    when = partial(try_again_at, failures=failures) if tried.may_pass else next_time
    MeasurementSource.objects.filter(pk=source.pk).update(
        claimed_at=None,
        failures=failures,
        failing_since=(source.failing_since or now) if failures else None,
        next_at=None if source.is_paused else when(source, now=now, zone=program_zone()),
    )
    forget_old_runs(source)
    if fields["created"] or fields["changed"]:
        sentence = (
            f"The source '{source.name}' gave {fields['created']:,} new measurements, {fields['changed']:,} changed."
        )
        details = {"created": fields["created"], "changed": fields["changed"], "source": source.pk}
        record(kind=AuditKind.FILE_IMPORTED, sentence=sentence, details=details, person=None)


def fields_of(tried: Tried) -> dict[str, Any]:
    """Return what a run keeps of it. Where a row was refused nothing was stored, so nothing is new or changed."""
    report = tried.report
    state = PullRun.State.DONE if tried.is_good else PullRun.State.FAILED
    if report is None:
        return {"state": state, "message": tried.problem[:LONGEST_MESSAGE], "created": 0, "changed": 0}
    stored = tried.is_good
    message = "" if stored else _("Nothing was stored: %(wrong)d of %(rows)d rows cannot be taken.")
    return {
        "state": state,
        "message": message % {"wrong": report.error_count, "rows": report.rows} if message else "",
        "rows": report.rows,
        "created": report.created["measurements"] if stored else 0,
        "changed": report.changed["measurements"] if stored else 0,
        "same": report.unchanged["measurements"],
        "refused": report.error_count,
        "errors": [
            {"row": each.row, "field": each.column, "detail": str(each)} for each in report.errors[:ERRORS_KEPT]
        ],
    }


def forget_old_runs(source: MeasurementSource) -> None:
    kept = source.runs.values_list("pk", flat=True)[:RUNS_KEPT]
    source.runs.exclude(pk__in=list(kept)).delete()
