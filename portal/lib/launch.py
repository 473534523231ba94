"""Become another program, after what only a process can do to itself: a program of its own, run with `python -I -S`.

    launch.py --parent=PID --death=SIGNAL --guise=self|namespace|account -- PROGRAM ARGUMENT…

It exists instead of `preexec_fn`, which runs Python between fork and exec and may hang where the parent has threads.
With `--death` the kernel sends that signal when the parent is gone, however it went. The guises are for PostgreSQL,
which refuses to run as root:

namespace   a user namespace in which root has another number, while the files stay root's: nothing is chowned
account     where namespaces are forbidden (most containers): the account `nobody`, which keeps one capability of root,
            to pass through directories that are closed to it; its files are its own
"""

import ctypes
import os
import signal
import sys

NOBODY = 65534
NOT_PERMITTED = 71
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
HAS_PRCTL = sys.platform == "linux"


def die_with_parent(death_signal):
    """The kernel sends us this signal when the thread that started us ends. Elsewhere than on Linux: nothing."""
    if HAS_PRCTL:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))


def enter_namespace():
    if ctypes.CDLL(None).unshare(CLONE_NEWUSER):
        sys.exit(NOT_PERMITTED)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def enter_account():
    """Give up root, and keep only the right to pass where files and directories are closed to others."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    # effective, permitted, inheritable; twice, for the low and the high 32 capabilities
    if libc.capset(header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)):
        sys.exit(NOT_PERMITTED)
    if libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0):
        sys.exit(NOT_PERMITTED)


def main(arguments):
    split = arguments.index("--")
    options = dict(argument.lstrip("-").split("=", 1) for argument in arguments[:split])
    {"namespace": enter_namespace, "account": enter_account}.get(options.get("guise"), lambda: None)()
    if death := int(options.get("death", 0)):
        die_with_parent(death)
        if os.getppid() != int(options["parent"]):
            sys.exit(NOT_PERMITTED)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    program = arguments[split + 1 :]
    if program:
        os.execv(program[0], program)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(sys.argv[1:])
