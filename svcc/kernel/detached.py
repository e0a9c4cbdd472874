"""Start a Python module as a process of its own, which outlives us, our terminal and our session.

    started = start("svcc.cli.watcher", "host", "12")     it runs, and has said that it is ready
    started.release()                                     tells it that we are done; so does our end, however we end

    we ── pipe ──> standard input of it       end of file: we are done, or dead
    we <── pipe ── standard output of it      a byte: it is ready; then it closes both its outputs

The module calls `detach` first: it begins a session of its own, so that no terminal can hang up on it, and is nobody's child but init's,
so that nobody has to wait for it. It is a fresh interpreter, not a copy of us: it holds none of our locks, threads and memory. Its network
namespace is ours.
"""

import os
import select
import sys
from dataclasses import dataclass

from svcc.kernel import lock, state
from svcc.kernel.base import ToolFailed

_SECONDS = 20
"""How long it may take to be ready."""
_READY = b"r"


@dataclass(slots=True)
class Started:
    """A process of its own; `release` tells it that we are done."""

    pipe: int

    def release(self) -> None:
        """Close our end of the pipe; once is enough."""
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1


def start(module: str, *words: str) -> Started:
    """Start a module, and wait until it is ready.

    Raises:
        ToolFailed: it did not get ready.
    """
    its_input, ours = os.pipe()
    answer, its_output = os.pipe()
    try:
        child = _spawn([sys.executable, "-P", "-m", module, *words], its_input, its_output)
    except BaseException:
        os.close(ours)
        os.close(answer)
        raise
    finally:
        os.close(its_input)
        os.close(its_output)
    try:
        os.waitpid(child, 0)
        _demand_ready(answer, module)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(answer)
    return Started(ours)


def _demand_ready(answer: int, module: str) -> None:
    if not select.select([answer], [], [], _SECONDS)[0] or os.read(answer, 1) != _READY:
        raise ToolFailed(f"the process {module} did not get ready", hint=f"`{sys.executable} -m {module}` says why")


def _spawn(argv: list[str], its_input: int, its_output: int) -> int:
    nowhere = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    actions = [(os.POSIX_SPAWN_DUP2, its_input, 0), (os.POSIX_SPAWN_DUP2, its_output, 1), nowhere]
    # It works from the root folder, where a relative path would mean another one.
    folders = {"SVCC_RUN_DIR": lock.run_dir(), "SVCC_STATE_DIR": state.state_dir()}
    return os.posix_spawn(argv[0], argv, {**os.environ, **folders}, file_actions=actions)


def detach() -> bool:
    """Leave the session and the parent of this process; return whether this is the one that goes on, and not its dying parent."""
    if os.fork():
        return False
    os.setsid()
    os.chdir("/")
    return True


def tell_ready() -> None:
    """Tell who has started us that we are ready; nothing is heard from us any more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.write(1, _READY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def wait_for_release() -> None:
    """Wait until who has started us is done, or dead."""
    while os.read(0, 64):
        pass
