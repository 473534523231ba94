"""Which wording holds where, and what its release froze."""

import hashlib
import json

from referrals.models import ConsentWording


def wording_for(purpose, area, on=None):
    """What a family in this area is told today: of its own area, else of the nearest above, else the shipped one."""
    codes = [area.code, *area.ancestor_codes] if area else []
    rows = ConsentWording.objects.in_force(on).filter(purpose=purpose).select_related("area")
    candidates = [row for row in rows if row.area is None or row.area.code in codes]
    rank = {code: place for place, code in enumerate(sorted(codes, reverse=True))}

    def nearest_then_newest(row):
        return rank.get(row.area.code if row.area else "", 99), -row.valid_from.toordinal(), -row.number

    return min(candidates, key=nearest_then_newest, default=None)


def checksum_of(wording):
    texts = [wording.purpose, *(getattr(wording, name) for name in ConsentWording.TEXTS)]
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()
