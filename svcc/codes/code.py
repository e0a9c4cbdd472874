"""What one diagnostic code is: how bad, a title, and the paragraph that `svcc explain` prints."""

from enum import Enum
from typing import NamedTuple


class Severity(Enum):
    """How bad it is: an error stops the run, a warning may, a note never does."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(NamedTuple):
    """What one code means: severity, a title, and the paragraph of `svcc explain`."""

    severity: Severity
    title: str
    explanation: str
    wrong: str = ""
    """What raises it, in a line, and `right` is one way to mend it; both "" where that takes more than a line."""
    right: str = ""
