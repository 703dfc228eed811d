"""Personal data of accounts, and of the libraries that sign people in: of users. Contacts never sign in."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from accounts.models import AuditEntry, SavedView
from accounts.personal_data import Erasing, Holding, Outlook, Room, finds, mentioned, register_room, row_of

HOLDINGS = (
    Holding("accounts.User", user=("username", "first_name", "last_name", "email", "password")),
    Holding("accounts.Invitation", nothing="a digest and dates; whose it is, the user says"),
    Holding("accounts.ApiToken", user=("name",), other=("prefix", "digest", "scopes")),
    Holding("accounts.ClientUse", nothing="when a machine last came"),
    Holding(
        "accounts.AuditEntry",
        user=("actor", "address", "sentence", "details", "object_id"),
        other=("kind", "request_id", "previous", "digest"),
    ),
    # Whoever searches a list for a contact and saves the view keeps the name in it.
    Holding("accounts.SavedView", contact=("name", "query"), other=("list",)),
    Holding("accounts.DefaultView", nothing="which view opens first"),
    Holding("accounts.User_groups", nothing="roles are memberships"),
    Holding("accounts.User_user_permissions", nothing="roles are memberships"),
    Holding("account.EmailAddress", user=("email",)),
    Holding("account.EmailConfirmation", nothing="a key that dies with its use"),
    Holding("mfa.Authenticator", nothing="an encrypted seed; whose it is, the user says"),
    Holding("socialaccount.SocialAccount", user=("uid", "extra_data"), other=("provider",)),
    Holding("socialaccount.SocialApp", nothing="set up by the environment"),
    Holding("socialaccount.SocialToken", nothing="none are stored"),
    Holding("usersessions.UserSession", user=("ip", "user_agent", "session_key", "data")),
    Holding("sessions.Session", nothing="signed, about the user's own session, and gone with it"),
    Holding("allauth_idp_oidc.Client", nothing="a program that asks the API"),
    Holding("allauth_idp_oidc.Token", nothing="digests and scopes"),
    Holding("admin.LogEntry", nothing="about reference data: value bands, attributes, rating scales"),
    Holding("auth.Group", nothing="none are used"),
    Holding("auth.Group_permissions", nothing="none are used"),
    Holding("auth.Permission", nothing="named by Django"),
    Holding("contenttypes.ContentType", nothing="named by Django"),
    Holding("django_celery_beat.ClockedSchedule", nothing="when what runs"),
    Holding("django_celery_beat.CrontabSchedule", nothing="when what runs"),
    Holding("django_celery_beat.IntervalSchedule", nothing="when what runs"),
    Holding("django_celery_beat.PeriodicTask", nothing="when what runs"),
    Holding("django_celery_beat.PeriodicTasks", nothing="when what runs"),
    Holding("django_celery_beat.SolarSchedule", nothing="when what runs"),
)


def key_of(contact_id: int) -> str:
    """Return how the audit trail calls a contact: by number, never by name."""
    return f"contact {contact_id}"


def told(contact_id: int) -> Mapping[str, Any]:
    """Return what the audit trail has about a contact: who took the data along, and when."""
    entries = AuditEntry.objects.filter(object_id=key_of(contact_id)).order_by("number")
    return {"audit_trail": [row_of(each, leave_out=("previous", "digest", "address")) for each in entries]}


def told_by_mentions(mentions: tuple[str, ...]) -> Mapping[str, Any]:
    return {"saved_views": [{"name": each.name, "query": each.query} for each in views_with(mentions)]}


def views_with(mentions: tuple[str, ...]) -> list[SavedView]:
    found_by = finds(mentions)
    if found_by is None:
        return []
    return [view for view in SavedView.objects.all() if mentioned([view.name, dict(parse_qsl(view.query))], found_by)]


def erase(erasing: Erasing) -> None:
    """Delete the views that name the contact: without the name they would find nothing."""
    for view in views_with(erasing.mentions):
        view.delete()


def outlook(_contact_id: int) -> Outlook:
    said = "The audit trail keeps who took this person's data along and who erased it: by number, without a name."
    return Outlook(stays=(said,))


register_room(
    Room(
        name="accounts",
        holdings=HOLDINGS,
        told=told,
        told_by_mentions=told_by_mentions,
        outlook=outlook,
        erase=erase,
    )
)
