"""The table of diagnostic codes: one code a kind of mistake, each with the paragraph that `svcc explain` prints.

0xx YAML · 1xx a field · 2xx across objects · 3xx a target cannot say it · 4xx the guard of a plan
"""

from svcc.codes.across import ACROSS
from svcc.codes.allocation import ALLOCATION
from svcc.codes.code import Code, Severity
from svcc.codes.derived import DERIVED
from svcc.codes.fields import FIELDS
from svcc.codes.pods import PODS
from svcc.codes.source import SOURCE
from svcc.codes.targets import TARGETS

__all__ = ["CODES", "Code", "Severity"]

CODES: dict[str, Code] = {**SOURCE, **FIELDS, **PODS, **ACROSS, **ALLOCATION, **DERIVED, **TARGETS}
