"""One file, read top to bottom. Every value an operator may change comes from the environment."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url

from desk.theme import UNFOLD as UNFOLD
from ragbook import env
from ragbook.observability import configure_structlog, logging_settings
from ragbook.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# Tracing would post prompts and readers' text to a third party. Off before the SDK is imported.
os.environ["OPENAI_AGENTS_DISABLE_TRACING"] = "1"

# ── Where things are kept ────────────────────────────────────────────────────────────────────
RAGBOOK_DATA = Path(env.text("RAGBOOK_DATA", str(BASE_DIR / "var"))).expanduser().absolute()
RAGBOOK_WEIGHTS = BASE_DIR / "weights"

# ── Who may connect ──────────────────────────────────────────────────────────────────────────
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or secret_key(RAGBOOK_DATA)
SECRET_KEY_FROM_ENV = bool(env.text("SECRET_KEY"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
RAGBOOK_TRUSTED_PROXIES = env.number("RAGBOOK_TRUSTED_PROXIES", 0)
RAGBOOK_HTTPS = env.flag("RAGBOOK_HTTPS", default=False)
if RAGBOOK_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = RAGBOOK_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health/", r"^metrics$"]  # asked from inside, without a proxy
SESSION_COOKIE_SECURE = RAGBOOK_HTTPS
CSRF_COOKIE_SECURE = RAGBOOK_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if RAGBOOK_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = RAGBOOK_HTTPS
SECURE_HSTS_PRELOAD = RAGBOOK_HTTPS
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # the largest question with selection is far smaller

# Any page may call the reader's interface, without cookies; each book's own list of origins is
# checked where the question is taken, since only the question names the book.
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/(api/v1/|widget\.js$|widget/)"

# ── Applications ─────────────────────────────────────────────────────────────────────────────
# Before staticfiles: daphne's runserver serves WebSocket too. What serves readers needs none of it.
_DEVELOPMENT = ["daphne"] if sys.argv[1:2] in (["runserver"], ["demo"]) else []
INSTALLED_APPS = [
    *_DEVELOPMENT,
    "ragbook",
    "django_otp",  # before the desk, which takes their tables of secrets out of the admin
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "desk.apps.DeskConfig",
    "chat",
    "retrieval",
    "corsheaders",
    "django_structlog",
    "django_tasks",
    "django_tasks_db",
    "unfold.apps.BasicAppConfig",  # the look of the admin, whose site is the desk
    "desk.apps.EditorsDeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "ragbook.jsononly.json_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ragbook.observability.RequestLog",
]

ROOT_URLCONF = "ragbook.urls"
ASGI_APPLICATION = "ragbook.asgi.application"

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
            ],
        },
    },
]

# ── Database ─────────────────────────────────────────────────────────────────────────────────
# CONN_MAX_AGE stays 0: under ASGI each request has a thread of its own, and kept connections leak.
DB_POOL_SIZE = env.number("RAGBOOK_DB_POOL", 8)
DATABASE_URL_UNPOOLED = env.database("DATABASE_URL_UNPOOLED")
# Migrations need a session of their own, which a transaction pooler does not give.
MIGRATION_URL = DATABASE_URL_UNPOOLED if sys.argv[1:2] == ["migrate"] else ""
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        MIGRATION_URL
        or env.database("DATABASE_URL", f"sqlite:///{RAGBOOK_DATA / 'ragbook.sqlite3'}"),
        conn_max_age=0,
    ),
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # tests use threads, which an in-memory database does not serve
    DATABASES["default"]["TEST"] = {"NAME": str(RAGBOOK_DATA / f"test-{os.getpid()}.sqlite3")}
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000"
        ),
    }
else:
    DATABASES["default"].update(
        CONN_HEALTH_CHECKS=True,
        DISABLE_SERVER_SIDE_CURSORS=True,  # a transaction pooler cannot keep a cursor
        OPTIONS={
            **DATABASES["default"].get("OPTIONS", {}),
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "tcp_user_timeout": 10_000,  # ms; a server that vanished is noticed in mid-query too
            # min_size 0: after a restart or a scale to zero, no stale connection is handed out
            "pool": {
                "min_size": 0,
                "max_size": DB_POOL_SIZE,
                "timeout": 10,
                "max_idle": 120,
                "max_lifetime": 1800,
                "reconnect_timeout": 60,
            },
        },
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Cache: only for rate limits; the in-process one serves one process ───────────────────────
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # then limits fail soft
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}

# ── Static files ─────────────────────────────────────────────────────────────────────────────
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # serves from a checkout without collectstatic

# ── Language and time ────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# ── What editors start, and `db_worker` runs ─────────────────────────────────────────────────
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# ── The book ─────────────────────────────────────────────────────────────────────────────────
QDRANT_URL = env.text("QDRANT_URL")
QDRANT_API_KEY = env.text("QDRANT_API_KEY")
RAGBOOK_QDRANT_SHARDS = env.number("RAGBOOK_QDRANT_SHARDS", 1)
RAGBOOK_QDRANT_REPLICAS = env.number("RAGBOOK_QDRANT_REPLICAS", 1)
RAGBOOK_EMBEDDING = env.text("RAGBOOK_EMBEDDING", "bundled")
RAGBOOK_RERANKER = env.text("RAGBOOK_RERANKER", "off")
RAGBOOK_KEEP_EDITIONS = env.number("RAGBOOK_KEEP_EDITIONS", 5)
RAGBOOK_SOURCES = env.words("RAGBOOK_SOURCES")
RAGBOOK_DEMO = env.flag("RAGBOOK_DEMO", default=False)
RAGBOOK_DEMO_BOOK = BASE_DIR / "examples" / "primer"
if RAGBOOK_DEMO:
    RAGBOOK_SOURCES.append(str(RAGBOOK_DEMO_BOOK))

# ── The answer ───────────────────────────────────────────────────────────────────────────────
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL", "https://api.openai.com/v1")
RAGBOOK_MODEL = env.text("RAGBOOK_MODEL", "gpt-5-nano")
RAGBOOK_PRICE_INPUT = env.amount("RAGBOOK_PRICE_INPUT", 0.0)  # dollars a million tokens
RAGBOOK_PRICE_OUTPUT = env.amount("RAGBOOK_PRICE_OUTPUT", 0.0)
RAGBOOK_DAILY_TOKENS = env.number("RAGBOOK_DAILY_TOKENS", 0)  # of all books; 0: no limit
RAGBOOK_MONTHLY_TOKENS = env.number("RAGBOOK_MONTHLY_TOKENS", 0)
RAGBOOK_JUDGE = env.text("RAGBOOK_JUDGE", "local")
RAGBOOK_JUDGE_S = env.number("RAGBOOK_JUDGE_S", 8)
RAGBOOK_JUDGE_TOKENS = env.number("RAGBOOK_JUDGE_TOKENS", 8000)
RAGBOOK_DEADLINE_S = env.number("RAGBOOK_DEADLINE_S", 60)
RAGBOOK_LINGER_S = env.number("RAGBOOK_LINGER_S", 30)
RAGBOOK_RETENTION_DAYS = env.number("RAGBOOK_RETENTION_DAYS", 30)
# A class of a hundred may share one address, so the limit of an address is wide.
RAGBOOK_ADDRESS_RATE = env.text("RAGBOOK_ADDRESS_RATE", "600/m")
RAGBOOK_BOOK_RATE = env.text("RAGBOOK_BOOK_RATE", "6000/m")
RAGBOOK_CONVERSATION_RATE = env.text("RAGBOOK_CONVERSATION_RATE", "30/m")
RAGBOOK_PROOF_WORK = env.number("RAGBOOK_PROOF_WORK", 500)  # tries at least, twice at the most

# ── The desk ─────────────────────────────────────────────────────────────────────────────────
LOGIN_REDIRECT_URL = "admin:index"
OTP_TOTP_ISSUER = "ragbook"
RAGBOOK_REQUIRE_2FA = env.flag("RAGBOOK_REQUIRE_2FA", default=False)
RAGBOOK_LOGIN_RATE = env.text("RAGBOOK_LOGIN_RATE", "10/15m")

# ── Traces ───────────────────────────────────────────────────────────────────────────────────
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")

# ── Logs ─────────────────────────────────────────────────────────────────────────────────────
RAGBOOK_LOG_FORMAT = env.text("RAGBOOK_LOG_FORMAT", "json")
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # a reader's address is not kept
DJANGO_STRUCTLOG_USER_ID_FIELD = ""  # the admin keeps its own history; no query for each request
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request: its end
configure_structlog()
RAGBOOK_LOG_LEVEL = env.choice("RAGBOOK_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_settings(RAGBOOK_LOG_FORMAT, RAGBOOK_LOG_LEVEL)
