"""What is demanded of the names of any input that compiles: each line of a zone and of a block has one of their shapes.

check_names(manifests, config)     Broken: a line of a zone has one of its shapes: 'x.default.svc.cluster.local. 5 IN A …'
"""

import re

from svcc.allocate import Lock
from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Stopped
from svcc.model.manifests import Manifests
from svcc.naming import blocks_of, name_files, number, zones_of
from tests.fuzz.outputs import check_lock, demand

_WORD = r"_?[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_NAME = rf"(?:{_WORD}\.)+"
_DATA = "|".join(
    (
        rf"SOA {_NAME} {_NAME} [0-9]+ 7200 1800 86400 [0-9]+", rf"(?:NS|CNAME|PTR) {_NAME}", r"A [0-9]{1,3}(?:\.[0-9]{1,3}){3}",
        r"AAAA [0-9a-f:]{2,39}", rf"SRV 0 [0-9]{{1,3}} [0-9]{{1,5}} {_NAME}", r'TXT "1\.1\.0"',
    )
)  # fmt: skip
_RECORD = re.compile(rf"{_NAME} [0-9]{{1,5}} IN (?:{_DATA})\Z", re.ASCII)
_URL = r"(?:tcp|udp|sctp)://(?:[0-9.]+|\[[0-9a-f:]+\]):[0-9]{1,5}"
_VARIABLE = re.compile(rf"[A-Z0-9_]+=(?:{_URL}|tcp|udp|sctp|[0-9]{{1,5}}|[0-9a-f.:]+)\Z", re.ASCII)
PATH = re.compile(
    rf"dns/(?:Corefile|named\.conf|nsd\.conf|knot\.conf|db(?:\.{_WORD})+)\Z|env/[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.env\Z",
    re.ASCII,
)


def check_names(manifests: Manifests, config: NodeConfig) -> None:
    """Demand that the zones, where the names fit into any, and the blocks hold nothing but lines of ours."""
    sink = Diagnostics()
    try:
        zones = zones_of(manifests, config, sink)
    except Stopped:
        demand({"SVC310"} == {one.code for one in sink}, "only names that are too long stop zones", [*sink])
        return
    numbered = number(zones, Lock(), {})
    check_lock(numbered.lock)
    for path, text in name_files(numbered, blocks_of(manifests)).items():
        demand(PATH.match(path), "a file of names has one of their paths", path)
        demand(text.isascii() and text.endswith("\n"), f"{path} is ASCII and ends with a line break", text)
        shape = _RECORD if path.startswith("dns/db.") else _VARIABLE if path.startswith("env/") else None
        for line in text.removesuffix("\n").split("\n")[1:] if shape else ():
            demand(shape.match(line), "a line of names has one of their shapes", line)
