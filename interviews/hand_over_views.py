from typing import cast

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from functions.access import ProgramRequest, specialists_only
from interviews.forms import HandOverForm
from interviews.handing_over import hand_over
from interviews.services import OPEN
from interviews.views import crumbs_of, interview_or_404
from interviews.word_forms import coders
from web.saving import METHODS, answer_form, posted


@require_http_methods(METHODS)
@specialists_only
def interview_hand_over(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Give an open interview to a colleague, who finds it on top of the list of interviews."""
    interview = interview_or_404(request, pk)
    back = reverse("interview_detail", args=[interview.pk])
    if interview.state not in OPEN:
        messages.error(request, _("It is over, so there is nothing to hand over."))
        return redirect(back)
    by = cast(User, request.user)
    return answer_form(
        request,
        HandOverForm.of(interview, coders(), posted(request)),
        lambda data: hand_over(interview=interview, by=by, now=timezone.now(), **data),
        said=lambda saved: _("%(name)s has it now.") % {"name": saved.interviewer},
        then=lambda _saved: reverse("interview_list"),
        question=_("Interview with %(name)s") % {"name": interview.contact},
        heading=_("Who goes on with it?"),
        crumbs=crumbs_of(interview),
        submit=_("Hand over"),
        cancel_url=back,
    )
