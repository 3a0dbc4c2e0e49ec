"""All settings in one file; every difference between machines is an environment variable.

What staff decide stands on the settings page: annotation/models/site_settings.py.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF

from classie_site.environment import env_bool, env_list, env_number, running_broker, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")

SECRET_KEY = secret_key(VAR_DIR)
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
DEBUG = env_bool("DEBUG")
HTTPS = env_bool("HTTPS")
BIND = os.environ.get("BIND", "127.0.0.1")
PORT = int(env_number("PORT", 8000, 0, 65535))
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{BIND}")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "annotation",
    "classifier",
    "classie_site",
]
MIDDLEWARE = [
    "classie_site.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "annotation.views.gate.GateMiddleware",
    "annotation.views.site_time.SiteSettingsMiddleware",
    "annotation.views.uploads.BodyLimitMiddleware",
    "annotation.views.errors.RefusalMiddleware",
]
ROOT_URLCONF = "classie_site.urls"
WSGI_APPLICATION = "classie_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "annotation.views.context.site",
            ],
        },
    }
]

# Databases. SQLite: IMMEDIATE, or 87 % of eight writers fail; FULL, or power loss loses commits.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
        "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;"
    ),
}
# No query here is worth compiling, which took longer than the whole search for a page of grants.
POSTGRES_OPTIONS = {
    "options": "-c jit=off -c lock_timeout=3000 -c idle_in_transaction_session_timeout=15000"
    f" -c statement_timeout={int(env_number('STATEMENT_TIMEOUT_MS', 0, 0, 1e8))}",
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'classie.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"].setdefault("OPTIONS", {}).update(
    SQLITE_OPTIONS if IS_SQLITE else POSTGRES_OPTIONS
)
if IS_SQLITE:  # with a fair queue of writers; for tests a file, which their threads share
    DATABASES["default"]["ENGINE"] = "classie_site.fair_sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "annotation.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "annotate"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
API_TOKEN_DAYS = int(env_number("API_TOKEN_DAYS", 30, 1, 365))
ONE_TIME_LINK_DAYS = int(env_number("ONE_TIME_LINK_DAYS", 3, 1, 14))
# So many failures within so many minutes, and a name or an address waits.
SIGN_IN_WINDOW_MINUTES = int(env_number("SIGN_IN_WINDOW_MINUTES", 5, 1, 1440))
SIGN_IN_FAILURES_OF_A_NAME = int(env_number("SIGN_IN_FAILURES_OF_A_NAME", 10, 3, 1000))
SIGN_IN_FAILURES_OF_AN_ADDRESS = int(env_number("SIGN_IN_FAILURES_OF_AN_ADDRESS", 50, 3, 10_000))

# Security
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if env_bool("TRUST_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUST_PROXY = env_bool("TRUST_PROXY")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "annotation.views.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FROM_NOWHERE = ("default-src", "frame-ancestors", "base-uri", "object-src")
FROM_HERE = ("script-src", "style-src", "font-src", "connect-src", "form-action")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{directive: [NONE] for directive in FROM_NOWHERE},
        **{directive: [SELF] for directive in FROM_HERE},
        "img-src": [SELF, "data:"],
    }
}

# Files
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "classie_site.bundles.Finder",
]
BUNDLES = VAR_DIR / "bundles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env_bool("PLAIN_STATIC")
        else "classie_site.static_storage.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = env_bool("PLAIN_STATIC")
MODEL_STORE = VAR_DIR / "models"
IMPORT_STORE = VAR_DIR / "imports"

# Language and time
LANGUAGE_CODE = "en-au"
USE_I18N = False
USE_TZ = True
TIME_ZONE = os.environ.get("TIME_ZONE", "Australia/Melbourne")  # until the page names another

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotation.api.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["annotation.api.permissions.IsAtWork"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "annotation.api.errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Grant annotation",
    "DESCRIPTION": "Grants, suggested categories and what annotators decide.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
}


# Celery: rows hold the truth, messages are doorbells (docs/architecture.md)
REDIS_URL = os.environ.get("REDIS_URL") or running_broker(VAR_DIR)
CELERY_BROKER_URL = REDIS_URL or "redis+socket:///nonexistent?virtual_host=0"
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_LIMIT = 10
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # over ten times the longest late-acknowledged task
    "socket_timeout": 10,
    "socket_connect_timeout": 3,  # kombu's default waits for ever on a dead broker
    "socket_keepalive": not urlsplit(CELERY_BROKER_URL).scheme.endswith("socket"),
    "health_check_interval": 25,
    "retry_on_timeout": True,
    "global_keyprefix": "classie:",
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "classifier.train_requested": {"queue": "train"},
    "classifier.score_waiting_grants": {"queue": "scoring"},
    "classie_site.request_due_night": {"queue": "watch"},
    "classie_site.look_round": {"queue": "watch"},
    "classifier.end_sagemaker_jobs": {"queue": "watch"},
    "classifier.find_look_alikes": {"queue": "bulk"},
    "classie_site.run_waiting_imports": {"queue": "bulk"},
    "classifier.count_coverage": {"queue": "bulk"},
    "classifier.fill_requested_sprints": {"queue": "bulk"},
    "classifier.play_waiting_curve": {"queue": "bulk"},
    "classifier.measure_waiting_backend": {"queue": "bulk"},
    "classifier.write_requested_reports": {"queue": "bulk"},
}
CELERY_TIMEZONE = "UTC"

# Mail, to administrators who have an address; without a host notices stand on their page only.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(env_number("EMAIL_PORT", 25, 1, 65535))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = env_bool("EMAIL_USE_TLS"), env_bool("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 15  # seconds; Django's default waits for ever on a dead server
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", "grant-annotation@localhost")

# Grants with one of these flags (annotation.models.quality.Flag) say too little to learn from.
CLASSIE_UNTAUGHT_FLAGS = env_list("UNTAUGHT_FLAGS", "empty,short")
# Whether training and scoring read sentence vectors, too: the extra "embeddings", 20 ms a grant.
CLASSIE_SENTENCE_VECTORS = env_bool("SENTENCE_VECTORS")
CLASSIE_CLASSIFY_PER_MINUTE = int(env_number("CLASSIFY_PER_MINUTE", 60, 1, 100_000))
# Simulated curves that workers play at the same time: fewer than there are workers' places, so that
# the night, imports and sprints always find one.
CLASSIE_SIMULATED_AT_ONCE = int(env_number("SIMULATED_AT_ONCE", 1, 1, 64))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"requests": {"()": "classie_site.request_log.RequestLines"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["requests"]}
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"level": "WARNING"}},
}
