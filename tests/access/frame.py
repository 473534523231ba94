"""Who may open the pages of the frame."""

from tests.access.rows import EVERYONE, SIGNED_IN, Row

ROWS = [
    Row("home", SIGNED_IN),
    Row("search", SIGNED_IN),
    Row("search", SIGNED_IN, method="post"),
    *[Row("choose_language", EVERYONE, method) for method in ("get", "post")],
    Row("help", SIGNED_IN),
    Row("help_topic", SIGNED_IN, arguments=lambda cast: {"topic": "keys"}),
    Row("styleguide", SIGNED_IN),
    Row("styleguide", SIGNED_IN, method="post"),
    Row("styleguide_confirm", SIGNED_IN),
    Row("styleguide_confirm", SIGNED_IN, method="post"),
    Row("styleguide_upload", SIGNED_IN, method="post"),
    Row("styleguide_count", SIGNED_IN, method="post"),
    Row("healthz", EVERYONE),
    Row("readyz", EVERYONE),
]  # fmt: skip
