"""Names for lists: kept in the process for a moment, so that fifty rows need not be joined with whom they name."""

import time

KEPT_SECONDS = 30
_kept = {}


def names_of(model, keys):
    """{key: name} of rows that have a name. Who renames one sees it everywhere within half a minute."""
    kept, now = _kept.setdefault(model, {}), time.monotonic()
    wanted = set(keys) - {None}
    if missing := [key for key in wanted if key not in kept or kept[key][1] < now]:
        until = now + KEPT_SECONDS
        kept.update(
            {key: (name, until) for key, name in model._base_manager.filter(pk__in=missing).values_list("pk", "name")}
        )
    return {key: kept[key][0] for key in wanted if key in kept}
