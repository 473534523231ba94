"""System checks: what would be unsafe or broken in production, with id and hint.

`manage.py check --deploy` names them; and a production process refuses to start with an error among them, because a
check that is only there to be run is not run.
"""

import re

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from portal.lib import row_security

WITHOUT_DATABASE = checks.Tags.security


@checks.register(WITHOUT_DATABASE)
def safe_for_production(app_configs, **kwargs):
    """Nothing that a demo may do and a real case must not suffer."""
    if not settings.PRODUCTION:
        return []
    return [error for test in (_demo, _keys, _hosts, _address, _cookies, _external) for error in test()]


def _demo():
    if settings.DEMO:
        yield checks.Error(
            "PORTAL_DEMO is set in production: it waives the second factor.",
            hint="Unset PORTAL_DEMO.",
            id="portal.E001",
        )


def _keys():
    ring = settings.KEY_RING
    if [name for name in ring.get("keys", {}) if name.startswith("demo")]:
        yield checks.Error(
            "The key ring holds keys that were made for a demo.",
            hint="Make keys with `python -m portal.lib.secrets FILE` and name the file in PORTAL_SECRETS.",
            id="portal.E002",
        )
    if ring.get("current") not in ring.get("keys", {}):
        yield checks.Error(
            "The current key of the key ring is not among its keys.",
            hint='The file named by PORTAL_SECRETS needs {"key_ring": {"current": ID, "keys": {ID: …}}}.',
            id="portal.E003",
        )
    if len(settings.SECRET_KEY) < 50:
        yield checks.Error(
            "Django's secret key is shorter than 50 characters.",
            hint="Make keys with `python -m portal.lib.secrets FILE`.",
            id="portal.E004",
        )


def _hosts():
    hosts = set(settings.ALLOWED_HOSTS)
    if not hosts - {"localhost", "127.0.0.1", "[::1]", "testserver"} or "*" in hosts:
        yield checks.Error(
            "The names under which this portal is reached are not set.",
            hint="Set PORTAL_HOSTS to the host names, separated by commas; never to *.",
            id="portal.E005",
        )


def _address():
    if not settings.SITE_URL.startswith("https://"):
        yield checks.Error(
            "The portal's own address is not https.",
            hint="Set PORTAL_SITE_URL to the address people type, beginning with https://",
            id="portal.E006",
        )
    if any(not origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield checks.Error("A trusted origin is not https.", hint="Mend PORTAL_ORIGINS, or unset it.", id="portal.E007")


def _cookies():
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT):
        yield checks.Error(
            "Cookies or pages would travel without TLS.",
            hint="Leave SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE and SECURE_SSL_REDIRECT as settings.py has them.",
            id="portal.E008",
        )


def _external():
    """Several hosts share what is in a database of their own; a socket in var/ is one host's."""
    if str(settings.DATABASES["default"].get("HOST", "")).startswith(str(settings.VAR_DIR)):
        yield checks.Warning(
            "Production runs on the embedded database: one host, no replica, no backup but your own.",
            hint="Set DATABASE_URL.",
            id="portal.W001",
        )


@checks.register(checks.Tags.database)
def database_is_fit(app_configs, databases=None, **kwargs):
    """What searching Chinese names and a pooler need of the database."""
    found = []
    for alias in databases or []:
        try:
            found += [*_chinese(alias), *_pooler(alias), *_reader(alias)]
        except DatabaseError as error:
            found.append(
                checks.Warning(f"Database {alias} cannot be asked: {error}", hint="Is it up?", id="portal.W002")
            )
    return found


def _chinese(alias):
    """pg_trgm takes its letters from LC_CTYPE: under C it finds none in Chinese, and says nothing about it."""
    with connections[alias].cursor() as cursor:
        cursor.execute("select exists (select from pg_extension where extname = 'pg_trgm')")
        if cursor.fetchone()[0]:
            cursor.execute("select cardinality(show_trgm('王小明')) > 0")
        else:
            cursor.execute("select datctype not in ('C', 'POSIX') from pg_database where datname = current_database()")
        if cursor.fetchone()[0]:
            return
    yield checks.Error(
        f"Database {alias} does not recognise Chinese characters as letters (LC_CTYPE is C).",
        hint="Create it with LC_CTYPE 'C.UTF-8' or 'zh_CN.UTF-8': "
        "create database portal template template0 lc_ctype 'C.UTF-8' lc_collate 'C.UTF-8' encoding 'UTF8'",
        id="portal.E010",
    )


def _pooler(alias):
    """Something stands in between when the server listens on another port than we called."""
    if connections[alias].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return
    connections[alias].ensure_connection()
    asked = connections[alias].connection.info.port
    with connections[alias].cursor() as cursor:
        cursor.execute("select inet_server_port()")
        answered = cursor.fetchone()[0]
    if answered and answered != asked:
        yield checks.Warning(
            f"Database {alias} is reached through something else (port {asked}, while the server listens on "
            f"{answered}). Behind a transaction pooler, reading in portions fails.",
            hint="Set DB_TX_POOLER=1 if it is a pooler in transaction mode.",
            id="portal.W003",
        )


def _reader(alias):
    """Requests read cases as this role; one that sees past the policies would make them worth nothing."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "select pg_has_role(current_user, oid, 'member') and not rolsuper and not rolbypassrls and not rolcanlogin "
            "from pg_roles where rolname = %s",
            [row_security.ROLE],
        )
        if not any(fit for (fit,) in cursor.fetchall()):
            yield checks.Error(
                f"Database {alias} has no role {row_security.ROLE} as which requests may read.",
                hint=f"create role {row_security.ROLE} nologin; grant {row_security.ROLE} to the portal's own role",
                id="portal.E011",
            )


def refuse_unsafe_start():
    """Called where a production process begins: web server, worker, beat."""
    errors = [found for found in safe_for_production(None) if found.level >= checks.ERROR]
    if errors:
        lines = "\n".join(re.sub(r"\s+", " ", f"{found.id}: {found.msg} {found.hint}") for found in errors)
        raise SystemExit(f"生产环境的设置不安全，拒绝启动：\n{lines}")
