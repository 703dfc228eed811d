from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Marker(models.Model):
    """A note, written with the evidence, that something has to be worked out anew. It carries keys, never deltas."""

    class Kind(models.IntegerChoices):
        UNIT = 1, _("one customer's answers on one requirement")
        CUSTOMER = 2, _("all units of a customer")
        REQUIREMENT = 3, _("all units of a requirement")
        METRIC = 4, _("the measured levels that a metric gives")
        REGISTER = 5, _("the register: product use, lifecycle dates, weights")
        CIRCLE = 6, _("functions, owners and supply links")

    # The second key of a metric is the ordinal of a day whose measurements changed, or one of these.
    EVERY_DAY: ClassVar = 0
    NO_DAY: ClassVar = -1

    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    key1 = models.BigIntegerField(default=0)
    key2 = models.BigIntegerField(default=0)
    enqueued_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key1} {self.key2}"


class Job(models.Model):
    """Long work that can be left and come back to."""

    class State(models.TextChoices):
        RECEIVING = "receiving", _("being received")
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        INTERRUPTED = "interrupted", _("interrupted")

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    about = models.JSONField(default=dict, help_text="what it was asked to do")
    result = models.JSONField(default=dict, help_text="counts of what it did")
    errors = models.JSONField(default=list, help_text="what it refused, row by row; the first thousand")
    is_cancel_asked = models.BooleanField(default=False)
    alive_at = models.DateTimeField(null=True, blank=True, help_text="when it last said how far it is")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="how often a worker began it")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(total=0) | Q(done__lte=F("total")), name="job_done_within_total"),
        ]

    def __str__(self) -> str:
        return self.title


class JobInput(models.Model):
    """A piece of what a job works on, compressed: kept in the database, because a worker may be another machine."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="inputs")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        ordering = ("job", "number")
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "number"], name="job_input_once")]

    def __str__(self) -> str:
        return f"{self.job_id} / {self.number}"


class FileImport(models.Model):
    """A file that somebody uploads: its columns are named, it is checked, and then it is brought in, or not.

    The file, what was found in it and the progress lie in the data folder under `folder`, and only while they are
    needed: nothing that customers said is kept here.
    """

    class Kind(models.TextChoices):
        INTERVIEWS = "interviews", _("Interviews")
        MEASUREMENTS = "measurements", _("Measurements")
        CUSTOMERS = "customers", _("Customers and contacts")
        REQUIREMENTS = "requirements", _("Requirements")
        FUNCTIONS = "functions", _("Functions")
        METRICS = "metrics", _("Metrics")
        HOUSE = "house", _("House: who or what serves which requirement")
        GUIDES = "guides", _("Guide")

    class Stage(models.TextChoices):
        COLUMNS = "columns", _("its columns are not named yet")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, not brought in yet")
        IMPORTING = "importing", _("being brought in")
        IMPORTED = "imported", _("brought in")
        DISCARDED = "discarded", _("discarded")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.COLUMNS)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    folder = models.CharField(max_length=32, unique=True, help_text="generated; never the uploaded name")
    columns = models.JSONField(default=list)
    meanings = models.JSONField(default=dict, blank=True, help_text="what each column means, as the form has it")
    counts = models.JSONField(default=dict, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            # Two people at once: the second is told who brings the same file in.
            models.UniqueConstraint(
                fields=["kind", "sha256"], name="file_import_once", condition=Q(stage__in=["importing", "imported"])
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ColumnMemory(models.Model):
    """What the columns of a header meant the last time: the next file of the same shape needs no naming."""

    kind = models.CharField(max_length=12, choices=FileImport.Kind.choices)
    shape = models.CharField(max_length=64, help_text="SHA-256 of the header")
    meanings = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "shape"], name="column_memory_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.shape}"


class IdempotencyKey(models.Model):
    """A call that was answered: whoever sends it again under the same key gets the same answer, and nothing happens."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64, help_text="of method, address and body")
    answer = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class WorkerSeen(models.Model):
    """When a worker last said that it lives."""

    name = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class BulkChange(models.Model):
    """What was done to many records at once, with what stood there before: it can be undone for a day."""

    list_name = models.CharField(max_length=40, help_text="of the list's plan")
    action = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    rows = models.JSONField(default=list, help_text="id, name, what stood there before and after")
    skipped = models.JSONField(default=list, help_text="id, name and why")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    done_at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title


class OutboxMessage(models.Model):
    """A letter to somebody outside, written with its cause and sent by a worker. It has keys: no address, no text.

    The purpose names who writes the text (jobs.outbox.register_letter); `recipient` and `wave` are keys of that room.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting to be sent")
        SENDING = "sending", _("being handed over")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not taken by the mail server")
        UNCLEAR = "unclear", _("perhaps sent")
        BOUNCED = "bounced", _("came back")
        CANCELLED = "cancelled", _("not sent any more")

    purpose = models.CharField(max_length=20)
    recipient = models.BigIntegerField(help_text="whom it is for")
    wave = models.BigIntegerField(help_text="what it is about")
    number = models.PositiveSmallIntegerField(default=0, help_text="0 for the first of its purpose")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.CharField(max_length=200, unique=True, help_text="the same at every attempt")
    written_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="when its state became what it is")
    reason = models.CharField(max_length=200, blank=True, help_text="what the mail server said, without addresses")

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(state__in=["waiting", "sending"]), name="outbox_due"
            ),
            models.Index(fields=["wave", "recipient"], name="outbox_of_wave"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recipient", "wave", "purpose", "number"], name="outbox_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}: {self.state}"
