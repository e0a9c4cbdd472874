"""An empty table goes; one that anybody has put anything into never does."""

import subprocess

import pytest

from svcc.kernel import found
from svcc.kernel.emptied import delete

pytestmark = pytest.mark.kernel

OUTPUT = "add chain ip nat OUTPUT { type nat hook output priority -100; policy accept; }"


def nft(*words):
    return subprocess.run(["nft", *words], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "held",
    [
        OUTPUT,
        "add chain ip nat somebody",
        "add set ip nat somebody { type ipv4_addr; }",
        "add counter ip nat somebody",
        "add chain ip nat somebody; add rule ip nat somebody accept",
    ],
)
def test_a_table_that_holds_anything_stays(held, namespace):
    nft(f"add table ip nat; {held}")
    before = nft("list", "ruleset")
    assert (False, before) == (delete("ip", "nat"), nft("list", "ruleset"))


def test_a_base_chain_that_holds_a_rule_stays(namespace):
    nft(f"add table ip nat; {OUTPUT}; add rule ip nat OUTPUT accept")
    before = nft("list", "ruleset")
    assert (False, before) == (delete("ip", "nat", "OUTPUT"), nft("list", "ruleset"))


def test_an_empty_chain_and_then_its_empty_table_go(namespace):
    nft(f"add table ip nat; {OUTPUT}; add table ip6 nat")
    assert (True, True, True) == (delete("ip", "nat", "OUTPUT"), delete("ip", "nat"), delete("ip6", "nat"))
    assert "" == nft("list", "ruleset")
    assert False is delete("ip", "nat")


def test_a_rule_added_between_the_sweep_and_the_deletion_is_kept(namespace, monkeypatch):
    nft(f"add table ip nat; {OUTPUT}")
    swept = found._swept

    def then_somebody_comes(*place):
        done = swept(*place)
        nft("add chain ip nat somebody; add rule ip nat somebody accept")
        return done

    monkeypatch.setattr(found, "_swept", then_somebody_comes)
    assert () == found.remove_created(())
    assert "chain somebody" in nft("list", "ruleset")
