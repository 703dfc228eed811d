"""A company's login service in a process of its own: allauth's OpenID provider on loopback, with people of its own.

`python login_service.py FOLDER CALLBACK` prints its address. What stands in FOLDER/lies.json replaces claims in the
tokens that it signs; null leaves one out.
"""

import json
import os
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

# This file runs alone: what stands beside it is found by its folder.
from login_service_known import CLIENT_ID, CLIENT_SECRET, PASSWORD

FOLDER, CALLBACK = Path(sys.argv[1]), sys.argv[2]
PEOPLE = {"ines": "ines@example.com", "eve": "eve@example.org", "ada": "ada@example.com", "twin": "twin@example.com"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)

settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="__main__",
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "allauth", "allauth.account", "allauth.idp.oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        }
    ],
    AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"],
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    ACCOUNT_RATE_LIMITS=False,
    LOGIN_URL="account_login",
    IDP_OIDC_PRIVATE_KEY=KEY.decode(),
    IDP_OIDC_ADAPTER="__main__.Liar",
)  # fmt: skip
django.setup()

from allauth.account.models import EmailAddress  # noqa: E402  # needs what stands above
from allauth.idp.oidc.adapter import DefaultOIDCAdapter  # noqa: E402
from allauth.idp.oidc.models import Client  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.views.generic import RedirectView  # noqa: E402

moved = RedirectView.as_view(url="/.well-known/openid-configuration")
urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("moved/.well-known/openid-configuration", moved),
    path("", include("allauth.idp.urls")),
]


class Liar(DefaultOIDCAdapter):
    def populate_id_token(self, id_token, client, scopes, **others):
        lies = json.loads((FOLDER / "lies.json").read_text())
        id_token.update({name: value for name, value in lies.items() if value is not None})
        for name in [name for name, value in lies.items() if value is None]:
            id_token.pop(name, None)

    def populate_server_metadata(self, data):
        lies = json.loads((FOLDER / "metadata.json").read_text())
        data.update(lies)


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def prepare() -> None:
    call_command("migrate", verbosity=0)
    for name, email in PEOPLE.items():
        person = User.objects.create_user(name, email, PASSWORD, first_name=name.title(), last_name="Moreau")
        EmailAddress.objects.create(user=person, email=email, verified=name != "eve", primary=True)
    client = Client(id=CLIENT_ID, name="Quality program", redirect_uris=CALLBACK, skip_consent=True)
    client.set_scopes(["openid", "profile", "email"])
    client.set_secret(CLIENT_SECRET)
    client.save()


if __name__ == "__main__":
    for name in ("lies", "metadata"):
        (FOLDER / f"{name}.json").write_text("{}")
    prepare()
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()
