"""The doors of the API: a token opens what its scopes name, and never more than its owner may."""

from typing import Any

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.authentication import scopes_of
from accounts.models import Scope
from functions.selectors import Access, program_day, scope_for


class IsMember(BasePermission):
    """Whoever has a role in the program; the view finds the person's rights in `access`.

    And in `day_of` the day of a moment: a token has no session, so nothing else has set the clock of the program.
    """

    message = "You have no role in this program. An administrator can give you one."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        view.access, view.day_of = scope_for(request.user), program_day
        return bool(view.access.is_member)


class _Scoped(IsMember):
    """A member whose token has one of these scopes and whose role reaches this far."""

    scopes: tuple[Scope, ...] = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        self.message = f"This needs a token with the scope {' or '.join(self.scopes)}."
        return not scopes_of(request.auth).isdisjoint(self.scopes) and self.role_reaches(view.access)

    def role_reaches(self, access: Access) -> bool:
        """Whether the role may pass; one that may not either gets 403 with `message`, or 404 where it may not know."""
        return True


def reads_evidence(request: Request) -> bool:
    """Whether a token reaches what customers said, where an address is open to others, too."""
    return not scopes_of(request.auth).isdisjoint((Scope.READ_EVIDENCE, Scope.WRITE_EVIDENCE))


class _ForSpecialists(_Scoped):
    """Specialists' work on what every member may read."""

    def role_reaches(self, access: Access) -> bool:
        self.message = "Only specialists and administrators change this."
        return access.is_specialist


class _HiddenFromOthers(_Scoped):
    """What does not exist for anybody below a specialist."""

    def role_reaches(self, access: Access) -> bool:
        if not access.is_specialist:
            raise Http404
        return True


class _HiddenFromAllButAdministrators(_Scoped):
    def role_reaches(self, access: Access) -> bool:
        if not access.is_administrator:
            raise Http404
        return True


class ReadsScores(_Scoped):
    scopes = (Scope.READ_SCORES,)


class ReadsDefinitions(_Scoped):
    """Whoever reads or writes anything has to know what the ids mean."""

    scopes = tuple(Scope)


class WritesDefinitions(_ForSpecialists):
    scopes = (Scope.WRITE_DEFINITIONS,)


class KeepsDocuments(_HiddenFromOthers):
    """Whole catalogues, taken along and brought back: specialists' work, with one scope for both ways."""

    scopes = (Scope.WRITE_DEFINITIONS,)


class ReadsSources(_HiddenFromOthers):
    """Where measurements are fetched from: an address of another system may say much about it."""

    scopes = tuple(Scope)


class KeepsSources(_HiddenFromOthers):
    scopes = (Scope.WRITE_DEFINITIONS,)


class ReadsHistory(_HiddenFromOthers):
    """Who changed what is specialists' reading, as on the pages."""

    scopes = tuple(Scope)


class ReadsRegister(_HiddenFromOthers):
    """Customers and contacts: personal data, for specialists."""

    scopes = (Scope.READ_EVIDENCE, Scope.WRITE_EVIDENCE)


class WritesRegister(_HiddenFromOthers):
    scopes = (Scope.WRITE_EVIDENCE,)


class ReadsInterviews(_Scoped):
    """Specialists read every interview, everybody else those that they recorded: the rows know who asks."""

    scopes = (Scope.READ_EVIDENCE, Scope.WRITE_EVIDENCE)


class WritesInterviews(_ForSpecialists):
    scopes = (Scope.WRITE_EVIDENCE,)


class RecordsWords(_Scoped):
    """Every member records what a customer said."""

    scopes = (Scope.WRITE_EVIDENCE,)


class KeepsInitiatives(_Scoped):
    """Heads and deputies propose for their own function, and keep scenarios of their own: the rows know which."""

    scopes = (Scope.WRITE_DEFINITIONS,)

    def role_reaches(self, access: Access) -> bool:
        self.message = "This is kept by specialists, and by heads and deputies for their own function."
        return access.is_specialist or bool(access.functions)


class KeepsActions(_Scoped):
    """Whoever works on gaps keeps what is done about them: the rows know which."""

    scopes = (Scope.WRITE_EVIDENCE,)

    def role_reaches(self, access: Access) -> bool:
        self.message = "Actions are kept by specialists, and by heads and deputies of what concerns their function."
        return access.is_specialist or bool(access.functions)


class ReadsNotices(_Scoped):
    """What the owner of the token was told: the rows are the own ones."""

    scopes = (Scope.READ_EVIDENCE, Scope.WRITE_EVIDENCE)


class MarksNotices(_Scoped):
    scopes = (Scope.WRITE_EVIDENCE,)


class ReadsPeople(_HiddenFromAllButAdministrators):
    scopes = (Scope.READ_PEOPLE, Scope.WRITE_PEOPLE)


class WritesPeople(_HiddenFromAllButAdministrators):
    scopes = (Scope.WRITE_PEOPLE,)


class ReadsMeasurements(_Scoped):
    scopes = (Scope.READ_EVIDENCE, Scope.PUSH_MEASUREMENTS)


class KeepsScores(_ForSpecialists):
    """The scores of a day are read by every member, and kept by specialists."""

    scopes = (Scope.WRITE_EVIDENCE,)


class ReadsJobs(_Scoped):
    scopes = (Scope.READ_EVIDENCE, Scope.WRITE_EVIDENCE, Scope.PUSH_MEASUREMENTS)


class StopsJobs(_Scoped):
    """Whoever may see a job may stop it: the rows know whose it is."""

    scopes = (Scope.WRITE_EVIDENCE, Scope.PUSH_MEASUREMENTS)


class PushesMeasurements(_Scoped):
    scopes = (Scope.PUSH_MEASUREMENTS,)

    def role_reaches(self, access: Access) -> bool:
        self.message = "Measurements come from specialists, and from heads and deputies for their own function."
        return access.is_specialist or bool(access.functions)
