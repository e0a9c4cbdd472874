"""The rules for kube-proxy's configuration in the fields that say nothing about the dataplane of svcc.

    bindAddress: all                SVC107 bindAddress
    conntrack: {min: -1}            SVC106 conntrack.min

kube-proxy would not start with them (pkg/proxy/apis/config/validation, Kubernetes 1.34); it names Go's types in its paths, here a
path is that of the key. What is empty, or zero, is the default.
"""

from fractions import Fraction

from svcc.diag import Reason
from svcc.model.durations import read_duration
from svcc.net import MAX_PORT, parse_address
from svcc.source.cursor import Cursor, Fields, Node

_MAX_INT32 = (1 << 31) - 1
_MAX_OOM_SCORE = 1000
_SYNC_PERIOD = Fraction(30)
_CONNTRACK_TIMES = ("tcpEstablishedTimeout", "tcpCloseWaitTimeout", "udpTimeout", "udpStreamTimeout")


def check_process(cursor: Cursor, found: Fields) -> None:
    """Report mistakes in what kube-proxy's process is told: addresses, its score for the kernel, how often it looks."""
    _check_bind_address(cursor, found.get("bindAddress"))
    for name in ("healthzBindAddress", "metricsBindAddress"):
        _check_host_port(cursor, found.get(name))
    cursor.integer(found.get("oomScoreAdj"), -_MAX_OOM_SCORE, _MAX_OOM_SCORE)
    for name in ("configSyncPeriod", "udpIdleTimeout"):
        read_duration(cursor, found.get(name))
    client = cursor.fields(found.get("clientConnection"), None)
    cursor.integer(client.get("burst"), 0, _MAX_INT32)


def check_conntrack(cursor: Cursor, conntrack: Fields) -> None:
    """Report numbers and times of connection tracking that are negative."""
    for name in ("maxPerCore", "min"):
        cursor.integer(conntrack.get(name), 0, _MAX_INT32)
    for name in _CONNTRACK_TIMES:
        read_duration(cursor, conntrack.get(name))


def check_periods(cursor: Cursor, section: Fields) -> None:
    """SVC112: a period of `iptables`, `ipvs` or `nftables` that is shorter than its own minimum."""
    period = read_duration(cursor, section.get("syncPeriod")) or _SYNC_PERIOD
    least = read_duration(cursor, section.get("minSyncPeriod"))
    if least is not None and least > period:
        node = section.get("syncPeriod") or section["minSyncPeriod"]
        at = cursor.path(node).rpartition(".")[0] + ".syncPeriod"
        message = f"syncPeriod is {float(period):g}s and minSyncPeriod {float(least):g}s"
        cursor.report("SVC112", message, node, at=at, reason=Reason.INVALID)


def _check_bind_address(cursor: Cursor, node: Node | None) -> None:
    """SVC107: no address to listen at."""
    if node is not None and node.value != "":
        cursor.address(node)


def _check_host_port(cursor: Cursor, node: Node | None) -> None:
    """SVC107: not an address and a port."""
    text = cursor.word(node)
    if not text or node is None:
        return
    host, _, port = text.rpartition(":")
    try:
        parse_address(host[1:-1] if host[:1] == "[" and host[-1:] == "]" else host)
        fits = ("[" in host or ":" not in host) and len(port) <= len(str(MAX_PORT)) and 1 <= int(port) <= MAX_PORT
    except ValueError:
        fits = False
    if not fits:
        cursor.report("SVC107", f'"{text[:60]}" is not an address and a port', node, hint="as in 0.0.0.0:10256")
