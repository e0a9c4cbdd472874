"""Time ip_vs inside of the machine that has it: our commit and reading against ipvsadm's, in turn; prints a line of JSON.

    ipvs_inside.py services.ipvsadm moved.ipvsadm 5
        ->  {"commit": [3.1, …], "restore": [8.3, …], "read": [2.0, …], "save": [3.9, …], "messages": 3}

Each commit is into a network namespace of its own. Compiling is done outside.
"""

import argparse
import ctypes
import gc
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from svcc.emit.ipvs.ruleset import IpvsState
from svcc.emit.ipvs.text import parse
from svcc.kernel.ipvs import Ipvs
from svcc.plan.ipvs import operations
from svcc.plan.passes import Come, Go

_NEW_NETWORK = 0x40000000


def alone() -> None:
    """Move into a network namespace of our own, in which addresses can be reached."""
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Read the arguments and measure."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("services", type=Path)
    reader.add_argument("moved", type=Path)
    reader.add_argument("rounds", type=int)
    given = reader.parse_args()
    text = given.services.read_text(encoding="utf-8")
    want, moved = parse(text), parse(given.moved.read_text(encoding="utf-8"))
    found: dict[str, list[float]] = {"commit": [], "restore": [], "read": [], "save": []}
    gc.disable()
    for _ in range(given.rounds):
        alone()
        ours = Ipvs(lambda _: True)
        changes = ours.plan(IpvsState(), Come(want))
        found["commit"].append(timed(lambda o=ours, c=changes: o.commit(c)))
        found["read"].append(timed(ours.snapshot))
        assert want == ours.snapshot(), "ip_vs holds something else than what was committed"
        found["save"].append(timed(lambda: subprocess.run(["ipvsadm", "-Sn"], stdout=subprocess.DEVNULL, check=True)))
        alone()
        restore = ["ipvsadm", "-R"]
        found["restore"].append(timed(lambda a=restore: subprocess.run(a, input=text, text=True, check=True)))
    live = ours.snapshot()
    told = [one for some in (Come(moved), Go(moved)) for one in operations(ours.plan(live, some))]
    print(json.dumps({**found, "messages": len(told)}), flush=True)
    # To free all of it one by one would take long in there.
    os._exit(0)


if __name__ == "__main__":
    main()
