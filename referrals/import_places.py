"""Divisions as tables of people write them: a code, a name, a path of names."""

from django.utils.functional import cached_property

from members.access import is_within
from members.kinds import Level
from members.models import Area
from portal.lib import cells

_LEVELS = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.TOWN, Level.VILLAGE)


class Places:
    """The divisions of one import. Each way of writing is looked up once."""

    def __init__(self, area):
        self.area = area
        self._found = {}
        self._by_code = {area.code: area}

    def find(self, text):
        """The division a text means; None when there is none, or when it could be several."""
        text = cells.squeezed(text)
        if text not in self._found:
            area = self._of_code(text) if text.isdigit() else self._of_name(text)
            self._found[text] = area
            if area:
                self._by_code[area.code] = area
        return self._found[text]

    def by_code(self, code):
        if code not in self._by_code:
            self._by_code[code] = Area.objects.get(code=code)
        return self._by_code[code]

    def is_near(self, area):
        return is_within(area, self.area)

    def _of_code(self, digits):
        if len(digits) not in (2, 4, 6, 9, 12):
            return None
        found = Area.objects.filter(code=digits.ljust(12, "0")).first()
        return Area.objects.resolve(found.code) if found else None

    def _of_name(self, text):
        found = self._names.get(text)
        if found is None:
            matches = list(Area.objects.current().filter(name=text)[:2])
            found = [matches[0].code] if len(matches) == 1 else []
        return self.by_code(found[0]) if len(found) == 1 else None

    @cached_property
    def _names(self):
        """{name or path of names: [codes]} of all divisions in the import's own area."""
        own = {self.area.level: self.area.code} if self.area.level != Level.VILLAGE else {"code": self.area.code}
        rows = Area.objects.current().filter(**own).values_list("code", "name", "province", "city", "county", "town")
        above = Area.objects.filter(code__in=self.area.ancestor_codes).values_list("code", "name")
        rows, names = list(rows), dict(above)
        names |= {code: name for code, name, *_rest in rows}
        found = {}
        for code, name, *ancestors in rows:
            path = [names.get(one, "") for one in ancestors if one and one != code] + [name]
            for start in range(len(path)):
                found.setdefault(cells.squeezed("".join(path[start:])), set()).add(code)
        return {path: sorted(codes) for path, codes in found.items()}
