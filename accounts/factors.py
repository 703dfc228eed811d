"""Second factors: their secrets encrypted in the database, who needs one, and how a lost one is taken away.

An authenticator app (TOTP), a security key or passkey (WebAuthn), and recovery codes for the day when both are lost;
allauth.mfa does the work.
"""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts.audit import hold_chain, record
from accounts.ciphers import decrypted, encrypted
from accounts.models import AuditKind, User
from accounts.sessions import end_all_sessions

Type = Authenticator.Type
# Recovery codes only stand in for one of these.
FACTORS = (Type.TOTP, Type.WEBAUTHN)
FACTOR_SEEN = "factor_seen_by_service"
PURPOSE = "second factor"


class EncryptedFactors(DefaultMFAAdapter):
    """Seeds are of no use without SECRET_KEY, which a stolen dump does not hold."""

    def encrypt(self, text: str) -> str:
        return encrypted(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(PURPOSE, encrypted_text)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002  # allauth's name
        return f"Key {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def get_totp_issuer(self) -> str:
        return "Quality program"


def has_factor(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def note_factor_seen(request: HttpRequest) -> None:
    """Remember for this session that the login service asked this person for a second factor, and is trusted in it."""
    request.session[FACTOR_SEEN] = request.user.pk


def is_factor_seen(request: HttpRequest) -> bool:
    return request.user.pk is not None and request.session.get(FACTOR_SEEN) == request.user.pk


def needs_factor(user: User) -> bool:
    """Say whether this person may not go on without one: SECOND_FACTOR names whom it binds.

    Administrators are whom assign_role made superusers, so the common question costs no query.
    """
    binds = settings.SECOND_FACTOR
    return binds == "everybody" or (binds == "administrators" and (user.is_superuser or user.is_staff))


@transaction.atomic
def reset_factors(*, person: User) -> int:
    """Take all second factors from a person who lost them, and end the person's sessions; return how many there were.

    The next sign-in needs the password only, and leads to setting one up where the person needs one.
    """
    hold_chain()
    factors = Authenticator.objects.filter(user=person)
    count = factors.count()
    for factor in factors:
        factor.delete()
    record(
        kind=AuditKind.FACTORS_RESET,
        sentence=f"The second factors of {person.username} were reset: {count}.",
        object_id=person.pk,
    )
    end_all_sessions(person=person)
    return count
