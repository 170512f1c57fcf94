"""Apps, middleware, templates, database, cache, languages, static files."""

from django.utils.translation import gettext_lazy as _

from ecosystem import env

ROOT = env.ROOT
DATA_DIR = env.DATA_DIR
DEBUG = env.DEBUG
TESTING = env.TESTING
SECRET_KEY = env.SECRET_KEY
ALLOWED_HOSTS = env.ALLOWED_HOSTS
PUBLIC_URL = env.PUBLIC_URL
SITE_NAME = env.SITE_NAME
SITE_DESCRIPTION = env.SITE_DESCRIPTION
METRICS_TOKEN = env.METRICS_TOKEN
TRUSTED_PROXY_COUNT = env.TRUSTED_PROXY_COUNT
# files below it are sent by the reverse proxy
X_ACCEL_ROOT = DATA_DIR / "objects" if env.X_ACCEL_REDIRECT else None
RATE_LIMIT_SECONDS = 300
RATE_LIMITS = {
    "api": {"anonymous": env.RATE_LIMIT_API_ANONYMOUS, "signed_in": env.RATE_LIMIT_API},
    "resolvers": {"anonymous": env.RATE_LIMIT_FILES_ANONYMOUS, "signed_in": env.RATE_LIMIT_FILES},
    "xet": {"anonymous": env.RATE_LIMIT_FILES_ANONYMOUS, "signed_in": env.RATE_LIMIT_FILES},
    "xet_unknown_xorbs": {"signed_in": env.RATE_LIMIT_UNKNOWN_XORBS},
}
VERSION = "0.1.0"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.forms",
    "pgtrigger",
    "django_cotton",
    "django_htmx",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "apps.core",
    "apps.core.audit",
    "apps.core.search",
    "apps.core.idempotency",
    "apps.core.notifications",
    "apps.core.moderation",
    "apps.core.conversations",
    "apps.users.accounts",
    "apps.business.usage",
    "apps.toolchain.upstream",
    "apps.toolchain.packages",
    "apps.toolchain.releases",
    "apps.toolchain.evidence",
    "apps.toolchain.files",
    "apps.toolchain.receipts",
    "apps.toolchain.results",
    "apps.toolchain.fleet",
    "apps.toolchain.artifacts",
    "apps.toolchain.checkpoints",
    "apps.toolchain.jobs",
    "apps.registry.formats",
    "apps.registry.blobs",
    "apps.registry.repos",
    "apps.registry.contents",
    "apps.registry.storage",
    "apps.registry.benchmarks",
    "apps.registry.training",
    "apps.registry.fine_tuning",
    "apps.registry.protocols",
    "apps.community.forum",
    "apps.community.feedback",
    "apps.community.reviews",
    "ecosystem",
]

MIDDLEWARE = [
    "apps.core.web.headers.sanitize_headers",
    "apps.core.web.middleware.security_headers",
    "apps.core.web.middleware.request_id",
    "apps.core.web.middleware.known_hosts",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.web.slashes.plain_slashes",
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.web.middleware.raw_paths",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "apps.core.web.middleware.protocols_in_english",
    "apps.core.web.middleware.RefusalMiddleware",
    "apps.core.web.bodies.body_limits",
    "apps.core.web.middleware.CsrfMiddleware",
    "apps.core.web.middleware.PublicAddressMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.users.accounts.middleware.set_actor",
    "apps.users.accounts.middleware.end_refused_sessions",
    "apps.users.accounts.middleware.record_session_activity",
    "apps.users.accounts.middleware.apply_preferences",
    "apps.core.web.rate_limits.rate_limits",
    "apps.users.accounts.middleware.require_password_change",
    "apps.core.web.middleware.PolicyMiddleware",
]

ROOT_URLCONF = "ecosystem.urls"
WSGI_APPLICATION = "ecosystem.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "apps.core.templatetags.banyan",
                "apps.core.templatetags.navigation",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ecosystem.context.site",
            ],
        },
    }
]
COTTON_DIR = "components"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database()}
# part of every key, so that values of another serializer are never read
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.redis().cache,
        "VERSION": 2,
        "OPTIONS": {"serializer": "apps.core.cache.JsonSerializer"},
    }
}
EVENTS_URL = env.redis().events
SESSION_ENGINE = "django.contrib.sessions.backends.db"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = "ecosystem.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
# a separate folder: the reverse proxy can read only this one and the objects
STATIC_ROOT = DATA_DIR / "public" / "static"
WHITENOISE_USE_FINDERS = True
# find files on request; scanning them all is too slow for each test client
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "ecosystem.static_files.StaticFiles"
    },
}

FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_TEMP_DIR = env.data_folder(DATA_DIR / "spool")
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "apps.core.web.spool.SpooledForms",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
IS_HTTPS = env.IS_HTTPS
SECURE_HSTS_SECONDS = env.HSTS_SECONDS if IS_HTTPS else 0
# Only a proxy knows whether a request used TLS; health checks and metrics come from inside without it.
SECURE_SSL_REDIRECT = IS_HTTPS and env.TRUSTED_PROXY_COUNT > 0
SECURE_SSL_HOST = PUBLIC_URL.partition("://")[2].partition("/")[0]
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "ecosystem.errors.csrf_failure"
REFUSAL_VIEW = "ecosystem.errors.page_response"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT or env.WEB_SOCKET else None
)

IS_MAIL_KEPT = env.EMAIL["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"
EMAIL_BACKEND = "ecosystem.mail.MailFile" if IS_MAIL_KEPT else env.EMAIL["EMAIL_BACKEND"]
MAIL_FILE = DATA_DIR / "logs" / "mail.log"
EMAIL_HOST = env.EMAIL.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = env.EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = env.EMAIL.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = env.EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = env.EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = env.EMAIL.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = env.EMAIL_FROM
REPLY_ADDRESS = env.REPLY_ADDRESS
MAIL_WEBHOOK_SECRET = env.MAIL_WEBHOOK_SECRET
ANYMAIL = {**env.MAIL_PROVIDER, "WEBHOOK_SECRET": MAIL_WEBHOOK_SECRET}
