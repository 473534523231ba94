"""What every request carries along: where it came from, for the audit."""

from members.audit import Origin, origin_of_request


def origin(get_response):
    def middleware(request):
        token = origin_of_request.set(Origin.of(request))
        try:
            return get_response(request)
        finally:
            origin_of_request.reset(token)

    return middleware
