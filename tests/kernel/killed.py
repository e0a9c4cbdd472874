"""Run svcc and kill it, as SIGKILL does, at the N-th thing that it does to the machine.

    python killed.py 7 before apply shop/      ends by signal 9, right before the seventh thing
    python killed.py 7 after apply shop/       … right after it
    python killed.py 0 count apply shop/       says on the last line of standard error how many things there are

Things are: a tool that changes something (iptables-restore, nft), a setting that is written, a file of svcc that takes its name or goes, a table
that is deleted over netlink.
"""

import os
import pathlib
import signal
import sys

from svcc.cli.main import run
from svcc.kernel import found, sysctl
from svcc.kernel import run as tools

NUMBER, WHEN = int(sys.argv[1]), sys.argv[2]
done = []


def counted(act):
    def one(*words, **more):
        done.append(act.__name__)
        here = len(done) == NUMBER
        if here and WHEN == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        ended = act(*words, **more)
        if here and WHEN == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return ended

    return one


def changes(argv):
    return not {"-c", "--test"}.intersection(argv) and ("-f" in argv or "-restore" in argv[0])


look, change = tools.ended, counted(tools.ended)
tools.ended = lambda argv, *words, **more: (change if changes(argv) else look)(argv, *words, **more)
sysctl.write = counted(sysctl.write)
found.delete = counted(found.delete)
pathlib.Path.replace = counted(pathlib.Path.replace)
pathlib.Path.unlink = counted(pathlib.Path.unlink)
code = run(sys.argv[3:])
print(len(done), file=sys.stderr)
sys.exit(code)
