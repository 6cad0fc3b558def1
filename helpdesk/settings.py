"""One settings module, driven by the environment. docs/deploy.md lists the variables.

Two ways to run (docs/deploy.md): *embedded* on SQLite and a folder as the broker, and *production*, which is
what a PostgreSQL address or an https SITE_URL means. Production refuses unsafe settings.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from csp.constants import NONCE, NONE, SELF

from helpdesk import env
from helpdesk.api.enum_names import ENUM_NAMES
from helpdesk.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env.check_django(django.VERSION[:3])
DATA_DIR = env.data_dir("DATA_DIR", BASE_DIR / "var")

# --- What kind of run is this? ---------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL", DATA_DIR / "helpdesk.sqlite3")}
REDIS_URL = env.redis_url("REDIS_URL")
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, low=1, high=65535)
SITE_URL = env.site_url("SITE_URL", f"http://{'127.0.0.1' if HOST in ('0.0.0.0', '::') else HOST}:{PORT}")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
IS_HTTPS = SITE_URL.startswith("https://")
IS_PRODUCTION = IS_HTTPS or DATABASES["default"]["ENGINE"].endswith("postgresql")

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if IS_PRODUCTION:
    env.check_production(debug=DEBUG, secret_key=SECRET_KEY, allowed_hosts=ALLOWED_HOSTS)
    # Health checks of the machine itself come by its loopback address.
    ALLOWED_HOSTS = [*(ALLOWED_HOSTS or [SITE_HOST]), "127.0.0.1"]
else:
    SECRET_KEY = SECRET_KEY or env.kept_secret(DATA_DIR / "secret_key")
    ALLOWED_HOSTS = ALLOWED_HOSTS or sorted({"localhost", "127.0.0.1", "[::1]", SITE_HOST, HOST} - {"0.0.0.0", "::"})

# The clock may be set from outside (`sweep --now`) only where this says so.
ALLOW_TEST_CLOCK = env.flag("ALLOW_TEST_CLOCK")
# host:port pairs that outgoing connections may reach although they are not public addresses.
EGRESS_ALLOW = env.endpoints("EGRESS_ALLOW")
# How many reverse proxies of ours stand in front; X-Forwarded-For is believed only that far.
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, low=0, high=10)
# Bearer token for /metrics from elsewhere than this machine; without it only this machine may ask.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- Applications ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "helpdesk",
    "helpdesk.common",
    "helpdesk.accounts",
    "helpdesk.api",
    "knowledge",
    "assets",
    "tickets",
    "notifications",
    "escalation",
    "helpdesk.web.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "django_htmx",
    "rules.apps.AutodiscoverRulesConfig",
    "csp",
    "django_prometheus",
    "django_structlog",
]

MIDDLEWARE = [
    "django_structlog.middlewares.RequestMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "helpdesk.web.middleware.UserLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "helpdesk.common.web.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "helpdesk.web.context.shell",
                "tickets.views.desk.rail.desk_views",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- Data ------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FILES_DIR = DATA_DIR / "files"
MEDIA_ROOT = FILES_DIR
SIMPLE_HISTORY_REVERT_DISABLED = True

if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
            "KEY_PREFIX": "helpdesk",
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "helpdesk.common.sqlite_cache.SqliteCache",
            "LOCATION": DATA_DIR / "cache.sqlite3",
        }
    }

# Sessions live in the database: they must survive the loss of the cache.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- People ----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "helpdesk.accounts.backends.SignInBackend",
    "helpdesk.accounts.backends.AdministrationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "helpdesk.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True
# Whoever changes their own password stays signed in here; all other sessions end.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
# Counted before a password is hashed, atomically, for all doors together (A1): at most 10 wrong passwords per account.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "60/m/ip,10/900s/key",
    "reset_password": "20/m/ip,5/h/key",
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "helpdesk.accounts.forms.SignInForm",
    "reset_password": "helpdesk.accounts.forms.RequestLinkForm",
    "user_token": "helpdesk.accounts.forms.LinkForm",
    "reset_password_from_key": "helpdesk.accounts.forms.NewPasswordForm",
    "change_password": "helpdesk.accounts.forms.ChangePasswordForm",
    "set_password": "helpdesk.accounts.forms.SetPasswordForm",
    "reauthenticate": "helpdesk.accounts.forms.ReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
SOCIALACCOUNT_ADAPTER = "allauth.socialaccount.adapter.DefaultSocialAccountAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "IT Help Desk"
# Browsers allow passkeys on plain http only for this very machine.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS

# --- API -------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "helpdesk.api.authentication.TokenAuthentication",
        "helpdesk.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "helpdesk.api.authentication.ScopeAllows",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["helpdesk.api.throttles.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["helpdesk.common.rest.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "helpdesk.api.openapi.Schema",
    "EXCEPTION_HANDLER": "helpdesk.api.errors.exception_handler",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "IT Help Desk API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "helpdesk.api.openapi.finish",
    ],
}
# Tokens are our own rows with name, scope and last use; knox's own table is not made.
KNOX_TOKEN_MODEL = "api.ApiToken"
MIGRATION_MODULES = {"knox": None}
# Per person, whatever the number of tokens; per address for callers without a valid one.
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", 3000, low=1, high=10_000_000)
API_ANONYMOUS_REQUESTS_PER_MINUTE = env.number("API_ANONYMOUS_REQUESTS_PER_MINUTE", 300, low=1, high=10_000_000)

# --- Languages and time ----------------------------------------------------------------------------------------

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "zh-hans", [code for code, _ in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
# Dates where Django itself writes them (the administration): 24 hours in both languages.
FORMAT_MODULE_PATH = ["helpdesk.formats"]
TIME_ZONE = env.time_zone("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
USE_I18N = True

# --- Mail ------------------------------------------------------------------------------------------------------

globals().update(env.email("EMAIL_URL", DATA_DIR / "mail"))
EMAIL_TIMEOUT = 20
MAILBOX = env.mailbox("MAILBOX_URL")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"helpdesk@{SITE_HOST if '.' in SITE_HOST else 'localhost'}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Static files and uploads ----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Bytes. A request without files may be this long; files beyond the second figure go to disk while they arrive.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 40
FILE_UPLOAD_PERMISSIONS = 0o640

# --- Security --------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if IS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = False
    CSRF_TRUSTED_ORIGINS = [SITE_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
else:
    LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        # An incoming mail as it was laid out, in a sandbox.
        "frame-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Work in the background ------------------------------------------------------------------------------------

if REDIS_URL:
    CELERY_BROKER_URL = env.broker_of(REDIS_URL)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        # A killed worker's task comes back after the timeout and at the next restore sweep (seconds).
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
    }
else:
    BROKER_DIR = DATA_DIR / "broker"
    BROKER_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR),
        "polling_interval": 0.2,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 200_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "helpdesk.beat:HeartbeatScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
# Seconds. Messages nobody fetched before the next tick are worthless, so they expire: a worker that comes back
# after a day finds no heap of old ticks.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "helpdesk.tasks.sweep", "schedule": 15, "options": {"expires": 60}},
    "judge": {"task": "escalation.tasks.judge_stale", "schedule": 15, "options": {"expires": 60}},
    "try-drafts": {"task": "escalation.tasks.try_drafts", "schedule": 15, "options": {"expires": 60}},
    "dispatch-outbox": {"task": "notifications.tasks.dispatch_outbox", "schedule": 15, "options": {"expires": 60}},
    "fetch-mail": {"task": "tickets.tasks.fetch_mail", "schedule": 15, "options": {"expires": 60}},
    "dispatch-to-destinations": {
        "task": "notifications.tasks.dispatch_to_destinations",
        "schedule": 15,
        "options": {"expires": 60},
    },
    "heartbeat": {"task": "helpdesk.tasks.heartbeat", "schedule": 15, "options": {"expires": 60}},
    "clean-up": {"task": "helpdesk.tasks.clean_up", "schedule": 900, "options": {"expires": 600}},
}

# --- Logs and figures ------------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if IS_PRODUCTION else "console", ["json", "console"])
LOGGING = logging_config(level=LOG_LEVEL, as_json=LOG_FORMAT == "json")
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# The library believes X-Forwarded-For; helpdesk.logs binds the address that may be believed.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.INFO
PROMETHEUS_EXPORT_MIGRATIONS = False
