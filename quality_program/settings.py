"""Every setting in one file, each from the environment or with a safe value. docs/operations.md lists the variables.

Two ways to run: *embedded* (no DATABASE_URL: SQLite in DATA_DIR, one process, this machine only) and *deployed*
(DATABASE_URL names PostgreSQL: several processes behind a proxy that speaks https).
"""

import os
import secrets
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from accounts.made_once import read_or_make
from quality_program.logs import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
# A variable that is set to nothing counts as not set: compose files and make pass such.
env.ENVIRON = {name: value for name, value in os.environ.items() if value}

DEBUG = env.bool("DEBUG", default=False)
DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED = env.bool("EMBEDDED", default=not DATABASE_URL)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
# Embedded runs and developers speak plain http to this machine; a deployment speaks https through its proxy.
HTTPS = env.bool("HTTPS", default=not (EMBEDDED or DEBUG))
PROCESS = env.str("PROCESS", default="jobs")


def secret_key() -> str:
    """Return the signing key; only an embedded run may make its own."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    if EMBEDDED or DEBUG:
        try:
            DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
            return read_or_make(DATA_DIR / "secret_key", lambda: secrets.token_urlsafe(64))
        except OSError as error:
            reason = f"{DATA_DIR} cannot be written ({error.strerror}). Name another folder by DATA_DIR."
            raise ImproperlyConfigured(reason) from None
    raise ImproperlyConfigured("SECRET_KEY is not set. Copy .env.example to .env, or export SECRET_KEY.")


def allowed_hosts() -> list[str]:
    """Return the names this site answers to; a deployment must say them, or mailed links could be forged."""
    hosts: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [])
    if not hosts and not DEBUG:
        raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the site's hosts, separated by commas.")
    return hosts


SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = allowed_hosts()
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "crispy_bootstrap5",
    "crispy_forms",
    "csp",
    "django_celery_beat",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rules.apps.AutodiscoverRulesConfig",
    "simple_history",
    "template_partials",
    "accounts",
    "jobs",
    "web",
    "functions",
    "requirements_catalog",
    "customers",
    "interviews",
    "metrics",
    "gap_scores",
    "notices",
    "improvements",
    "dashboard",
    "quality_program",
]

MIDDLEWARE = [
    "quality_program.meters.Meter",
    "quality_program.middleware.AnswerHeaders",
    "csp.middleware.CSPMiddleware",
    "web.api_guard.ApiGuard",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "quality_program.middleware.AskedBy",
    "quality_program.middleware.SessionEnds",
    "quality_program.program_time.ProgramTime",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "quality_program.middleware.SecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "quality_program.urls"
WSGI_APPLICATION = "quality_program.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.navigation.shell",
            ],
        },
    },
]

# ---- Database


def database() -> dict[str, Any]:
    """Return the one database, with the limits and the durability that the fault tests rely on."""
    config: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'quality.sqlite3'}")
    config |= {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    config["OPTIONS"] = (sqlite_options() if "sqlite" in config["ENGINE"] else postgres_options()) | config.get(
        "OPTIONS", {}
    )
    return config


def sqlite_options() -> dict[str, Any]:
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL, because NORMAL may drop the last commits when the power fails. What is deleted is overwritten, because
        # somebody may have asked to be forgotten.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON"
        ),
    }


def postgres_options() -> dict[str, Any]:
    """A page gives up after seconds; a job may work for long, but not sit idle in a transaction for ever."""
    web = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=15s"
    jobs = "-c idle_in_transaction_session_timeout=10min"
    return {"connect_timeout": 3, "tcp_user_timeout": 5000, "options": web if PROCESS == "web" else jobs}


DATABASES = {"default": database()}
# Embedded is one process, so its own memory will do; several processes must share the counters of the rate limits.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if EMBEDDED
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
    # Parts of pages that are drawn anew only with a new version of the board; a circle of 200 functions has 800 KB.
    "drawings": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "drawings",
        "OPTIONS": {"MAX_ENTRIES": 48},
    },
}

# ---- People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# One's own list, a word a line in small letters: the company's words, or a longer one of passwords that became known.
if PASSWORD_LIST := env.str("PASSWORD_LIST", default=""):
    AUTH_PASSWORD_VALIDATORS.append(
        {
            "NAME": "django.contrib.auth.password_validation.CommonPasswordValidator",
            "OPTIONS": {"password_list_path": PASSWORD_LIST},
        }
    )
PASSWORD_RESET_TIMEOUT = 3600
# People are on holiday: an invitation waits longer than a link that somebody just asked for.
INVITATION_LIFETIME = timedelta(days=env.int("INVITATION_DAYS", default=7))
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "quality_program.login.InvitedOnly"
ACCOUNT_FORMS = {
    "login": "quality_program.account_forms.SignIn",
    "reauthenticate": "quality_program.account_forms.EnterPassword",
    "change_password": "quality_program.account_forms.ChangePassword",
    "reset_password": "quality_program.account_forms.ResetPassword",
    "reset_password_from_key": "quality_program.account_forms.ChoosePassword",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# The stock prefix is the host that the request named.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_service": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "10/m/user",
    "signup": "5/m/ip,30/d/ip,3/h/key",
    # Links of customers that open nothing; those that do are not counted.
    "link": "30/m/ip",
}
# From so many rows about people on, a list is taken along only for a reason, by somebody who shows again who it is.
EXPORT_REASON_FROM = env.int("EXPORT_REASON_FROM", default=500)
# Who may not go on without a second factor, except on this machine itself: administrators, everybody or nobody.
SECOND_FACTOR = env.str("SECOND_FACTOR", default="administrators")
MFA_ADAPTER = "accounts.factors.EncryptedFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "quality_program.account_forms.EnterCode",
    "reauthenticate": "quality_program.account_forms.EnterCodeAgain",
    "activate_totp": "quality_program.account_forms.ActivateApp",
    "add_webauthn": "quality_program.account_forms.AddKey",
    "edit_webauthn": "quality_program.account_forms.NameKey",
}
# Administrators keep the addresses, so none waits for a confirmation of its own.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Browsers offer keys over plain http on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
# Machines log in by client credentials; access tokens are opaque, kept as digests and live for an hour.
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
# The company's own login service (OpenID Connect); without an issuer there is none.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured("OIDC_ISSUER is set: set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, too, or neither.")
OIDC_NAME = env.str("OIDC_NAME", default="company login")
# NAME=VALUE: whoever carries this claim may come in as a viewer, whatever the domain of the address.
OIDC_VIEWER_CLAIM = env.str("OIDC_VIEWER_CLAIM", default="")
# Values of `amr` by which the service says that it asked for a second factor; none: ours is asked for all the same.
OIDC_TRUSTED_AMR = set(env.list("OIDC_TRUSTED_AMR", default=[]))
SOCIALACCOUNT_ADAPTER = "quality_program.oidc.Services"
# A form that leads to another site would break the content policy; quality_program.oidc.login asks for a click instead.
SOCIALACCOUNT_LOGIN_ON_GET = True
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Without a server letters become files in the data folder; links for people of the program are shown to administrators.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://") | {"EMAIL_FILE_PATH": str(DATA_DIR / "mail")}
vars().update(EMAIL_CONFIG)
SENDS_MAIL = bool(env.str("EMAIL_URL", default=""))
# A server that does not answer must not hold a page.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="quality-program@localhost")

# ---- Sessions, cookies, headers

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# Browsers refuse the __Host- prefix over plain http.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"

SECURE_SSL_REDIRECT = HTTPS
# A health check inside the machine speaks plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading binds the whole domain for years: the owner of the domain decides, not this program.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MESSAGE_TAGS = {10: "secondary", 20: "info", 25: "success", 30: "warning", 40: "danger"}

# ---- Language, time, static files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Compression belongs to the image build: it takes most of a minute, too long for a first start.
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_STORAGE",
            default="django.contrib.staticfiles.storage."
            + ("StaticFilesStorage" if DEBUG else "ManifestStaticFilesStorage"),
        ),
    },
}
MEDIA_ROOT = DATA_DIR / "media"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
# A filter that asks for nothing.
FILTERS_EMPTY_CHOICE_LABEL = "any"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ---- API

REST_FRAMEWORK = {
    # A browser's session opens the API's description only: what changes data carries a token.
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["quality_program.permissions.Nobody"],
    "DEFAULT_RENDERER_CLASSES": ["web.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["web.parsing.StrictJsonParser"],
    "DEFAULT_FILTER_BACKENDS": [],
    "DEFAULT_SCHEMA_CLASS": "web.openapi.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["web.throttles.PerToken", "web.throttles.PerPerson"],
    "DEFAULT_THROTTLE_RATES": {
        "token": env.str("API_RATE", default="1200/min"),
        "person": "120/min",
        "refused": "60/min",
    },
    "EXCEPTION_HANDLER": "web.problems.problem_response",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Quality program",
    "DESCRIPTION": "Scores, measurements and the circle of a customer-focused quality program. See docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [
        "accounts.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "SERVE_PERMISSIONS": ["functions.permissions.IsMember"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "web.openapi.describe_refusals",
        "web.openapi.describe_empty_addresses",
    ],
    # Fields of one name with different choices: what each set of choices is called.
    "ENUM_NAME_OVERRIDES": {
        "AllocationEnum": "interviews.models.SamplingPlan.Method",
        "WeighingEnum": "interviews.weight_models.WeightSet.Method",
        "MetricKindEnum": "metrics.models.Kind",
        "ProductUseKindEnum": "customers.models.ProductUse.Kind",
        "AskKindEnum": "improvements.models.AmbassadorAsk.Kind",
        "AskOutcomeEnum": "improvements.models.AmbassadorAsk.Outcome",
        "StageEnum": "interviews.involvement_models.Stage",
        "OriginEnum": "requirements_catalog.models.Requirement.Origin",
        "ActionKindEnum": "improvements.action_models.Kind",
        "ActionStageEnum": "improvements.action_models.Stage",
        "ActionMoveEnum": "improvements.action_serializers.MOVES",
        "ActionOriginEnum": "improvements.action_models.Action.Origin",
        "BeliefRoleEnum": "improvements.belief_models.BeliefSheet.Role",
        "ReviewDecisionKindEnum": "improvements.review_models.ReviewDecision.Kind",
        "InitiativeStateEnum": "improvements.initiative_models.Initiative.State",
        "InitiativeDecisionEnum": "improvements.initiative_models.InitiativeDecision.Kind",
        "PortfolioGoalEnum": "improvements.initiative_serializers.GOALS",
        "LifecycleEnum": "customers.models.Lifecycle",
        "ScopeLifecycleEnum": "gap_scores.serializers.LIFECYCLES",
        "RequirementStateEnum": "requirements_catalog.models.Requirement.State",
        "InterviewStateEnum": "interviews.models.Interview.State",
        "AnswerPartEnum": "interviews.serializers.PART_CHOICES",
        "ChangeKindEnum": "web.history.KIND_CHOICES",
        "MembershipRoleEnum": "functions.models.Membership.Role",
        "StrengthEnum": "metrics.models.MetricLink.Strength",
        "PullEnum": "metrics.models.MetricRelation.Strength",
        "MetricLinkRoleEnum": "metrics.models.MetricLink.Role",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    # Closed, so that all nouns are seen at once: open, it draws the rest only when somebody scrolls there.
    "SWAGGER_UI_SETTINGS": {"docExpansion": "none", "deepLinking": True},
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# ---- Jobs: the broker is only the bell, so losing everything in it loses nothing

REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://localhost")
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # Kombu's memory transport looks every second otherwise: two tasks a second, and a queue that piles up.
    {"polling_interval": 0.01}
    if CELERY_BROKER_URL.startswith("memory://")
    else {
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "visibility_timeout": 600,
        "unacked_restore_throttle": 1,
        "health_check_interval": 10,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    # Every minute: markers that no bell announced (a worker that was away, a broker that forgot).
    "sweep-markers": {"task": "gap_scores.tasks.drain", "schedule": 60.0, "options": {"expires": 30}},
    # Every minute too: jobs whose bell was lost, or whose worker died.
    "sweep-jobs": {"task": "jobs.tasks.sweep_jobs", "schedule": 60.0, "options": {"expires": 30}},
    # Letters to customers: what no bell announced, and what a mail server wanted to be offered again.
    "sweep-letters": {"task": "jobs.tasks.send_letters", "schedule": 60.0, "options": {"expires": 30}},
    # Uploaded files whose work nobody announced (a broker that was away), and those that nobody came back to.
    "sweep-file-imports": {"task": "dashboard.tasks.sweep_file_imports", "schedule": 60.0, "options": {"expires": 30}},
    # Files that jobs made for somebody: kept for a day.
    "remove-old-files": {"task": "dashboard.tasks.remove_old_files", "schedule": 600.0, "options": {"expires": 300}},
    # Every hour, because midnight in the program's time zone is some hour of UTC; a no-op until the date changes.
    "move-date": {"task": "gap_scores.tasks.move_date", "schedule": crontab(minute="1"), "options": {"expires": 3000}},
    # Every hour too, for the same reason; a no-op once the last month's end is kept.
    "keep-month-end": {
        "task": "gap_scores.tasks.keep_month_end",
        "schedule": crontab(minute="21"),
        "options": {"expires": 3000},
    },
    # Every minute: sources of measurements whose time has come.
    "pull-due": {"task": "metrics.tasks.pull_due", "schedule": 60.0, "options": {"expires": 30}},
    # Every night: which actions are effective now or lost their gain, and who is reminded of one.
    "look-after-actions": {
        "task": "improvements.tasks.look_after_actions",
        "schedule": crontab(minute="31", hour="3"),
        "options": {"expires": 3000},
    },
    # Every hour: metrics whose chart has a new signal; and whose digest is due.
    "look-for-signals": {
        "task": "notices.tasks.look_for_signals",
        "schedule": crontab(minute="11"),
        "options": {"expires": 3000},
    },
    "write-digests": {
        "task": "notices.tasks.write_digests",
        "schedule": crontab(minute="36"),
        "options": {"expires": 3000},
    },
    # Every minute: messages to endpoints that no bell announced, and those that are tried again.
    "sweep-deliveries": {"task": "notices.tasks.send_due", "schedule": 60.0, "options": {"expires": 30}},
    # Every night: what is told and over for long.
    "forget-told": {
        "task": "notices.tasks.forget_told",
        "schedule": crontab(minute="51", hour="2"),
        "options": {"expires": 3000},
    },
    # Every night: people of customers that have been past for longer than the program keeps them.
    "forget-old": {
        "task": "customers.tasks.forget_old",
        "schedule": crontab(minute="41", hour="2"),
        "options": {"expires": 3000},
    },
}

# ---- Measurements that are fetched

# Not public, and may be asked all the same: an ERP in the own network, one address or network each.
PULL_ALLOWED_NETWORKS = [ip_network(each) for each in env.list("PULL_ALLOWED_NETWORKS", default=[])]
# Certificates of an own authority, beside those that everybody trusts.
PULL_CA_FILE: str = env.str("PULL_CA_FILE", default="")

# ---- Messages to endpoints (webhooks)

# Not public, and may be sent to all the same. Apart from the ones above: what may be asked is not told everything.
WEBHOOK_ALLOWED_NETWORKS = [ip_network(each) for each in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])]

# ---- Figures for machines, and logs

METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# Upstream is our own web.api_guard, which lets only harmless ids through.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_config(LOG_LEVEL)
configure_structlog()
