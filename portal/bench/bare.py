"""The floor of serving: an application that does nothing at all."""

BODY = b"ok"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
