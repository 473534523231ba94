import sys

import pytest

from portal.lib.stack import FRAME, roomy, with_room


def room_behind(depth=1):
    """The stack size of the frame that called."""
    return sys._getframe(depth + 1).f_code.co_stacksize


def test_a_function_with_room_is_the_same_function():
    def told(one, *rest, last=None):
        """Words."""
        return one, rest, last, room_behind()

    spacious = with_room(told)
    assert (spacious.__name__, spacious.__doc__) == ("told", "Words.")
    assert spacious(1, 2, 3, last=4) == (1, (2, 3), 4, FRAME)
    assert told(1)[-1] < FRAME


def test_what_goes_wrong_inside_comes_out_as_it_is():
    def fails():
        raise ValueError("inside")

    with pytest.raises(ValueError, match="^inside$"):
        with_room(fails)()


def test_the_whole_of_a_request_has_room(settings):
    assert settings.MIDDLEWARE[0] == "portal.lib.stack.roomy"
    assert roomy(lambda request: (request, room_behind()))("asked") == ("asked", FRAME)
