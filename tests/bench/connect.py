"""How long a connection through a Service takes to be set up: real ones, from a client's namespace through a node's rules to a pod's.

    with Way("script.nft") as way:
        way.seconds(["10.96.1.2", "10.96.200.9"])     ->   0.000093      the median of many connections to these addresses

One namespace answers for every endpoint, so that clusters of any size can be connected to.
"""

import contextlib
import multiprocessing
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

from tests.lab.namespaces import NODE, Lab, Layout

CONNECTIONS = 200
"""To each address in a turn."""
_PODS = "10.128.0.0/14"
_LAYOUT = Layout(node=("172.20.5.11",), hosts={"c": ("198.18.0.2",), "p": ("10.128.255.1",)})
_RESET = b"\1\0\0\0\0\0\0\0"


class Way:
    """A client, a node with rules, and a pod that is every endpoint."""

    def __init__(self, script: str) -> None:
        self._script = Path(script)
        self._lab = Lab(_LAYOUT)
        self._server: multiprocessing.process.BaseProcess | None = None

    def __enter__(self) -> Self:
        lab = self._lab.__enter__()
        lab.run("p", "ip", "route", "add", "local", _PODS, "dev", "lo")
        lab.run(NODE, "ip", "route", "add", _PODS, "dev", "v-p")
        lab.run(NODE, "nft", "-f", "-", text=self._script.read_text(encoding="utf-8"))
        listening = lab.socket("p", socket.AF_INET, socket.SOCK_STREAM)
        listening.bind(("0.0.0.0", 8080))
        listening.listen(4096)
        self._server = multiprocessing.get_context("fork").Process(target=_accept, args=(listening,), daemon=True)
        self._server.start()
        listening.close()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.join()
        self._lab.__exit__(kind, error, at)

    def seconds(self, addresses: Sequence[str]) -> float:
        """Return the median of the time that connect() takes, over many connections to each address in turn."""
        taken = []
        with self._lab.inside("c"):
            for _ in range(CONNECTIONS):
                for address in addresses:
                    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                        began = time.perf_counter()
                        client.connect((address, 80))
                        taken.append(time.perf_counter() - began)
        return median(taken)


def _accept(listening: socket.socket) -> None:
    while True:
        with contextlib.suppress(OSError):
            listening.accept()[0].close()
