"""What every kernel subsystem offers, and how it fails.

subsystem.snapshot()      -> the state of ours, of the same type as the compiled one
subsystem.check(plan…)    -> nothing, or KernelError: would the kernel take it?
subsystem.commit(plan…)   -> nothing, or CommitError: how far it got

KernelError
├── NotFound        a tool, table, namespace or object is not there
├── Busy            a lock is held by somebody else
├── Denied          permission is missing
├── Unsupported     this kernel or tool cannot do it
├── Stale           what was planned from is not what the kernel holds: look again
├── ToolFailed      a tool ended with an error; its own words are in the message
└── CommitError     some operations were done and one failed
"""


class KernelError(Exception):
    """The machine refused. `message` is one sentence for the user; `hint` says what to do, if anything.

    Whoever was at work adds what was being `doing` and what the kernel holds `now`, as far as it is known.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.doing = ""
        self.now = ""


class NotFound(KernelError):  # noqa: N818 - the drawn names are the house's words
    """A tool, table, namespace or object is not there."""


class Busy(KernelError):  # noqa: N818
    """A lock is held by somebody else."""


class Denied(KernelError):  # noqa: N818
    """Permission is missing."""


class Unsupported(KernelError):  # noqa: N818
    """This kernel or tool cannot do it."""


class ToolFailed(KernelError):  # noqa: N818
    """A tool ended with an error."""


class Stale(KernelError):  # noqa: N818
    """The kernel holds something else than what the plan was made from; the subsystem looks at all of it the next time."""


class CommitError(KernelError):
    """Operation `done` of `of` (from 0) failed; those before it were done."""

    def __init__(self, message: str, *, done: int, of: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.done = done
        self.of = of
