"""The back half against the real kernel, on both iptables backends, each test in a namespace of its own."""

import fcntl
import json
import re
import subprocess
from pathlib import Path

import pytest
from skeleton import TEXTS, WANT

from svcc.apply import Opened, Part, apply, make_plan
from svcc.diag import Source, Span
from svcc.emit.iptables.ruleset import Chain, IptablesRuleset
from svcc.kernel import backend, memory, netns, sysctl
from svcc.kernel.backend import Backend
from svcc.kernel.base import Busy, CommitError, KernelError, ToolFailed, Unsupported
from svcc.kernel.iptables import Iptables, Xtables
from svcc.kernel.lock import hold
from svcc.kernel.sysctl import Sysctl
from svcc.net import Family
from svcc.plan.change import Action, ChangeReason

pytestmark = pytest.mark.kernel

FORWARD = {"net.ipv4.ip_forward": "1"}
HOST_RULES = """\
*filter
:HOST - [0:0]
-A INPUT -j HOST
-A HOST -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
*nat
-A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE
COMMIT
"""


@pytest.fixture(params=list(Backend), ids=lambda one: one.value)
def which(request, namespace):
    """Give each backend in turn, in a fresh namespace."""
    return request.param


def tool(*argv, stdin=""):
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=True).stdout


def restore(which, text, family=Family.IPV4):
    tool(which.tool(family, "restore"), "--noflush", stdin=text)


def load(which, want, settings=FORWARD):
    def opened():
        saved = backend.read_all()
        parts = [Part(Sysctl(settings), settings), Part(Iptables(which, saved=saved), want)]
        return Opened(parts, journal=lambda plan, _: memory.remember(plan, which))

    return apply("iptables", opened, hold(netns.identity())).plan


def clean(which):
    with hold(netns.identity()):
        found = memory.settings_found()
        apply("iptables", lambda: Opened([Part(Sysctl(found), found), Part(Iptables(which), {})]))
        return memory.leave((which,))


def everything(which):
    """Return all that the tools show, without dates and packet counters."""
    shown = [tool(one.tool(family, "save")) for one in Backend for family in Family] + [tool("nft", "list", "ruleset")]
    text = "\n--\n".join(re.sub(r"^#.*\n", "", one, flags=re.MULTILINE) for one in shown)
    if which is Backend.LEGACY:
        # The kernel keeps an empty legacy table until its namespace goes.
        text = re.sub(r"^\*\w+\n(?::\w+ ACCEPT \[\d+:\d+\]\n)+COMMIT\n", "", text, flags=re.MULTILINE)
    return re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", text)


def test_every_shape_of_rule_is_read_back_as_it_was_written(which):
    load(which, WANT)
    assert Iptables(which).snapshot() == WANT
    assert make_plan("iptables", [Part(Iptables(which), WANT), Part(Sysctl(FORWARD), FORWARD)]).changes == ()


def test_the_whole_script_of_a_ruleset_is_a_fixed_point_too(which):
    for family, text in TEXTS.items():
        restore(which, text, family)
    assert Iptables(which).snapshot() == WANT


def test_reading_creates_nothing(which):
    before = everything(which)
    names = Path("/proc/net/ip_tables_names").read_text()
    assert backend.choose(backend.read_all(), which) is which
    Iptables(which, saved=backend.read_all()).snapshot()
    assert (everything(which), Path("/proc/net/ip_tables_names").read_text()) == (before, names)


def test_cleaning_leaves_an_empty_namespace_exactly_as_found(which):
    before, forward = everything(which), sysctl.read("net.ipv4.ip_forward")
    load(which, WANT)
    assert everything(which) != before
    gone = clean(which)
    assert (everything(which), sysctl.read("net.ipv4.ip_forward")) == (before, forward)
    tables = [f"{family} {table}" for family in ("ip", "ip6") for table in ("filter", "nat", "raw")]
    assert sorted(gone) == (tables if which is Backend.NFT else [])


def test_cleaning_leaves_a_host_with_rules_exactly_as_found(which):
    restore(which, HOST_RULES)
    before = everything(which)
    load(which, WANT)
    load(which, {Family.IPV4: WANT[Family.IPV4]})
    clean(which)
    assert everything(which) == before


def test_cleaning_keeps_what_others_put_into_tables_that_we_made(which):
    load(which, WANT)
    tool(which.tool(Family.IPV4), "-t", "nat", "-A", "OUTPUT", "-d", "192.0.2.1", "-j", "ACCEPT")
    clean(which)
    saved = tool(which.tool(Family.IPV4, "save"), "-t", "nat")
    assert [line for line in saved.splitlines() if line.startswith("-A")] == ["-A OUTPUT -d 192.0.2.1/32 -j ACCEPT"]


def test_foreign_rules_and_chains_are_not_touched(which):
    restore(which, HOST_RULES)
    load(which, WANT)
    saved = tool(which.tool(Family.IPV4, "save"))
    assert "-A HOST -p tcp -m tcp --dport 22 -j ACCEPT\n" in saved
    assert saved.index("-A INPUT -j SVCC-VERDICT") < saved.index("-A INPUT -j HOST")
    assert saved.index("-A POSTROUTING -j SVCC-POSTROUTING") < saved.index("-A POSTROUTING -s 192.0.2.0/24")


def test_a_chain_that_was_edited_by_hand_is_found_and_repaired(which):
    load(which, WANT)
    program = which.tool(Family.IPV4)
    tool(program, "-t", "nat", "-D", "SVCC-SVC-WEB", "2")
    tool(program, "-t", "nat", "-I", "PREROUTING", "-j", "SVCC-SERVICES")
    tool(program, "-t", "nat", "-D", "OUTPUT", "-j", "SVCC-SERVICES")
    plan = load(which, WANT)
    assert [(one.action, one.kind, one.key, one.reason, one.service) for one in plan.changes] == [
        (Action.CREATE, "jump", "IPv4 nat OUTPUT", ChangeReason.MISSING, ""),
        (Action.UPDATE, "jump", "IPv4 nat PREROUTING", ChangeReason.REPEATED, ""),
        (Action.UPDATE, "chain", "IPv4 nat SVCC-SVC-WEB", ChangeReason.DIFFERS, "shop/web:http"),
    ]
    assert Iptables(which).snapshot() == WANT


def test_only_the_changed_chain_is_written(which):
    load(which, WANT)
    four = WANT[Family.IPV4]
    changed = dict(four.tables["nat"])
    changed["SVCC-SVC-WEB"] = Chain(changed["SVCC-SVC-WEB"].rules[1:])
    want = {**WANT, Family.IPV4: IptablesRuleset(Family.IPV4, {**four.tables, "nat": changed})}
    assert [one.key for one in load(which, want).changes] == ["IPv4 nat SVCC-SVC-WEB"]
    assert Iptables(which).snapshot() == want


def test_many_chains_are_made_and_removed_beside_what_was_there(which):
    restore(which, HOST_RULES.replace("*filter\n", "*filter\n:FORWARD DROP [0:0]\n"))
    before = everything(which)
    chains = {f"SVCC-P-{number:04}": Chain(("-j RETURN",)) for number in range(1200)}
    chains["SVCC-T"] = Chain(tuple(f"-g {name}" for name in sorted(chains)))
    want = {Family.IPV4: IptablesRuleset(Family.IPV4, {"nat": {**chains, "OUTPUT": Chain(("-j SVCC-T",))}})}
    load(which, want)
    assert Iptables(which).snapshot()[Family.IPV4] == want[Family.IPV4]
    clean(which)
    assert everything(which) == before


def test_a_rule_that_the_kernel_refuses_is_rolled_back(which):
    restore(which, HOST_RULES)
    load(which, {Family.IPV6: WANT[Family.IPV6]})
    rule = '-m comment --comment "shop/web:http" -j SVCC-MISSING'
    nat = {**WANT[Family.IPV4].tables["nat"], "SVCC-SVC-WEB": Chain((rule,))}
    want = {**WANT, Family.IPV4: IptablesRuleset(Family.IPV4, {**WANT[Family.IPV4].tables, "nat": nat})}
    with pytest.raises((CommitError, ToolFailed), match="SVCC-MISSING"):
        load(which, want)
    empty = IptablesRuleset(Family.IPV4)
    assert Iptables(which).snapshot() == {Family.IPV4: empty, Family.IPV6: WANT[Family.IPV6]}
    assert "-A HOST -p tcp -m tcp --dport 22 -j ACCEPT\n" in tool(which.tool(Family.IPV4, "save"))


def test_a_line_that_iptables_cannot_read_leads_to_chain_service_and_manifest(which):
    span = Span(Source("web.yaml"), 4, 1)
    chain = Chain(('-p tcp -m comment --comment "shop/web:http" --nonsense 4 -j ACCEPT',), (span,))
    rules = Iptables(which)
    changes = rules.plan({}, {Family.IPV4: IptablesRuleset(Family.IPV4, {"raw": {"SVCC-SVC-A": chain}})})
    with pytest.raises(CommitError, match=r"--nonsense.*chain IPv4 raw SVCC-SVC-A of shop/web:http, web\.yaml:4\]"):
        rules.commit(changes)


def test_the_xtables_lock_in_other_hands_is_busy(namespace):
    rules = Iptables(Backend.LEGACY, Xtables(Backend.LEGACY, wait=1))
    with Path("/run/xtables.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="the xtables lock is held by another program"):
            rules.commit(rules.plan({}, WANT))
    assert rules.snapshot()[Family.IPV4].tables == {}


def test_a_second_svcc_is_busy(namespace):
    with hold(netns.identity()), pytest.raises(Busy, match=f"in the network namespace {namespace}"):
        load(Backend.NFT, WANT)


def test_backends_are_never_mixed(which):
    load(which, WANT)
    other = next(one for one in Backend if one is not which)
    saved = backend.read_all()
    assert backend.choose(saved) is which
    with pytest.raises(KernelError, match=f"rules of svcc are in the {which.value} backend"):
        backend.choose(saved, other)
    restore(other, "*nat\n:SVCC-A - [0:0]\nCOMMIT\n")
    with pytest.raises(KernelError, match="both iptables backends"):
        backend.choose(backend.read_all())


def test_a_backend_that_others_use_is_followed(which):
    restore(which, HOST_RULES)
    assert backend.choose(backend.read_all()) is which


def test_kube_proxy_and_dropping_policies_are_seen(which):
    restore(which, "*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n")
    seen = backend.foreign(backend.read_all())
    assert (seen.kube_proxy, seen.dropping) == (("IPv4 nat KUBE-SERVICES",), ("IPv4 FORWARD",))


def test_a_table_that_iptables_cannot_show_is_named(namespace):
    tool(
        "nft", "add table ip nat; add chain ip nat SVCC-A; add rule ip nat SVCC-A numgen inc mod 2 vmap { 0 : accept }"
    )
    with pytest.raises(Unsupported, match="the table nat holds rules that iptables cannot show"):
        Iptables(Backend.NFT).snapshot()


def test_the_identity_is_the_name_from_outside_and_from_inside(namespace):
    assert netns.identity() == namespace
    home = Path(netns.__file__).parents[2]
    argv = ["ip", "netns", "exec", namespace, str(home / ".venv/bin/python"), "-c"]
    seen = subprocess.run(
        [*argv, "from svcc.kernel import netns; print(netns.identity(), netns.instance())"],
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.split() == [namespace, netns.instance()]


def test_settings_are_of_the_namespace_and_written_back(namespace):
    settings = Sysctl(FORWARD)
    sysctl.write("net.ipv4.ip_forward", "0")
    changes = settings.plan(settings.snapshot(), FORWARD)
    settings.check(changes)
    settings.commit(changes)
    assert (settings.reread(changes), settings.snapshot()) == ((), FORWARD)


def test_the_state_holds_what_was_found_and_clean_forgets_it(which, tmp_path):
    load(which, WANT)
    held = json.loads((tmp_path / "state" / f"{netns.identity()}.json").read_text())
    # Of legacy tables nothing is found, since none can be taken away.
    found = [] if which is Backend.NFT else None
    assert (held["backend"], held["mode"], held["found"]) == (which.value, "iptables", found)
    clean(which)
    assert list((tmp_path / "state").iterdir()) == []
