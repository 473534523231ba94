"""How many random examples the tests try. PORTAL_TEST_DEPTH=10 bin/test tries ten times as many as the ordinary run."""

import os

DEPTH = int(os.environ.get("PORTAL_TEST_DEPTH", "1"))
