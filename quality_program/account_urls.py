"""Signing in: those of allauth's pages that this program wants. What is not named here does not exist.

Left out on purpose: changing one's own e-mail addresses (administrators keep them), confirming them, login by code.
"""

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.generic import RedirectView, TemplateView

from accounts.mailing import sends_mail
from dashboard.joining_views import sign_up_page, signed_up
from functions.identities import PROVIDER
from quality_program import oidc

# allauth's own list ends all sessions or none.
to_sessions = RedirectView.as_view(pattern_name="settings_sessions", http_method_names=["get", "head"])
reset = views.PasswordResetView.as_view(extra_context={"sends_mail": sends_mail})

no_password = login_required(TemplateView.as_view(template_name="joining/no_password.html"))
login = views.LoginView.as_view(extra_context={"login_service": oidc.login_service})
service = {"provider_id": PROVIDER}

urlpatterns = [
    path("login/", login, name="account_login"),
    path("oidc/login/", oidc.login, service, name="openid_connect_login"),
    path("oidc/login/callback/", oidc.callback, service, name="openid_connect_callback"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Not allauth's: whoever signs up gets a link as an invited person does, and may read only.
    path("signup/", sign_up_page, name="account_signup"),
    path("signup/done/", signed_up, name="account_signed_up"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # Whoever has no password signs in by the login service, and by nothing else.
    path("password/set/", no_password, name="account_set_password"),
    path("password/reset/", reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", to_sessions, name="account_sessions"),
]
