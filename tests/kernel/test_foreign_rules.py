"""A thousand rules, chains, tables and sets of others, at random and right beside ours: no command of svcc ever touches one."""

from pathlib import Path
from random import Random

import pytest

from svcc.cli.main import run
from svcc.kernel.backend import Backend
from tests.lab import foreign

pytestmark = [pytest.mark.kernel, pytest.mark.long]

ROOT = Path(__file__).parents[2]
SHOP, THREE = str(ROOT / "examples/shop"), str(ROOT / "examples/three")
SEED = 71
ROUNDS, OBJECTS = 4, 45
"""For each target; as many objects come before the first apply of a round as behind it."""
OTHER = {"iptables": "nftables", "nftables": "iptables"}


@pytest.mark.parametrize(("mode", "backend"), [("iptables", "nft"), ("iptables", "legacy"), ("nftables", "nft")])
def test_what_is_not_ours_stays_as_it_is_to_the_letter(mode, backend, namespace, capfd):
    rng, made, which = Random(SEED), 0, Backend(backend)
    on = ("-q", "--backend", backend, "--mode")
    for number in range(ROUNDS):
        made += foreign.add(rng, which, OBJECTS)
        assert 0 == run(["apply", SHOP, *on, mode])
        made += foreign.add(rng, which, OBJECTS)
        before = foreign.everything(which)
        for words in (
            ("plan", THREE, *on, mode),
            ("apply", THREE, "--force", *on, mode),
            ("status", THREE, *on, mode),
            ("rollback", "-q"),
            ("apply", SHOP, *on, OTHER[mode]),
            ("apply", SHOP, *on, mode),
            ("clean", "-q"),
            ("rollback", "-q"),
            ("clean", "-q"),
        ):
            assert 0 == run(list(words)), f"seed {SEED}, round {number}: {words}"
            assert before == foreign.everything(which), f"seed {SEED}, round {number}: {words}"
    with capfd.disabled():
        print(f" [{mode}, {backend}: {made} objects of others, none touched]", end="")
