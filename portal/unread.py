"""How many messages wait for a person. The part that holds messages names itself here: (URL name, function(staff)).

While there is none, the frame shows no link.
"""

from django.urls import reverse

from members import jobs

SOURCE = ("members:list_jobs", jobs.unseen_count)


def unread_of(staff):
    if SOURCE is None:
        return None
    url_name, count = SOURCE
    return {"url": reverse(url_name), "count": count(staff)}
