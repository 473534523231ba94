"""Room on the interpreter's stack, so that no call deep inside falls on the edge of a piece of it.

CPython 3.11 to 3.14 keep frames in pieces of 16 KB and give a piece back at once: where a loop happens to call across
the edge of one, every call asks the kernel for memory and returns it, and takes a hundred times as long
(python/cpython#142183). A page with its middleware and templates is deep enough to meet several edges; it cost a fifth
of each request. A piece that begins with one very large frame has room for all that is called from there.
"""

from functools import wraps

# In words of 8 bytes: a little over 512 KB, so that the piece is 1 MB and half of it stays free. Untouched memory is
# not taken from the machine.
FRAME = 65_600


def with_room(function):
    """The same function, called from a frame with half a megabyte behind it."""

    @wraps(function)
    def roomy(*args, **kwargs):
        return function(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=FRAME)
    return roomy


def roomy(get_response):
    """As the outermost middleware: for the whole of a request."""
    return with_room(get_response)
