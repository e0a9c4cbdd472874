"""Names and packets agree: a pod asks a real name server, by the cluster IP of the Service in front of it, and calls what it hears.

The zones are those of `svcc compile`, the rules those of `svcc apply`, both of the same manifests.
"""

import dns.message
import dns.query
import dns.rdatatype
import pytest

from svcc.cli.main import run
from tests.lab.name_servers import NameServer
from tests.lab.namespaces import Lab, Layout
from tests.lab.requests import Answer, Request, Silence, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.svcc import Forked
from tests.names.questions import HERE, ORIGIN

pytestmark = pytest.mark.kernel

MANIFESTS, CONFIG = HERE / "shop.yaml", HERE / "node.yaml"
LAYOUT = Layout(
    node=("172.20.5.11", "fd00:20::11"),
    hosts={
        "p": ("10.128.7.40", "fd00:10:0:7::40"),
        "dns": ("10.128.7.53", "fd00:10:0:7::53"),
        "l1": ("10.128.7.21", "fd00:10:0:7::21"),
        "r1": ("10.128.9.31", "fd00:10:0:9::31"),
    },
)
NAME_SERVER = "10.96.0.53"
WEB, WEB6 = {("10.128.7.21", 8080), ("10.128.9.31", 8080)}, {("fd00:10:0:7::21", 8080)}
CALLS = 40
PATIENCE = 5.0


@pytest.fixture(scope="module", params=["nft", "nftables"])
def pod(request, tmp_path_factory):
    """Make a cluster whose node has the rules and whose name server has the zones; a pod in it is the value."""
    folder = tmp_path_factory.mktemp("names")
    words = ["compile", str(MANIFESTS), "--config", str(CONFIG), "--lock", str(folder / "svcc.lock")]
    assert 0 == run([*words, "-o", str(folder / "out"), "-q"])
    listen = [Listen(name, port) for name in ("l1", "r1") for port in (8080, 15432)]
    with Lab(LAYOUT) as lab, Servers(lab, listen):
        Forked(lab, folder, request.param).apply(MANIFESTS, CONFIG)
        with NameServer("knot", folder / "out/dns", "10.128.7.53", folder / "knot", netns=lab.netns("dns")) as server:
            with lab.inside("p"):
                server.wait(ORIGIN)
            yield Pod(lab)


class Pod:
    """A client that knows one address: that of the name server's Service."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def resolve(self, name: str, kind: str, *, tcp: bool = False) -> list[str]:
        """Return the data of the asked type, those behind an alias too."""
        send = dns.query.tcp if tcp else dns.query.udp
        with self._lab.inside("p"):
            answer = send(dns.message.make_query(f"{name}.shop.svc.{ORIGIN}", kind), NAME_SERVER, timeout=PATIENCE)
        return [one.to_text() for held in answer.answer if held.rdtype == dns.rdatatype.from_text(kind) for one in held]

    def call(self, addresses: list[str], port: int) -> set[tuple[str, int] | Silence]:
        """Call each address again and again; return who answered."""
        sources = {True: "fd00:10:0:7::40", False: "10.128.7.40"}
        requests = [Request("p", sources[":" in one], one, port) for one in addresses for _ in range(CALLS)]
        heard = ask_all(self._lab, requests, PATIENCE)
        return {(one.address, one.port) if isinstance(one, Answer) else one for one in heard}


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_the_name_of_a_service_leads_to_its_endpoints_in_both_families(pod, tcp):
    assert ["10.96.0.10"] == pod.resolve("web", "A", tcp=tcp)
    assert WEB == pod.call(pod.resolve("web", "A", tcp=tcp), 80)
    assert WEB6 == pod.call(pod.resolve("web", "AAAA", tcp=tcp), 80)


def test_the_name_of_a_headless_service_is_its_endpoints(pod):
    assert {("10.128.7.21", 15432), ("10.128.9.31", 15432)} == pod.call(pod.resolve("db", "A"), 15432)
    assert {("10.128.9.31", 15432)} == pod.call(pod.resolve("db-1.db", "A"), 15432)
    assert [] == pod.resolve("db", "AAAA")


def test_a_service_record_says_name_and_port(pod):
    assert {("10.128.7.21", 15432), ("10.128.9.31", 15432)} == called_by_srv(pod, "_postgres._tcp.db")
    assert WEB == called_by_srv(pod, "_http._tcp.web")


def called_by_srv(pod, name):
    """Do as a client of SRV records does, for each of them."""
    heard = set()
    for _, weight, port, target in (one.split() for one in pod.resolve(name, "SRV")):
        assert int(weight) > 0
        heard |= pod.call(pod.resolve(target.removesuffix(f".shop.svc.{ORIGIN}"), "A"), int(port))
    return heard


def test_an_alias_leads_to_the_endpoints_of_the_other_service(pod):
    assert [f"web.shop.svc.{ORIGIN}"] == pod.resolve("front", "CNAME")
    assert WEB == pod.call(pod.resolve("front", "A"), 80)


def test_who_has_no_endpoint_has_a_name_and_refuses(pod):
    assert {Silence.REFUSED} == pod.call(pod.resolve("empty", "A"), 80)


def test_an_endpoint_behind_a_cluster_ip_has_a_name_of_its_own(pod):
    assert {("10.128.9.31", 8080)} == pod.call(pod.resolve("10-128-9-31.web", "A"), 8080)
