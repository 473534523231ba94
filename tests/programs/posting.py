"""A form as a browser would send it back: what it holds, field by field."""

from html.parser import HTMLParser

from django.http import QueryDict


class _Form(HTMLParser):
    """The fields of the form that carries an attribute."""

    def __init__(self, marked):
        super().__init__(convert_charrefs=True)
        self.marked, self.pairs, self.is_inside = marked, [], False
        self.area, self.select, self.options = None, None, []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self.is_inside = self.marked in found
        if not self.is_inside:
            return
        if tag == "input" and found.get("name") and found.get("type") not in {"submit", "button"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.pairs.append((found["name"], found.get("value", "on" if "type" in found else "")))
        elif tag == "textarea":
            self.area = [found["name"], ""]
        elif tag == "select":
            self.select, self.options, self.is_multiple = found["name"], [], "multiple" in found
        elif tag == "option" and self.select:
            self.options.append((found["value"], "selected" in found))

    def handle_data(self, data):
        if self.area is not None:
            self.area[1] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.area is not None:
            name, text = self.area
            self.pairs.append((name, text.removeprefix("\n").replace("\n", "\r\n")))
            self.area = None
        elif tag == "select" and self.select:
            chosen = [value for value, is_selected in self.options if is_selected]
            if not chosen and not self.is_multiple:
                chosen = [value for value, _selected in self.options[:1]]
            self.pairs += [(self.select, value) for value in chosen]
            self.select = None


def fields_of(html, marked="data-editor"):
    form = _Form(marked)
    form.feed(html)
    return form.pairs


def posted(pairs, **changes):
    """The pairs as a QueryDict, some of them written over."""
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    for name, value in changes.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def send(session, url, pairs, **changes):
    """As a browser posts a form, repeated names and all."""
    body = posted(pairs, **changes).urlencode()
    return session.post(url, body, content_type="application/x-www-form-urlencoded")
