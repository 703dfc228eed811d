"""Signing in: those of allauth's pages that this program wants. What is not named here does not exist.

Left out on purpose: changing one's own e-mail addresses (administrators keep them), confirming them, login by code.
"""

from allauth.account import views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.mailing import sends_mail
from dashboard.joining_views import sign_up_page, signed_up

# allauth's own list ends all sessions or none.
to_sessions = RedirectView.as_view(pattern_name="settings_sessions", http_method_names=["get", "head"])
reset = views.PasswordResetView.as_view(extra_context={"sends_mail": sends_mail})

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Not allauth's: whoever signs up gets a link as an invited person does, and may read only.
    path("signup/", sign_up_page, name="account_signup"),
    path("signup/done/", signed_up, name="account_signed_up"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
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
