#!/usr/bin/env python
"""Every command finds the running embedded servers, or starts and stops them for its own run."""

import os
import sys

# These neither read nor write the database.
WITHOUT_SERVERS = {
    *("help", "version", "--help", "--version"),
    *("collectstatic", "messages", "compile_messages", "up", "match"),
}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    from portal.lib import embedded

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVERS:
        execute_from_command_line(sys.argv)
        return
    try:
        with embedded.servers():
            execute_from_command_line(sys.argv)
    except embedded.ServerTrouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
