"""Lines of the log that tell what went wrong, and not of whom.

A database quotes the row it refused and the statement it stumbled over, and both are people's data. What a program of
ours writes into a message is its own affair; what comes out of an exception passes here.
"""

import logging
import re

# From the first thing quoted to the end of that exception; values have lines of their own.
_QUOTED = re.compile(
    r"^(?:LINE \d+|DETAIL|CONTEXT|QUERY|HINT|WHERE|STATEMENT): .*?(?=\n\n(?:The above exception|During handling)|\Z)",
    re.MULTILINE | re.DOTALL,
)


def discreet(text):
    return _QUOTED.sub("…", text)


class DiscreetFormatter(logging.Formatter):
    def formatException(self, ei):  # noqa: N802 - logging's name
        return discreet(super().formatException(ei))


class RefusalsInOneLine(logging.Filter):
    """Where somebody was refused or a page is not there, nothing broke: the line says it all, without a traceback."""

    def filter(self, record):
        if getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
