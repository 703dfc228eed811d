import hashlib
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

TOKEN_PREFIX_LENGTH = 8
SECRET_BYTES = 32


class User(AbstractUser):
    """A person who signs in; what the person may do stands in functions.Membership."""

    email = models.EmailField(_("e-mail address"), blank=True)

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint("email", name="user_email_once", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> Self:
        """Those whose link works."""
        return self.in_state(Invitation.State.OPEN, at).filter(person__is_active=True)

    def in_state(self, state: str, at: datetime) -> Self:
        states = Invitation.State
        if state == states.ACCEPTED:
            return self.exclude(accepted_at=None)
        rows = self.filter(accepted_at=None)
        if state == states.WITHDRAWN:
            return rows.exclude(withdrawn_at=None)
        rows = rows.filter(withdrawn_at=None)
        if state == states.WAITING:
            return rows.filter(digest=None)
        rows = rows.exclude(digest=None)
        return rows.filter(expires_at__gt=at) if state == states.OPEN else rows.filter(expires_at__lte=at)


class Invitation(models.Model):
    """How somebody comes in: a link with which the person chooses a password. Only the link's digest is kept.

    One a person: a new link takes the place of the old one, and the audit trail tells of all of them. Whoever signed up
    where no mail is sent has none until an administrator makes one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("asks to be let in")
        OPEN = "open", _("invited")
        EXPIRED = "expired", _("invitation expired")
        WITHDRAWN = "withdrawn", _("invitation withdrawn")
        ACCEPTED = "accepted", _("accepted")

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True, null=True)  # several may have none
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_mailed = models.BooleanField(default=False)
    is_asked_for = models.BooleanField(
        default=False, db_default=False, help_text="signed up; nobody invited the person"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(digest=None) | Q(accepted_at=None, withdrawn_at=None), name="invitation_link_dies"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.made_at:%Y-%m-%d}"

    def state(self, at: datetime) -> State:
        if self.accepted_at:
            return self.State.ACCEPTED
        if self.withdrawn_at:
            return self.State.WITHDRAWN
        if self.digest is None:
            return self.State.WAITING
        return self.State.OPEN if self.expires_at > at else self.State.EXPIRED


class Scope(models.TextChoices):
    READ_SCORES = "scores:read", _("Read scores")
    PUSH_MEASUREMENTS = "measurements:write", _("Push measurements")
    READ_EVIDENCE = "evidence:read", _("Read the evidence: the register, interviews with words, and measurements")
    WRITE_EVIDENCE = "evidence:write", _("Record and change customers, contacts and interviews with answers and words")
    WRITE_DEFINITIONS = (
        "definitions:write",
        _("Change what is measured: functions, requirements, metrics and their links"),
    )
    READ_PEOPLE = "people:read", _("Read who has which role")
    WRITE_PEOPLE = "people:write", _("Invite people, and give and take roles")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at: datetime) -> Self:
        return self.filter(revoked_at=None, user__is_active=True).filter(Q(expires_at=None) | Q(expires_at__gt=at))


class ApiToken(models.Model):
    """A personal token: only the digest of its secret is kept, so it is shown exactly once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=TOKEN_PREFIX_LENGTH, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="api_token_name_once", condition=Q(revoked_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ClientUse(models.Model):
    """When a machine's client was last used; the client itself is a row of allauth's."""

    client = models.OneToOneField("allauth_idp_oidc.Client", on_delete=models.CASCADE, related_name="use")
    last_used_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_used_at", "id")

    def __str__(self) -> str:
        return f"{self.client_id}, {self.last_used_at:%Y-%m-%d}"


class AuditKind(models.TextChoices):
    """What happened: a noun and a verb. An entry keeps the key, so a kind is never renamed."""

    SESSION_BEGUN = "session.begun", _("Signed in")
    SESSION_REFUSED = "session.refused", _("Refused to sign in")
    SESSION_ENDED = "session.ended", _("Session ended")
    SESSION_CONFIRMED = "session.confirmed", _("Showed again who it is")
    PASSWORD_CHANGED = "password.changed", _("Password changed")
    PASSWORD_RESET = "password.reset", _("Password chosen by a link")
    LINK_MADE = "link.made", _("Link to choose a password made")
    FACTOR_ADDED = "factor.added", _("Second factor added")
    FACTOR_REMOVED = "factor.removed", _("Second factor removed")
    FACTORS_RESET = "factor.reset", _("Second factors reset")
    SIGN_UP_ASKED = "sign_up.asked", _("Signed up")
    INVITATION_MADE = "invitation.made", _("Person invited")
    INVITATION_ACCEPTED = "invitation.accepted", _("Invitation accepted")
    INVITATION_WITHDRAWN = "invitation.withdrawn", _("Invitation withdrawn")
    IDENTITY_LINKED = "identity.linked", _("Linked to the login service")
    IDENTITY_UNLINKED = "identity.unlinked", _("Unlinked from the login service")
    PERSON_MADE = "person.made", _("Account made")
    PERSON_CHANGED = "person.changed", _("Account changed")
    PERSON_ENDED = "person.ended", _("Account ended")
    PERSON_RESUMED = "person.resumed", _("Account resumed")
    ROLE_GIVEN = "role.given", _("Role given")
    ROLE_CHANGED = "role.changed", _("Role changed")
    ROLE_ENDED = "role.ended", _("Role ended")
    TOKEN_MADE = "token.made", _("Token made")
    TOKEN_REVOKED = "token.revoked", _("Token revoked")
    CLIENT_REGISTERED = "client.registered", _("Client registered")
    CLIENT_REMOVED = "client.removed", _("Client removed")
    LIST_EXPORTED = "list.exported", _("List exported")
    LIST_PULLED = "list.pulled", _("List read by a machine")
    ROWS_CHANGED = "rows.changed", _("Many records changed at once")
    ROWS_PUT_BACK = "rows.put_back", _("Change of many records undone")
    FILE_IMPORTED = "file.imported", _("File imported")
    FILE_REMOVED = "file.removed", _("File of an action deleted")
    PROGRAM_EXPORTED = "program.exported", _("Program exported")
    PROGRAM_IMPORTED = "program.imported", _("Program imported")
    PROGRAM_SET_UP = "program.set_up", _("Program set up")
    PROGRAM_CHANGED = "program.changed", _("Program's settings changed")
    PROGRAM_REMOVED = "program.removed", _("Example removed")
    CONTACT_TOLD = "contact.told", _("Everything of a contact taken along")
    CONTACT_ERASED = "contact.erased", _("Contact erased")
    AMBASSADOR_AGREED = "ambassador.agreed", _("Ambassador agreed to speak for us")
    AMBASSADOR_WITHDREW = "ambassador.withdrew", _("Ambassador withdrew")
    AMBASSADOR_ASKED = "ambassador.asked", _("Ambassador asked")
    WORDS_ERASED = "words.erased", _("Old data erased by the rule")
    ENDPOINT_MADE = "endpoint.made", _("Endpoint made")
    ENDPOINT_CHANGED = "endpoint.changed", _("Endpoint changed")
    ENDPOINT_REMOVED = "endpoint.removed", _("Endpoint removed")
    REFERENCE_DATA_CHANGED = "reference_data.changed", _("Reference data changed")


class AuditEntry(models.Model):
    """One security event. accounts.audit.record is the only writer; the database refuses to change or delete a row.

    It names people by id and by the name they had then, without a foreign key: it outlives what it tells about.
    """

    class By(models.TextChoices):
        PERSON = "person", _("person")
        TOKEN = "token", _("token")
        CLIENT = "client", _("client")
        COMMAND = "command", _("command")
        NOBODY = "nobody", _("nobody signed in")

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    by = models.CharField(max_length=8, choices=By.choices)
    person_id = models.PositiveBigIntegerField(null=True)
    actor = models.CharField(max_length=200, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    sentence = models.CharField(max_length=400)
    address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-number",)
        indexes: ClassVar = [
            models.Index("at", name="audit_entry_at"),
            models.Index("kind", "number", name="audit_entry_kind"),
            models.Index("person_id", "number", name="audit_entry_person"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.sentence}"

    @property
    def label(self) -> str:
        """The kind in words; one that this version does not know stays as it is."""
        return str(dict(AuditKind.choices).get(self.kind, self.kind))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def new_prefix() -> str:
    """Return the part of a token that may be shown and logged; hex, so that no '_' splits it."""
    return secrets.token_hex(TOKEN_PREFIX_LENGTH // 2)


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


class SavedView(models.Model):
    """A way to look at a list: its filters, its order and its page size, under a name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    list = models.CharField(max_length=40, help_text="the name of the list's plan")
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True, help_text="parameters of the address, sorted by name")
    is_shared = models.BooleanField(_("shared"), default=False)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "list", "name"], name="saved_view_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_name_given"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        return "&".join(filter(None, (self.query, f"view={self.pk}")))


class DefaultView(models.Model):
    """The view with which a list opens for a person: one of the person's own, or a shared one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    list = models.CharField(max_length=40)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "list"], name="default_view_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.view}"
