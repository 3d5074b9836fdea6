"""All settings, each from the environment. KYPHOTRACK_MODE picks how strict the defaults are.

demo        SQLite and generated secrets are allowed; for trying it, never for patients.
test        the same, with fast password hashing.
production  everything must be given; SQLite, a short secret and plain HTTP are refused.
"""

import copy
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.log import DEFAULT_LOGGING

from kyphotrack import env

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = env.choice("KYPHOTRACK_MODE", ("demo", "test", "production"), "demo")
PRODUCTION = MODE == "production"

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text(
    "SECRET_KEY", None if PRODUCTION else "only-for-the-demo-and-the-tests-never-for-patients-0123456789"
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,testserver,[::1]")
# The address that links in e-mails start with.
SITE_ADDRESS = env.text("SITE_ADDRESS", None if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must be off in production: error pages would show patient data.")
if PRODUCTION and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 random characters in production.")
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must be set in production.")
if PRODUCTION and not SITE_ADDRESS.startswith("https://"):
    raise ImproperlyConfigured("SITE_ADDRESS must start with https:// in production.")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "kyphotrack.staff",
    "patients",
    "procedures",
    "followup",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Default deny: a page without a sign-in says so with @login_not_required.
    "kyphotrack.staff.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "kyphotrack.urls"
WSGI_APPLICATION = "kyphotrack.wsgi.application"
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
                "django.template.context_processors.i18n",
                "followup.views.operations.watchdog_banner",
                "kyphotrack.staff.unsent_forms.unsent_forms",
            ],
            # Every page is translated, and the last may replace a filter of Django.
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "kyphotrack.staff.templatetags.language",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- database -----------------------------------------------------------------------------------------------------

DATABASES = {
    "default": env.database("DATABASE_URL", None if PRODUCTION else f"sqlite:///{BASE_DIR}/.demo/kyphotrack.sqlite3")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    if PRODUCTION:
        raise ImproperlyConfigured("DATABASE_URL must be PostgreSQL in production: SQLite has no row locks.")
    # IMMEDIATE: a transaction that reads and then writes would else fail at once with "database is locked".
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
    }
    _database["TEST"] = {"NAME": f"{_database['NAME']}.test"}
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {})["options"] = "-c lock_timeout=5s -c statement_timeout=15s"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if MODE == "test"
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_COOKIE_AGE = 12 * 60 * 60  # a long shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kyphotrack.staff.views.form_no_longer_valid"

# --- the wire -----------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A procedure page with all seventeen levels sends some nine hundred.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1500

# --- time, language, static files -----------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"  # rows are UTC; pages show the site's zone
# What e-mails speak, and a page where neither the switch nor the browser says otherwise.
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", ("en-gb", "de"), "en-gb")
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "kyphotrack" / "locale"]
USE_I18N = True
# A thousands point would make 38.4 of an English keyboard 384 in German: a point and a comma both mean decimals.
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / ".demo" / "static"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap/css", BASE_DIR / "node_modules" / "bootstrap" / "dist" / "css"),
    ("bootstrap/js", BASE_DIR / "node_modules" / "bootstrap" / "dist" / "js"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = MODE == "test"

# --- e-mail and Celery ----------------------------------------------------------------------------------------------

vars().update(env.email("EMAIL_URL", "smtp://127.0.0.1:1025"))
EMAIL_TIMEOUT = 10  # Django's default waits for ever
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Care team <no-reply@localhost>" if not PRODUCTION else None)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

REDIS_URL = env.broker("REDIS_URL", "redis://127.0.0.1:6379/0")

# --- watchdog -------------------------------------------------------------------------------------------------------

# The clocks that this installation means to run; a silent one is shown, although either suffices alone.
WATCHED_CLOCKS = [clock.upper() for clock in env.choices("WATCHED_CLOCKS", ("celery", "tick", "cron"), "celery")]
# An outside monitor that alarms when this address is not called for some minutes. Empty: none.
# A mail service that reports what came back signs with it (docs/operations.md); empty: no such door.
MAIL_WEBHOOK_SECRET = env.text("MAIL_WEBHOOK_SECRET", "")
HEARTBEAT_URL = env.web_address("HEARTBEAT_URL")
WATCHED_FOLDERS = env.words("WATCHED_FOLDERS", str(BASE_DIR))

# --- paper ----------------------------------------------------------------------------------------------------------

# Where the list of open items is renewed for the hour in which nothing runs; it holds identifiers. Empty: none.
FALLBACK_FOLDER = env.text("FALLBACK_FOLDER", "")

# --- instruments under licence --------------------------------------------------------------------------------------

# The site's licence of the Oswestry Disability Index. Without it the ODI is not offered.
ODI_LICENCE_REF = env.text("ODI_LICENCE_REF", "")
ODI_WORDING = env.odi_wording("ODI_WORDING_FILE")

# --- logs: ids only, never a request's body ---------------------------------------------------------------------------

LOGGING = copy.deepcopy(DEFAULT_LOGGING)
LOGGING["handlers"]["console"].update(level="INFO", filters=[])
LOGGING["loggers"]["django"]["handlers"] = ["console"]
LOGGING["loggers"]["kyphotrack"] = {"handlers": ["console"], "level": "INFO"}
