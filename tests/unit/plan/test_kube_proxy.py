import pytest

from examples.big import shapes
from svcc.net import Family
from svcc.plan.kube_proxy import left_behind, script
from tests.bench.baseline import kube_proxy_script

PORTALS = '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES'
POSTROUTING = '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'
BASE = "*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n"
OURS = ":KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n:KUBE-SVC-A - [0:0]\n"
RULES = (
    f"-A PREROUTING {PORTALS}\n-A PREROUTING -j DOCKER\n-A POSTROUTING {POSTROUTING}\n-A KUBE-SVC-A -j KUBE-MARK-MASQ\n"
)
END = "COMMIT\n"


def found(text):
    left = left_behind(text, Family.IPV4, "iptables-nft")
    return [f"{one.kind} {one.key.removeprefix('IPv4 ')}" for one in left.changes], list(left.stays)


def test_chains_go_with_their_jumps_and_nothing_of_others_does():
    gone, stays = found(BASE + OURS + RULES + END)
    assert [
        "jump nat PREROUTING",
        "jump nat POSTROUTING",
        "chain nat KUBE-SERVICES",
        "chain nat KUBE-MARK-MASQ",
        "chain nat KUBE-POSTROUTING",
        "chain nat KUBE-SVC-A",
    ] == gone
    assert [] == stays


def test_the_script_empties_then_unlinks_then_deletes():
    left = left_behind(BASE + OURS + RULES + END, Family.IPV4, "iptables-nft")
    assert (
        "*nat\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-A - [0:0]\n"
        f"-D PREROUTING {PORTALS}\n-D POSTROUTING {POSTROUTING}\n"
        "-X KUBE-MARK-MASQ\n-X KUBE-POSTROUTING\n-X KUBE-SERVICES\n-X KUBE-SVC-A\nCOMMIT\n"
    ) == script(left.changes)


def test_the_mark_that_others_use_stays_with_what_acts_on_it():
    gone, stays = found(BASE + OURS + RULES + "-A DOCKER -j KUBE-MARK-MASQ\n" + END)
    assert ["jump nat PREROUTING", "chain nat KUBE-SERVICES", "chain nat KUBE-SVC-A"] == gone
    assert [
        "chain IPv4 nat KUBE-MARK-MASQ in iptables-nft: a rule in DOCKER leads there",
        "chain IPv4 nat KUBE-POSTROUTING in iptables-nft: it acts on what KUBE-MARK-MASQ marks",
    ] == stays


def test_a_chain_that_others_lead_to_stays_with_all_that_it_leads_to():
    gone, stays = found(BASE + OURS + RULES + "-A PREROUTING -p tcp -j KUBE-SVC-A\n" + END)
    assert ["jump nat PREROUTING", "chain nat KUBE-SERVICES"] == gone
    assert ["KUBE-MARK-MASQ", "KUBE-POSTROUTING", "KUBE-SVC-A"] == [one.split(" ")[3] for one in stays]


def test_an_old_kubelets_own_chains_stay():
    gone, stays = found(BASE + OURS + ":KUBE-MARK-DROP - [0:0]\n" + RULES + END)
    assert ["jump nat PREROUTING", "chain nat KUBE-SERVICES", "chain nat KUBE-SVC-A"] == gone
    assert [] == stays


@pytest.mark.parametrize("chain", ["KUBE-FIREWALL", "KUBE-KUBELET-CANARY", "KUBE-MARK-DROP", "KUBE-IPTABLES-HINT"])
def test_the_kubelets_chains_are_not_kube_proxys(chain):
    for table in ("filter", "mangle"):
        assert ([], []) == found(f"*{table}\n:INPUT ACCEPT [0:0]\n:{chain} - [0:0]\n-A INPUT -j {chain}\n{END}")


def test_chains_are_told_from_others_of_the_same_name_by_their_table():
    assert ["chain nat KUBE-FIREWALL"] == found(f"*nat\n:KUBE-FIREWALL - [0:0]\n{END}")[0]
    assert [] == found(f"*raw\n:KUBE-SERVICES - [0:0]\n{END}")[0]


def test_of_a_real_rule_set_everything_goes_but_what_is_the_kubelets():
    text = kube_proxy_script(shapes(20, 3))
    base = "".join(f":{chain} ACCEPT [0:0]\n" for chain in ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"))
    saved = text.replace("*filter\n", f"*filter\n{base}").replace("*nat\n", f"*nat\n{base}")
    left = left_behind(saved, Family.IPV4, "iptables-nft")
    chains = {line[1:].split(" ")[0] for line in text.splitlines() if line.startswith(":KUBE-")}
    assert chains - {"KUBE-FIREWALL"} == {one.key.split(" ")[2] for one in left.changes if one.kind == "chain"}
    assert () == left.stays
