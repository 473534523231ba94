"""Every setting, in one file, from the environment. README.md lists the variables under "How to deploy"."""

import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from portal.lib import brokers, embedded, secrets

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name, default=False):
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name):
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


# -- Which world this is --------------------------------------------------------------------------------------------
# PRODUCTION is said, never guessed. DEMO waives the second factor, shows a banner, and is refused in production.
PRODUCTION = flag("PORTAL_PRODUCTION")
DEMO = flag("PORTAL_DEMO")
DEBUG = False

VAR_DIR = embedded.var_dir()
SECRETS = secrets.load(VAR_DIR / "secrets.json", PRODUCTION)
SECRET_KEY = SECRETS.django
# Field encryption and blind index (portal.lib.encryption): {"current": id, "keys": {id: base64 of 32 bytes}}
KEY_RING = SECRETS.key_ring
FIELD_CIPHER = os.environ.get("PORTAL_FIELD_CIPHER", "sm4")
CRYPTO_PROVIDER = os.environ.get("PORTAL_CRYPTO_PROVIDER", "portal.lib.encryption.SoftwareProvider")

ALLOWED_HOSTS = words("PORTAL_HOSTS") or ["localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = words("PORTAL_ORIGINS")
# Addresses or networks of the proxies whose X-Forwarded-… headers are believed.
TRUSTED_PROXIES = words("PORTAL_PROXIES") or (["127.0.0.1", "::1"] if PRODUCTION else [])
SITE_URL = os.environ.get("PORTAL_SITE_URL", "http://127.0.0.1:8000")

# -- Parts ------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal",
    "referrals",
    "programs",
    "members",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "guardian",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "portal.lib.stack.roomy",
    "portal.lib.proxy.real_address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.lib.replica.sticky",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.own_rows",
    "portal.middleware.language",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "members.middleware.origin",
    "members.middleware.Refusals",
    "members.middleware.private_pages",
    "members.middleware.session_clocks",
    "members.middleware.duties",
    "portal.middleware.words_for_not_allowed",
    "portal.middleware.Unreadable",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

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
                "portal.context.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "portal.templatetags.show"],
        },
    }
]
FORM_RENDERER = "portal.lib.forms.Renderer"

# -- Data -------------------------------------------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL") or embedded.database_url()
REPLICA_URL = os.environ.get("DATABASE_REPLICA_URL")
# Behind a transaction pooler there are no server-side cursors, and nothing may rely on the session.
HAS_TRANSACTION_POOLER = flag("DB_TX_POOLER")


def database(url):
    found = dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
    return {
        **found,
        "OPTIONS": {"connect_timeout": 5, **found.get("OPTIONS", {})},
        "DISABLE_SERVER_SIDE_CURSORS": HAS_TRANSACTION_POOLER,
        "ATOMIC_REQUESTS": False,
    }


DATABASES = {"default": database(DATABASE_URL)}
if REPLICA_URL:
    DATABASES["replica"] = {**database(REPLICA_URL), "TEST": {"MIRROR": "default"}}
DATABASE_ROUTERS = ["portal.lib.replica.Router"]

REDIS_URL = os.environ.get("REDIS_URL") or embedded.redis_url()
CACHES = {"default": brokers.cache(REDIS_URL)}

# -- Language, time, money --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["portal.formats"]

# -- Files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = embedded.var_dir() / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(embedded.var_dir() / "files")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if os.environ.get("PORTAL_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["PORTAL_S3_BUCKET"],
            "endpoint_url": os.environ.get("PORTAL_S3_URL"),
            "access_key": os.environ.get("PORTAL_S3_KEY"),
            "secret_key": os.environ.get("PORTAL_S3_SECRET"),
            "querystring_expire": 600,
            "file_overwrite": False,
        },
    }
UPLOAD_LIMIT = 20 * 1024 * 1024
# A ClamAV daemon that looks at every upload: tcp://host:3310 or unix:///run/clamd.sock
CLAMD_URL = os.environ.get("PORTAL_CLAMD", "")
# Uploads stay in memory: what is personal never lies readable in a folder for temporary files.
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# -- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "members.access.LiveGrantBackend",
    "programs.access.LiveGrantBackend",
    "referrals.shares.LiveGrantBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "members.sign_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "members.forms.sign_in.LoginForm",
    "change_password": "members.forms.sign_in.ChangePasswordForm",
    "reset_password": "members.forms.sign_in.ResetPasswordForm",
    "reset_password_from_key": "members.forms.sign_in.ResetPasswordKeyForm",
    "user_token": "members.forms.sign_in.UserTokenForm",
    "reauthenticate": "members.forms.sign_in.ReauthenticateForm",
}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "members.passwords.ResetTokenGenerator"  # noqa: S105 - a path
PASSWORD_RESET_TIMEOUT = 3600
# Failures are counted by name (axes, below); by address only floods, because one office sits behind one address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "60/m/ip", "reset_password": "20/m/ip,3/m/key"}
AUTH_PASSWORD_VALIDATORS = [{"NAME": "members.passwords.PolicyValidator"}]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "portal.lib.hashers.PBKDF2SM3PasswordHasher",
]
if os.environ.get("PORTAL_PASSWORD_HASHER") == "sm3":
    PASSWORD_HASHERS.reverse()

SECOND_FACTOR_REQUIRED = not DEMO
MFA_ADAPTER = "members.sign_in.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "members.forms.sign_in.AuthenticateForm",
    "reauthenticate": "members.forms.sign_in.ReauthenticateCodeForm",
    "activate_totp": "members.forms.sign_in.ActivateTOTPForm",
    "add_webauthn": "members.forms.sign_in.AddWebAuthnForm",
    "authenticate_webauthn": "members.forms.sign_in.AuthenticateWebAuthnForm",
    "reauthenticate_webauthn": "members.forms.sign_in.ReauthenticateWebAuthnForm",
    "edit_webauthn": "members.forms.sign_in.EditWebAuthnForm",
}
# Addresses are kept by the unit, not proved by mail.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A clock may be one step off.
MFA_TOTP_TOLERANCE = 1
# Browsers allow security keys on localhost without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False

AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "members.sign_in.typed_username"
AXES_FAILURE_LIMIT = "members.sign_in.failure_limit"
AXES_COOLOFF_TIME = "members.sign_in.cool_off"
AXES_LOCKOUT_CALLABLE = "members.sign_in.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# axes keeps what was posted with a failure: neither codes nor what may be a password in the wrong field.
AXES_SENSITIVE_PARAMETERS = ["login", "code", "credential", "csrfmiddlewaretoken", "ip_address"]
AXES_ENABLE_ADMIN = False

# Government single sign-on, if there is one. It opens accounts that are there, and makes none.
OIDC_ISSUER = os.environ.get("PORTAL_OIDC_ISSUER", "")
OIDC_CLAIM = os.environ.get("PORTAL_OIDC_CLAIM", "preferred_username")
SOCIALACCOUNT_ADAPTER = "members.sign_in.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "sso",
            "name": os.environ.get("PORTAL_OIDC_NAME", "统一身份认证"),
            "client_id": os.environ.get("PORTAL_OIDC_CLIENT_ID", ""),
            "secret": os.environ.get("PORTAL_OIDC_SECRET", ""),
            "settings": {"server_url": OIDC_ISSUER},
        }
    )
# axes.W006: locking by address would lock out whole offices behind one address.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "axes.W006"]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

# -- Sessions and headers ---------------------------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# -- Background work --------------------------------------------------------------------------------------------------
CELERY_BROKER_URL, BROKER_OPTIONS = brokers.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 25 * 60
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than the longest task: a task that outlives it runs twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 2 * 3600,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    **BROKER_OPTIONS,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "default"
# A worker without -Q serves all four; long jobs ("export") may have a worker of their own.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name) for name in ("default", "notify", "outside", "export")
]
CELERY_TASK_ROUTES = {"members.tasks.deliver": {"queue": "notify"}, "members.tasks.run_job": {"queue": "export"}}
# Seconds a worker may hold messages of the outbox before another may have them.
OUTBOX_LEASE = int(os.environ.get("PORTAL_OUTBOX_LEASE", "300"))
# Waking the sweeper at once is a courtesy; it must not wait for sentinels that are all gone. The clock wakes it anyway.
OUTBOX_NUDGE = not brokers.is_sentinel(REDIS_URL)
# Where messages to units' own systems may go besides public addresses: networks, such as an extranet of government.
WEBHOOK_NETWORKS = words("PORTAL_WEBHOOK_NETWORKS")
WEBHOOK_PORTS = [int(port) for port in words("PORTAL_WEBHOOK_PORTS") or ["443", "8443"]]
# For tests alone: without TLS anybody on the way could read along.
WEBHOOK_PLAIN_HTTP = False
# Months the audit stays in the database; six is the least the law allows (members.archives refuses less).
AUDIT_RETENTION_MONTHS = int(os.environ.get("PORTAL_AUDIT_MONTHS", "36"))
CELERY_BEAT_SCHEDULER = "portal.clock:SharedClock"

# -- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "members.callers.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["members.callers.NamedPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.lib.api.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.lib.api.JSONOnly"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.lib.api.JSONAlways",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "members.rest.explain",
    "DEFAULT_SCHEMA_CLASS": "portal.lib.openapi.Operation",
}
# Requests per seconds, each in a window of its own.
API_RATES = {
    "token": os.environ.get("PORTAL_API_RATE_TOKEN", "1200/60"),
    "staff": os.environ.get("PORTAL_API_RATE_STAFF", "600/60"),
    "anonymous": os.environ.get("PORTAL_API_RATE_ANONYMOUS", "120/60"),
}
# Steps of the public interview, from one address.
VISITOR_RATE = os.environ.get("PORTAL_VISITOR_RATE", "240/60")
API_BODY_LIMIT = 256 * 1024
# Lists that are sent line by line.
API_LINES_LIMIT = 5 * 1024 * 1024
SPECTACULAR_SETTINGS = {
    "TITLE": "政慈衔接 API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    # One name for each list, wherever it is asked for.
    "ENUM_NAME_OVERRIDES": {
        "OrganizationKindEnum": "members.kinds.OrganizationKind",
        "LevelEnum": "members.kinds.Level",
        "CategoryEnum": "members.kinds.Category",
        "NeedKindEnum": "members.kinds.NeedKind",
        "ActivityKindEnum": "programs.kinds.ActivityKind",
        "FundKindEnum": "programs.models.FundKind",
        "FundLineKindEnum": "programs.models.LineKind",
        "FounderKindEnum": "programs.models.FounderKind",
        "FundChannelEnum": "programs.models.Channel",
        "DiscoveryChannelEnum": "referrals.kinds.DiscoveryChannel",
        "ImportKindEnum": "referrals.models.imports.ImportKind",
        "ItemEnum": "referrals.consent_api.ITEM_CHOICES",
        "NeedFormEnum": "referrals.kinds.NeedForm",
        "NeedStateEnum": "referrals.kinds.NeedState",
        "LeadStateEnum": "referrals.kinds.LeadState",
        "CheckStateEnum": "referrals.kinds.CheckState",
        "AidStateEnum": "referrals.kinds.AidState",
        "FamilyRelationEnum": "referrals.kinds.FamilyRelation",
        "GuardianRelationEnum": "referrals.kinds.GuardianRelation",
        "HardshipLevelEnum": "referrals.kinds.HardshipLevel",
        "AidFormEnum": "programs.kinds.AidForm",
        "AidFormGivenEnum": "referrals.kinds.AID_FORMS",
        "AidLineStateEnum": "referrals.kinds.AidLineState",
        "EffectivenessEnum": "referrals.workflow.Effectiveness",
        "PaperKindEnum": "referrals.kinds.PaperKind",
        "ConsentFormGivenEnum": "referrals.consent_api.FORMS",
        "ConsentFormEnum": "referrals.models.consents.Consent.Form",
        "ReferralStateEnum": "referrals.workflow.State",
        "ReferralKindEnum": "referrals.workflow.ReferralKind",
        "ReferralVerbEnum": "referrals.referral_api.VERBS",
        "BatchStateEnum": "referrals.list_kinds.BatchState",
        "ProvisionEndedEnum": "referrals.models.disclosures.Provision.Ended",
        "ShareTaskEnum": "referrals.kinds.ShareTask",
        "ShareEndedEnum": "referrals.models.shares.ReferralShare.Ended",
        "ReferralSideEnum": "referrals.referral_api.SIDES",
        "SideOfWorkflowEnum": "referrals.workflow.Side",
        "DirectionEnum": "members.kinds.Direction",
        "SaidHowEnum": "referrals.forms.referrals.WAYS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.lib.openapi.complete",
        "portal.api.add_examples",
    ],
}

# -- Mail and logs ----------------------------------------------------------------------------------------------------
EMAIL_BACKEND = os.environ.get("PORTAL_EMAIL_BACKEND") or (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("PORTAL_SMTP_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = embedded.var_dir() / "mail"
EMAIL_HOST = os.environ.get("PORTAL_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("PORTAL_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("PORTAL_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("PORTAL_SMTP_PASSWORD", "")
EMAIL_USE_TLS = flag("PORTAL_SMTP_TLS")
DEFAULT_FROM_EMAIL = os.environ.get("PORTAL_MAIL_FROM", "portal@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.lib.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"refusals": {"()": "portal.lib.logs.RefusalsInOneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"filters": ["refusals"]},
        "axes": {"level": "ERROR"},
    },
}
PRODUCT_NAME = _("政慈衔接")
