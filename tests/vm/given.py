"""What the tests inside the machine are given: cases that were compiled outside, where it takes a fifteenth of the time.

prepare.write()  before the machine starts     .vm/given/*.pickle     given("flow-base")  inside  ->  Made(services="-A -t …", …)

The machine sees the files because it sees the whole checkout.
"""

import pickle
from pathlib import Path
from typing import Any

from tests.flow.table import CLUSTER
from tests.lab.servers import Listen
from tests.lab.stock import Made

PLACE = Path(__file__).resolve().parents[2] / ".vm" / "given"
SERVERS = "listeners"
FEW = CLUSTER / "cluster-ips.yaml"
"""Manifests that `svcc` itself reads inside; `few` is what they are compiled to."""


def given(name: str) -> Made:
    """Return what svcc made of one case."""
    return _read(name)


def listeners() -> tuple[Listen, ...]:
    """Return the servers that all probes need together."""
    return _read(SERVERS)


def _read(name: str) -> Any:
    path = PLACE / f"{name}.pickle"
    assert path.exists(), f"there is no {path}: `make vm` makes it and runs these tests"
    return pickle.loads(path.read_bytes())
