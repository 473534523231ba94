"""Government single sign-on against a small issuer of our own: it opens accounts that are there and makes none."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from members.models import AuditEntry, Staff


class Issuer(BaseHTTPRequestHandler):
    """Just enough of OpenID Connect. `claims` is who signs in there."""

    claims = {}

    def do_GET(self):
        base = f"http://127.0.0.1:{self.server.server_port}"
        known = {
            "/.well-known/openid-configuration": {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "userinfo_endpoint": f"{base}/userinfo",
                "jwks_uri": f"{base}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/userinfo": self.claims,
        }
        self.answer(known[self.path])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    def answer(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *args):
        """Not into the test's output."""


@pytest.fixture
def issuer(settings):
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {
        "provider_id": "sso",
        "name": "统一身份认证",
        "client_id": "portal",
        "secret": "s",
        "settings": {"server_url": f"http://127.0.0.1:{server.server_port}"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.ROOT_URLCONF = "tests.members.single_sign_on_urls"
    yield Issuer
    server.shutdown()
    server.server_close()


def sign_in_there(client, issuer, **claims):
    issuer.claims = {"sub": "subject-1", **claims}
    start = client.post(reverse("openid_connect_login", kwargs={"provider_id": "sso"}))
    assert start.status_code == 302, start.content
    asked = parse_qs(urlsplit(start.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = {"code": "c", "state": asked["state"][0]}
    return client.get(reverse("openid_connect_callback", kwargs={"provider_id": "sso"}), back, follow=True)


def test_an_existing_account_opens(client, cast, issuer):
    sign_in_there(client, issuer, preferred_username=cast.charity_reviewer.username)
    assert client.get("/").wsgi_request.user == cast.charity_reviewer


def test_the_page_of_signing_in_offers_it(client, db, issuer):
    assert "统一身份认证" in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("claims", [{"preferred_username": "stranger"}, {"preferred_username": ""}, {}])
def test_nobody_gets_an_account_that_way(client, cast, issuer, claims):
    before = Staff.objects.count()
    response = sign_in_there(client, issuer, **claims, email="a@example.org")
    assert "没有对应的在用账号" in response.content.decode()
    assert client.get("/").status_code == 302
    assert Staff.objects.count() == before
    assert AuditEntry.objects.filter(action="sign_in.fail", reason__startswith="oidc").count() == 1


def test_an_address_is_no_proof(client, cast, issuer):
    """An account is found by its login name, never by an address that somebody else may have entered there."""
    Staff.objects.filter(pk=cast.charity_reviewer.pk).update(email="reviewer@example.org")
    sign_in_there(client, issuer, email="reviewer@example.org", email_verified=True, preferred_username="stranger")
    assert client.get("/").status_code == 302


def test_a_suspended_account_stays_shut(client, cast, issuer):
    person = cast.charity_reviewer
    sign_in_there(client, issuer, preferred_username=person.username)
    client.post(reverse("account_logout"))
    Staff.objects.filter(pk=person.pk).update(is_active=False)
    sign_in_there(client, issuer, preferred_username=person.username)
    assert client.get("/").status_code == 302


def test_a_forged_answer_is_refused(client, cast, issuer):
    issuer.claims = {"sub": "x", "preferred_username": cast.charity_reviewer.username}
    client.post(reverse("openid_connect_login", kwargs={"provider_id": "sso"}))
    callback = reverse("openid_connect_callback", kwargs={"provider_id": "sso"})
    client.get(callback, {"code": "c", "state": "forged"})
    assert client.get("/").status_code == 302
