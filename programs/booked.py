"""Who wants to hear that a payment or a counter-entry was decided. Casework stands above this room and registers here,
so that its own record of a payment changes in the same transaction in which the money is booked."""

from collections.abc import Callable

_listeners: list[Callable] = []


def listener(function):
    """Registers function(actor, order): called inside the transaction, with the order as it was decided."""
    if function not in _listeners:
        _listeners.append(function)
    return function


def tell(actor, order):
    for hear in _listeners:
        hear(actor, order)
