"""Settings come from the environment only, and fail loudly when wrong.

Each variable is described in docs/reference/settings.md; a test holds the two together.
"""

from pathlib import Path

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

DEMO = env.bool("DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
DATA_DIR = Path(env.str("ITSM_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()
CI_CLASSES_DIR = Path(env.str("CI_CLASSES_DIR", default=str(DATA_DIR / "classes"))).resolve()

SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEMO:
        raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set outside the demo.")
    SECRET_KEY = "demo-only-not-a-secret-" + "0" * 40
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
HTTPS = env.bool("HTTPS", default=PUBLIC_URL.startswith("https://"))
TRUSTED_PROXY = env.bool("TRUSTED_PROXY", default=False)

OWN_APPS = [
    "itsm.core",
    "itsm.audit",
    "itsm.calendars",
    "itsm.people",
    "itsm.notify",
    "itsm.documents",
    "itsm.cmdb",
    "itsm.planning",
    "itsm.levels",
    "itsm.records",
    "itsm.events",
    "itsm.escalation",
    "itsm.gateway",
    "itsm.web",
    "servicedesk",
    "technical",
    "operations",
    "applications",
    "kpis",
    "demo",
]
INSTALLED_APPS = [
    "modeltranslation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    *OWN_APPS,
]

MIDDLEWARE = [
    "itsm.core.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "itsm.web.middleware.LanguageMiddleware",
    "itsm.web.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "itsm.core.errors.DomainErrorMiddleware",
]

ROOT_URLCONF = "itsm.urls"
WSGI_APPLICATION = "itsm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "itsm.core.steady.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "itsm.web.context.shell",
            ],
            "builtins": ["itsm.core.templatetags.vigie"],
        },
    }
]

# PostgreSQL only. Connections are kept; the options are a net under the planner (docs/decisions/hot-paths.md).
DATABASES = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (postgres://…).")
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=600),
    CONN_HEALTH_CHECKS=True,
    ATOMIC_REQUESTS=False,
    OPTIONS={"options": "-c join_collapse_limit=4 -c jit=off"},
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "itsm.core.redis_cache.Cache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=12 * 3600)

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "itsm.people.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": env.str("LOGIN_FAILED_LIMIT", default="10/m/ip,5/5m/key")}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# Our own words count before those of the libraries: the button "Change" of the admin is called otherwise.
LOCALE_PATHS = [path for app in OWN_APPS if (path := BASE_DIR.joinpath(*app.split("."), "locale")).is_dir()]
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="fr")
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
MODELTRANSLATION_DEFAULT_LANGUAGE = "fr"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("fr", "en")
LANGUAGE_COOKIE_NAME = "vigie_language"
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Paris")
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 31_536_000
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("BODY_MAX_BYTES", default=5 * 1024 * 1024)

# `mailbox://` keeps every mail in the send log only: the demo's choice.
if env.str("EMAIL_URL", default="") == "mailbox://":
    EMAIL_BACKEND = "itsm.notify.backends.MailboxBackend"
else:
    vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="Vigie <vigie@localhost>")

# ---- Security -------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# ---- Celery ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="vigie")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: a worker that gives up would need somebody to start it again
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)
SWEEP_BATCH = env.int("SWEEP_BATCH", default=50)
SWEEP_WORKERS = env.int("SWEEP_WORKERS", default=2)
COLLECT_SECONDS = env.int("COLLECT_SECONDS", default=60)
STALE = {"expires": 300}  # what waited that long for a worker has been asked for again since
CELERY_BEAT_SCHEDULE = {
    "beat-heart": {"task": "itsm.core.tasks.beat_heart", "schedule": 20.0, "options": {"expires": 20}},
    "drain-outbox": {"task": "itsm.notify.tasks.drain_outbox", "schedule": 15.0, "options": {"expires": 15}},
    "send-messages": {"task": "itsm.notify.tasks.send_messages", "schedule": 20.0, "options": {"expires": 20}},
    "sweep-clocks": {"task": "itsm.escalation.tasks.sweep_clocks", "schedule": float(SWEEP_SECONDS), "options": STALE},
    "sweep-pages": {"task": "itsm.escalation.tasks.sweep_pages", "schedule": 15.0, "options": {"expires": 15}},
    "replan-clocks": {"task": "itsm.escalation.tasks.replan_clocks", "schedule": 60.0, "options": STALE},
    "wake-held-records": {"task": "itsm.escalation.tasks.wake_held_records", "schedule": 60.0, "options": STALE},
    "wake-snoozed-records": {
        "task": "itsm.escalation.tasks.wake_snoozed_records",
        "schedule": 60.0,
        "options": STALE,
    },
    "tell-follow-ups": {"task": "itsm.escalation.tasks.tell_follow_ups", "schedule": 60.0, "options": STALE},
    "sweep-silences": {"task": "itsm.escalation.tasks.sweep_silences", "schedule": 60.0, "options": STALE},
    "close-resolved-incidents": {
        "task": "servicedesk.tasks.close_resolved_incidents",
        "schedule": 300.0,
        "options": STALE,
    },
    "go-on-with-item-runs": {"task": "itsm.cmdb.tasks.go_on_with_runs", "schedule": 60.0, "options": STALE},
    "forget-old-item-runs": {"task": "itsm.cmdb.tasks.forget_old_runs", "schedule": crontab(hour=3, minute=25)},
    "follow-planned-outages": {"task": "itsm.cmdb.tasks.follow_planned_outages", "schedule": 60.0, "options": STALE},
    "go-on-with-deliveries": {"task": "itsm.cmdb.tasks.go_on_with_deliveries", "schedule": 60.0, "options": STALE},
    "forget-deliveries": {"task": "itsm.cmdb.tasks.forget_deliveries", "schedule": crontab(hour=3, minute=10)},
    "sweep-discoveries": {"task": "technical.tasks.sweep_discoveries", "schedule": 60.0, "options": STALE},
    "sweep-certifications": {"task": "itsm.cmdb.tasks.sweep_certifications", "schedule": 60.0, "options": STALE},
    "sweep-backups": {"task": "operations.tasks.sweep_backups", "schedule": 60.0, "options": STALE},
    "poll-print-servers": {"task": "operations.tasks.poll_print_servers", "schedule": 10.0, "options": {"expires": 10}},
    "forget-print-jobs": {"task": "operations.tasks.forget_print_jobs", "schedule": crontab(hour=3, minute=35)},
    "sweep-outputs": {"task": "operations.tasks.sweep_outputs", "schedule": 60.0, "options": STALE},
    "keep-cmdb-health": {"task": "itsm.cmdb.tasks.keep_health", "schedule": crontab(minute=40)},
    "place-regular-orders": {"task": "servicedesk.tasks.place_regular_orders", "schedule": 60.0, "options": STALE},
    "sweep-majors": {"task": "servicedesk.tasks.sweep_majors", "schedule": 60.0, "options": STALE},
    "run-campaigns": {"task": "servicedesk.tasks.run_campaigns", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-surveys": {"task": "servicedesk.tasks.sweep_surveys", "schedule": 60.0, "options": STALE},
    "roll-up-kpis": {"task": "kpis.tasks.roll_up_dirty_days", "schedule": 60.0, "options": STALE},
    "collect-kpi-facts": {"task": "kpis.tasks.collect_facts", "schedule": 600.0, "options": STALE},
    "sample-backlog": {"task": "kpis.tasks.take_daily_samples", "schedule": crontab(minute=10)},
    "go-on-repairing": {"task": "itsm.records.tasks.go_on_repairing", "schedule": 60.0, "options": STALE},
    "follow-calendars": {"task": "itsm.records.tasks.follow_calendars", "schedule": 60.0, "options": STALE},
    "sweep-accesses": {"task": "servicedesk.tasks.sweep_accesses", "schedule": 60.0, "options": STALE},
    "sweep-access-reviews": {"task": "servicedesk.tasks.sweep_access_reviews", "schedule": 60.0, "options": STALE},
    "sweep-alerts": {"task": "itsm.events.tasks.sweep_alerts", "schedule": 15.0, "options": {"expires": 15}},
    "forget-alerts": {"task": "itsm.events.tasks.forget_alerts", "schedule": crontab(hour=3, minute=45)},
    "keep-event-partitions": {"task": "itsm.events.tasks.keep_partitions", "schedule": crontab(hour=3, minute=35)},
    "sweep-approvals": {"task": "itsm.records.tasks.sweep_approvals", "schedule": 60.0, "options": STALE},
    "refresh-lexemes": {"task": "itsm.records.tasks.refresh_lexemes", "schedule": crontab(hour=2, minute=30)},
    "flush-token-uses": {"task": "itsm.gateway.tasks.flush_token_uses", "schedule": 60.0, "options": {"expires": 60}},
    "take-up-bodies": {"task": "itsm.gateway.tasks.take_up_bodies", "schedule": 60.0, "options": STALE},
    "deal-with-waiting": {"task": "itsm.gateway.tasks.deal_with_waiting", "schedule": 60.0, "options": STALE},
    "send-webhooks": {"task": "itsm.gateway.tasks.send_webhooks", "schedule": 15.0, "options": {"expires": 15}},
    "collect-mailboxes": {
        "task": "itsm.gateway.tasks.collect_mailboxes",
        "schedule": float(COLLECT_SECONDS),
        "options": {"expires": COLLECT_SECONDS},
    },
    "plan-shifts": {"task": "operations.tasks.plan_shifts", "schedule": 600.0, "options": {"expires": 600}},
    "write-shift-log": {"task": "operations.tasks.write_shift_log", "schedule": 15.0, "options": {"expires": 15}},
    "sweep-checks": {"task": "operations.tasks.sweep_checks", "schedule": 60.0, "options": STALE},
    "sweep-jobs": {"task": "operations.tasks.sweep_jobs", "schedule": 15.0, "options": {"expires": 15}},
    "forecast-jobs": {"task": "operations.tasks.forecast_jobs", "schedule": 60.0, "options": STALE},
    "learn-job-durations": {"task": "operations.tasks.learn_job_durations", "schedule": crontab(hour=3, minute=45)},
    "forget-job-pings": {"task": "operations.tasks.forget_job_pings", "schedule": crontab(hour=3, minute=50)},
    "forget-old-messages": {"task": "itsm.notify.tasks.forget_old_messages", "schedule": crontab(hour=3, minute=15)},
    "sweep-calls": {"task": "servicedesk.tasks.sweep_calls", "schedule": 5.0, "options": {"expires": 5}},
    "forget-calls": {"task": "servicedesk.tasks.forget_calls", "schedule": crontab(hour=3, minute=40)},
    "empty-old-baskets": {"task": "servicedesk.tasks.empty_old_baskets", "schedule": crontab(hour=3, minute=35)},
    "forget-old-rows": {"task": "itsm.gateway.tasks.forget_old_rows", "schedule": crontab(hour=3, minute=5)},
}
if DEMO:
    CELERY_BEAT_SCHEDULE["play-calls"] = {"task": "demo.tasks.play_calls", "schedule": 5.0, "options": {"expires": 5}}
    CELERY_BEAT_SCHEDULE["play-jobs"] = {"task": "demo.tasks.play_jobs", "schedule": 30.0, "options": {"expires": 30}}

# ---- REST -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "itsm.gateway.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["itsm.gateway.permissions.MayUseApi"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["itsm.gateway.throttling.PersonThrottle", "itsm.gateway.throttling.AddressThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "person": env.str("API_RATE_PERSON", default="1200/min"),
        "address": env.str("API_RATE_ADDRESS", default="60/min"),
    },
    "EXCEPTION_HANDLER": "itsm.gateway.problems.exception_handler",
    "DATETIME_FORMAT": "iso-8601",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vigie",
    "DESCRIPTION": "REST interface of Vigie, the portal of an IT department's service operation.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Values stay where they are used: names made up for them would change whenever another "state" comes along.
    "POSTPROCESSING_HOOKS": [],
}

# ---- Logging: one JSON line an event outside DEBUG; no body and no header is ever logged ----------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "itsm.core.request_id.RequestIdFilter"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(request_id)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "celery.beat": {"level": "WARNING"}},
}

# ---- The product's own ----------------------------------------------------------------------------------------------
CLOCK_SHIFT_FILE = env.str("CLOCK_SHIFT_FILE", default="")
AUTO_CLOSE_DAYS = env.int("AUTO_CLOSE_DAYS", default=5)
BOUNCE_GUARD_HOPS = env.int("BOUNCE_GUARD_HOPS", default=3)
DEFAULT_TEAM = env.str("DEFAULT_TEAM", default="N1-CDS")
SURVEY_AFTER = env.str("SURVEY_AFTER", default="resolve")
if SURVEY_AFTER not in ("resolve", "close"):
    raise ImproperlyConfigured("SURVEY_AFTER must be `resolve` or `close`.")
SURVEY_DELAY_MINUTES = env.int("SURVEY_DELAY_MINUTES", default=30)
SURVEY_EXPIRY_DAYS = env.int("SURVEY_EXPIRY_DAYS", default=14)
SURVEY_QUIET_DAYS = env.int("SURVEY_QUIET_DAYS", default=7)
BASKET_DAYS = env.int("BASKET_DAYS", default=60)
MESSAGE_DAYS = env.int("MESSAGE_DAYS", default=365)
NOTICE_DAYS = env.int("NOTICE_DAYS", default=180)
GATEWAY_LOG_DAYS = env.int("GATEWAY_LOG_DAYS", default=30)
PING_JOB_A_MINUTE = env.int("PING_JOB_A_MINUTE", default=60)
PING_KEY_A_MINUTE = env.int("PING_KEY_A_MINUTE", default=1200)
PING_MOST_JOBS = env.int("PING_MOST_JOBS", default=500)
EVENT_DAYS = env.int("EVENT_DAYS", default=30)
ALERT_DAYS = env.int("ALERT_DAYS", default=400)
MAIL_GROUP_MINUTES = env.int("MAIL_GROUP_MINUTES", default=5)
MAIL_RAW_DAYS = env.int("MAIL_RAW_DAYS", default=30)
MAIL_LOG_DAYS = env.int("MAIL_LOG_DAYS", default=365)
IDEMPOTENCY_HOURS = env.int("IDEMPOTENCY_HOURS", default=24)
MINUTES = 60
