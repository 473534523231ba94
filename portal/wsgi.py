import os

from django.core.wsgi import get_wsgi_application
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()

from portal.checks import refuse_unsafe_start  # noqa: E402 - needs the settings of the line above
from portal.warm import warm_up  # noqa: E402

refuse_unsafe_start()
warm_up()
# Requests run in threads of their own; the connection of this one would stand idle for ever.
connections.close_all()
