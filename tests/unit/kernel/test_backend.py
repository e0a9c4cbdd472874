import pytest

from svcc.kernel import backend
from svcc.kernel.backend import Backend, Foreign, Saved, choose, foreign
from svcc.kernel.base import KernelError
from svcc.net import Family

EMPTY = "# Generated\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"
OURS = "*nat\n:PREROUTING ACCEPT [0:0]\n:SVCC-A - [0:0]\nCOMMIT\n"
OTHERS = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j RETURN\nCOMMIT\n"
NFT, LEGACY = (Backend.NFT, Family.IPV4), (Backend.LEGACY, Family.IPV4)


@pytest.fixture(autouse=True)
def _system_default(monkeypatch):
    monkeypatch.setattr(backend, "default", lambda: Backend.LEGACY)


def test_the_backend_that_holds_our_rules_is_followed():
    assert choose(Saved({NFT: OURS, LEGACY: OTHERS})) is Backend.NFT


def test_rules_of_ours_in_both_backends_are_refused():
    with pytest.raises(KernelError, match="both iptables backends"):
        choose(Saved({NFT: OURS, LEGACY: OURS}))


def test_an_explicit_choice_is_refused_when_our_rules_are_in_the_other():
    with pytest.raises(KernelError, match="rules of svcc are in the nft backend"):
        choose(Saved({NFT: OURS}), Backend.LEGACY)


def test_an_explicit_choice_wins_over_foreign_rules():
    assert choose(Saved({LEGACY: OTHERS}), Backend.NFT) is Backend.NFT


def test_the_one_backend_that_others_use_is_followed():
    assert choose(Saved({NFT: OTHERS, LEGACY: EMPTY})) is Backend.NFT


def test_a_policy_that_drops_counts_as_used():
    assert choose(Saved({NFT: EMPTY.replace("ACCEPT", "DROP")})) is Backend.NFT


def test_otherwise_the_command_decides():
    assert choose(Saved({})) is Backend.LEGACY
    assert choose(Saved({NFT: OTHERS, LEGACY: OTHERS})) is Backend.LEGACY


def test_rules_of_ours_are_seen_in_ipv6_too():
    assert choose(Saved({(Backend.NFT, Family.IPV6): OURS})) is Backend.NFT


def test_chains_of_kube_proxy_are_found_in_either_backend():
    text = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-SVC-X - [0:0]\nCOMMIT\n*filter\n:KUBE-NODEPORTS - [0:0]\nCOMMIT\n"
    assert foreign(Saved({LEGACY: text, NFT: EMPTY})) == Foreign(
        ("IPv4 nat KUBE-SERVICES", "IPv4 filter KUBE-NODEPORTS")
    )


def test_the_chains_of_a_kubelet_alone_are_no_sign_of_kube_proxy():
    text = "*nat\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\nCOMMIT\n*filter\n:KUBE-FIREWALL - [0:0]\nCOMMIT\n"
    assert foreign(Saved({NFT: text})) == Foreign()


def test_policies_that_drop_are_found_in_filter_only():
    text = "*filter\n:INPUT DROP [3:4]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\nCOMMIT\n*raw\n:PREROUTING DROP [0:0]\nCOMMIT\n"
    assert foreign(Saved({NFT: text, LEGACY: text})) == Foreign((), ("IPv4 INPUT", "IPv4 FORWARD"))
