"""The bench itself: each kind of fault is seen when it is there."""

import pytest

from tests.browser.look import problems_in_both_widths

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
PAGE = "<!doctype html><html lang='zh-Hans'><title>t</title><main><h1>t</h1>{}</main></html>"


@pytest.mark.parametrize(
    ("fault", "sign"),
    [
        ("<img src='data:,' >", "axe image-alt"),
        ("<font color='#bbbbbb'>浅灰的字</font>", "axe color-contrast"),
        ("<p style='color:red'>x</p>", "CSP style-src"),
        ("<script>1</script>", "CSP script-src"),
        ("<script src='/broken.js'></script>", "script:"),
        ("<pre>" + "宽" * 200 + "</pre>", "390: overflow"),
    ],
)
def test_a_fault_is_seen(fault, sign, open_as):
    page = open_as(None)
    page.route("**/fault", lambda route: route.fulfill(body=PAGE.format(fault), headers=headers("text/html")))
    page.route("**/broken.js", lambda route: route.fulfill(body="nothing()", headers=headers("text/javascript")))
    page.goto("/fault")
    assert any(sign in problem for problem in problems_in_both_widths(page))


def test_a_sound_page_has_none(open_as):
    page = open_as(None)
    page.route("**/sound", lambda route: route.fulfill(body=PAGE.format(""), headers=headers("text/html")))
    page.goto("/sound")
    assert problems_in_both_widths(page) == []


def headers(kind):
    return {"Content-Type": f"{kind}; charset=utf-8", "Content-Security-Policy": POLICY}
