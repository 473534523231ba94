"""Which page of help belongs to which page of the portal."""

from django.urls import get_resolver, reverse
from django.utils.translation import gettext_lazy as _

# topic -> (title, the URL names it explains); its text is templates/help/<topic>.html
TOPICS = {
    "start": (_("从这里开始"), {"home", "search"}),
    "keys": (_("键盘操作"), set()),
}

_TOPIC_OF = {name: topic for topic, (_title, names) in TOPICS.items() for name in names}


def url_of(match):
    """The help of the page that was asked for; the contents when it has none of its own."""
    topic = _TOPIC_OF.get(match.view_name) if match else None
    return reverse("help_topic", kwargs={"topic": topic}) if topic else reverse("help")


def is_known(view_name):
    """Is there such a page? Asked by a test, so that help does not explain what is gone."""
    *spaces, name = view_name.split(":")
    resolver = get_resolver()
    for space in spaces:
        if space not in resolver.namespace_dict:
            return False
        resolver = resolver.namespace_dict[space][1]
    return name in resolver.reverse_dict
