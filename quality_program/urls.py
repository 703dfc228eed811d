"""Every door of the site. Rooms bring their own urls.py; this page only says where each begins."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from quality_program import health, oauth, telemetry

admin.autodiscover()
# allauth's rate limits do not cover the admin's own login, so the admin uses allauth's.
# Clients are kept on their settings page, which offers nothing but client credentials; factors and sessions are their
# owners', and an administrator takes them away in the settings of the person. So are addresses: one that is added here
# would get that person's new password mailed. Nobody is in a group, and when something runs the code says.
KEPT_ELSEWHERE = (
    Client, Token, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken, EmailAddress, Group,
    ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule,
)  # fmt: skip
for kept_elsewhere in KEPT_ELSEWHERE:
    admin.site.unregister(kept_elsewhere)
# The bulk deletion would leave the audit trail without an entry for each row.
admin.site.disable_action("delete_selected")
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # the documented way

handler500 = "quality_program.failures.answer_failure"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", telemetry.metrics, name="metrics"),
    path("accounts/", include("quality_program.account_urls")),
    path("admin/", admin.site.urls),
    path("oauth/token", oauth.token, name="oauth_token"),
    path("oauth/revoke", oauth.revoke, name="oauth_revoke"),
    path("api/", include("quality_program.api")),
    path("", include("dashboard.urls")),
    path("", include("functions.urls")),
    path("", include("requirements_catalog.urls")),
    path("", include("customers.urls")),
    path("", include("interviews.urls")),
    path("", include("metrics.urls")),
    path("", include("notices.urls")),
    path("", include("improvements.urls")),
]
