"""A thousand hand edits of what svcc made, at random: each is found by `status`, and repaired by `apply` to the last line."""

import json
from functools import partial
from pathlib import Path
from random import Random

import pytest

from svcc.cli.main import run
from svcc.kernel.backend import Backend
from svcc.net import Family
from tests.lab import edits as hand
from tests.lab.listing import difference, listed, saved

pytestmark = [pytest.mark.kernel, pytest.mark.long]

SHOP = str(Path(__file__).parents[2] / "examples/shop")
SEED = 20251
ROUNDS = {"nft": 30, "legacy": 30, "nftables": 40}
"""Of each, with a batch of edits and one that stands alone."""
SETTINGS = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def draw(target):
    return hand.nftables_edits if target == "nftables" else partial(_of, Backend(target))


def _of(backend, rng, number):
    return hand.iptables_edits(rng, backend, number)


def listing(target):
    """Return all that the tools list, and the settings."""
    if target == "nftables":
        found = listed(hand.run("nft", "list", "ruleset"))
    else:
        found = {
            (family.value, *place): rules
            for family in Family
            for place, rules in saved(hand.run(Backend(target).tool(family, "save"))).items()
        }
    return {**found, **{(name,): Path("/proc/sys", *name.split(".")).read_text() for name in SETTINGS}}


def set_back(rng):
    """Set one setting to what it was before svcc."""
    name = rng.choice(SETTINGS)
    Path("/proc/sys", *name.split(".")).write_text("0")
    return hand.Edit("set to 0", name, (), "")


def found(one, keys):
    return any(key == one.place or key.startswith(f"{one.place} ") for key in keys)


@pytest.mark.parametrize("target", list(ROUNDS))
def test_hand_edits_are_found_one_by_one_and_repaired_to_the_last_line(target, namespace, capfd):
    on = ("--mode", "nftables") if target == "nftables" else ("--mode", "iptables", "--backend", target)
    assert 0 == run(["apply", SHOP, "-q", *on])
    before, rng, done = listing(target), Random(SEED), 0
    for number in range(2 * ROUNDS[target]):
        some = draw(target)(rng, 1 if number % 2 else hand.BATCH)
        hand.perform(some)
        if number % 10 == 0:
            some.append(set_back(rng))
        which = f"seed {SEED}, round {number}: {[(one.words, one.place) for one in some]}"
        assert before != listing(target), which
        capfd.readouterr()
        assert 3 == run(["status", SHOP, "-q", "--format", "json", *on]), which
        told = json.loads(capfd.readouterr().out)
        keys = [one["key"] for one in told["changes"]]
        assert [] == [one for one in some if not found(one, keys)], which
        assert (0, len(keys)) == (told["drift"]["byManifests"], told["drift"]["bySomebody"]), which
        assert 0 == run(["apply", SHOP, "-q", *on]), which
        assert 0 == run(["status", SHOP, "-q", *on]), which
        assert {} == difference(before, listing(target)), which
        done += len(some)
    with capfd.disabled():
        print(f" [{target}: {done} edits found and repaired]", end="")
