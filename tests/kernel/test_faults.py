"""Refused or killed at any point, svcc leaves exactly what was before or what was to be, and no Service ever notices.

Each plan is mixed: Services come, change and go, in both families, and a setting with them. It is refused at every thing that it does, and
killed at every thing that changes something, in turn before and after it takes effect. After each, what the stock tools list is compared,
and real requests are sent to every Service that stays. After a kill the next svcc is in turn another apply, a rollback, or a status and an
apply of what was before.
"""

import itertools

import pytest
import yaml

from tests.lab.faulty import Faulty
from tests.lab.namespaces import NODE, Lab, Layout
from tests.lab.points import AFTER, KILLS, LATE, REFUSE, Point, looks, tried
from tests.lab.requests import Answer, Request, ask_all
from tests.lab.servers import Listen, Servers
from tests.lab.worker import CONFIG

pytestmark = [pytest.mark.kernel, pytest.mark.long]

PODS = {
    "l1": ("10.128.7.21", "fd00:10:0:7::21"),
    "r1": ("10.128.9.31", "fd00:10:0:9::31"),
    "r2": ("10.128.9.32", "fd00:10:0:9::32"),
}
CLIENT, OWN = ("198.18.0.2", "fd00:1::2"), ("172.20.5.11", "fd00:20::11")
LAYOUT = Layout(node=OWN, hosts={**PODS, "c": CLIENT})
PORT, NODE_PORT = 8080, 30080
STAYING = {"web": 10, "still": 20}
"""The Services that are there before and after, with the last number of their addresses."""


def service(name, last, **spec):
    families = {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]}
    addresses = [f"10.96.0.{last}", f"fd00:96::{last}"]
    held = {
        "clusterIP": addresses[0],
        "clusterIPs": addresses,
        "ports": [{"name": "x", "port": 80}],
        **families,
        **spec,
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "lab"}, "spec": held}


def slices(name, pods):
    for place, family in enumerate(("IPv4", "IPv6")):
        labels = {"kubernetes.io/service-name": name}
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-{family.lower()}", "namespace": "lab", "labels": labels},
            "addressType": family,
            "ports": [{"name": "x", "port": PORT}],
            "endpoints": [{"addresses": [PODS[pod][place]], "nodeName": "worker-1"} for pod in pods],
        }


def cluster(web, **others):
    """Give a Service with a node port, and others, each with its endpoints."""
    ports = [{"name": "x", "port": 80, "nodePort": NODE_PORT}]
    objects = [service("web", STAYING["web"], type="NodePort", ports=ports), *slices("web", web)]
    for last, (name, pods) in enumerate(others.items(), STAYING["still"]):
        objects += [service(name, STAYING.get(name, last)), *slices(name, pods)]
    return yaml.safe_dump_all(objects)


OLD = {"web": ("l1", "r1"), "still": ("l1", "r1")}
NEW = {"web": ("l1", "r2"), "still": ("l1", "r1")}
TEXTS = {
    "old": (cluster(**OLD, gone=("r1",), emptied=("r1",)), CONFIG),
    "new": (cluster(**NEW, emptied=(), more=("r2", "l1")), f"{CONFIG}localhostNodePorts: true\n"),
}


@pytest.fixture(scope="module")
def lab():
    with Lab(LAYOUT) as made, Servers(made, [Listen(pod, PORT) for pod in PODS]):
        yield made


class Host:
    """The node of the lab, at what a target says of the old manifests; and a command that is to go wrong there."""

    def __init__(self, lab, folder, targets, act):
        for name, (text, config) in TEXTS.items():
            (folder / name).mkdir()
            (folder / name / "cluster.yaml").write_text(text)
            (folder / name / "svcc.yaml").write_text(config)
        self.lab, self.folder = lab, folder
        start, self.node = (Faulty(lab, folder, target) for target in targets)
        self.then = NEW if act == "apply" else {}
        self.node.learn(folder / "new")
        self.old = ("apply", folder / "old", "-q", *start.options)
        self.act = ("apply", folder / "new", "-q", *self.node.options) if act == "apply" else (act, "-q")
        self.done(*self.old)

    def done(self, *words):
        ended = self.node.ended(*words)
        assert 0 == ended.status, ended.printed
        return ended

    def learn(self):
        """Do all of it once, and undo it; return what is done."""
        self.before, self.kept = self.node.listing(), self.node.remembered()
        acted = self.done(*self.act)
        self.after = self.node.listing()
        assert self.before != self.after
        self.back("learnt")
        return acted.done

    def back(self, about):
        self.done("rollback", "-q")
        self.is_before(about)

    def is_before(self, about):
        assert (set(), self.kept) == (self.before ^ self.node.listing(), self.node.remembered()), about
        assert [] == self.unanswered(OLD), about

    def is_after(self, about):
        assert set() == self.after ^ self.node.listing(), about
        assert [] == self.unanswered(self.then), about

    def unanswered(self, endpoints):
        """Return each request to a Service that stays which nobody has answered who might."""
        found = []
        for place in (0, 1):
            asked = [
                (name, Request(client, sources[place], f"{('10.96.0.', 'fd00:96::')[place]}{last}", 80))
                for client, sources in (("c", CLIENT), (NODE, OWN))
                for name, last in STAYING.items()
            ]
            asked += [("web", Request("c", CLIENT[place], OWN[place], NODE_PORT))]
            asked = [one for one in asked if one[0] in endpoints]
            for (name, request), result in zip(asked, ask_all(self.lab, [one for _, one in asked], 3.0), strict=True):
                might = {PODS[pod][place] for pod in endpoints[name]}
                if not isinstance(result, Answer) or result.address not in might:
                    found.append((request, result))
        return found


PLANS = [
    (("nft", "nft"), "apply"),
    (("legacy", "legacy"), "apply"),
    (("nftables", "nftables"), "apply"),
    (("nft", "nftables"), "apply"),
    (("nftables", "legacy"), "apply"),
    (("nftables", "nftables"), "clean"),
]


@pytest.fixture(params=PLANS, ids=lambda plan: f"{plan[1]}-{'-to-'.join(dict.fromkeys(plan[0]))}")
def host(request, lab, tmp_path):
    made = Host(lab, tmp_path, *request.param)
    yield made
    made.done("clean", "-q")


def test_refused_at_any_point_everything_is_as_before(host):
    host.learn()
    for number in itertools.count():
        ended = host.node.ended(*host.act, at=Point(number, (REFUSE, LATE)[number % 2]))
        if ended.wrong is None:
            break
        tried("refused")
        about = f"refused at {number}: {ended.wrong}"
        if ended.status == 0:
            # A shortcut for the next one, or tidying up, which it makes up for.
            assert [] == host.unanswered(host.then), about
            host.done(*host.act)
            host.is_after(about)
            host.back(about)
            continue
        assert 4 == ended.status, f"{about}: {ended.printed}"
        assert "bug in svcc" not in ended.printed, f"{about}: {ended.printed}"
        host.is_before(about)
    host.is_after("not refused")


def test_killed_at_any_point_the_next_svcc_says_so_and_finishes_or_undoes_it(host):
    host.learn()
    for number in itertools.count():
        how = KILLS[number % 2]
        ended = host.node.ended(*host.act, at=Point(number, how))
        if ended.wrong is None:
            break
        about = f"killed {how} {number}: {ended.wrong}"
        assert -9 == ended.status, about
        tried("killed")
        _follow(host, number // 2 % 3, about)


def _follow(host, turn, about):
    """Do as somebody does who comes after a kill, and look at what is there then."""
    phase = host.node.journal()["phase"]
    cut_off = phase in ("committing", "undoing")
    if not cut_off and phase != "done":
        host.is_before(about)
    if turn == 0:
        ended = host.done(*[one for one in host.act if one != "-q"])
        assert cut_off == ("Undone first" in ended.printed), f"{about}: {ended.printed}"
        host.is_after(about)
    elif turn == 1 and cut_off:
        told = host.done("status")
        assert "neither done nor undone, since it was cut off" in told.printed, f"{about}: {told.printed}"
    if host.node.journal()["phase"] != "undone":
        host.done("rollback", "-q")
    host.is_before(about)


@pytest.mark.parametrize("host", [(("nftables", "nftables"), "apply")], indirect=True, ids=["nftables"])
def test_a_rollback_that_is_killed_is_finished_by_the_next(host):
    host.learn()
    for number in itertools.count():
        host.done(*host.act)
        ended = host.node.ended("rollback", "-q", at=Point(number, KILLS[number % 2]))
        if ended.wrong is None:
            break
        assert -9 == ended.status, ended.printed
        tried("killed")
        if host.node.journal()["phase"] != "undone":
            host.done("rollback", "-q")
        host.is_before(f"killed {number}: {ended.wrong}")


@pytest.mark.parametrize("host", [(("nft", "nft"), "apply")], indirect=True, ids=["nft"])
def test_what_was_cut_off_is_told_by_plan_and_status_and_in_json(host):
    done = [name for name in host.learn() if not looks(name)]
    restoring = next(number for number, name in enumerate(done) if "restore" in name)
    assert -9 == host.node.ended(*host.act, at=Point(restoring, AFTER)).status
    for words in (("plan", host.folder / "old", *host.node.options), ("status",)):
        told = host.node.ended(*words).printed
        assert "the last apply is neither done nor undone, since it was cut off" in told
    assert '"phase": "committing"' in host.done("status", "--format", "json").printed
