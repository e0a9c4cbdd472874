"""Nobody who calls a Service that stays notices that an apply is taken back: by a rollback, a failed probe, or the end of its window.

The requests, connections and clusters are those of the churn, in every mode; what is taken back is a random re-plan, or a change of the mode.
"""

import random
import time

import pytest
from test_churn import CONFIG, LISTEN, SEED, Cluster, described, lab, long_connections, targets, told  # noqa: F401 - a fixture

from tests.lab.svcc import Forked
from tests.lab.traffic import Traffic

pytestmark = [pytest.mark.kernel, pytest.mark.long]


OTHER = {"nftables": "nft", "nft": "nftables", "legacy": "nftables"}
"""Another mode; the two backends of iptables never follow one another."""


class Undone:
    """The node of the lab at one cluster, and applies of others that do not stay."""

    def __init__(self, lab, folder, target, chance):  # noqa: F811 - the lab of the churn
        self.folder, self.chance, self.history = folder, chance, []
        self.config = folder / "config.yaml"
        self.config.write_text(CONFIG, encoding="utf-8")
        self.here, self.other = Forked(lab, folder, target), Forked(lab, folder, OTHER[target])
        self.stays = Cluster(chance)
        self.apply(self.here, self.stays)

    def apply(self, svcc, cluster, *words, ends=0):
        path = self.folder / "cluster.yaml"
        path.write_text(cluster.text, encoding="utf-8")
        self.history.append((time.monotonic(), time.monotonic(), self._either(cluster)))
        status, printed = svcc.on_node("apply", path, "--config", self.config, "--force", "-q", *svcc.options, *words)
        assert ends == status, printed

    def _either(self, cluster):
        """Return who may answer while a cluster comes and goes."""
        return {name: held | cluster.endpoints[name] for name, held in self.stays.endpoints.items()}

    def undo(self, how, svcc):
        another = Cluster(self.chance)
        if how == "rollback":
            self.apply(svcc, another)
            status, printed = self.here.on_node("rollback", "-q")
            assert 0 == status, printed
        elif how == "probe":
            self.apply(svcc, another, "--probe", "sleep 0.2; false", ends=4)
        else:
            self.apply(svcc, another, "--confirm-within", "1s")
            while '"phase": "undone"' not in self.here.on_node("status", "--format", "json")[1]:
                time.sleep(0.2)


@pytest.mark.parametrize("target", list(OTHER))
def test_what_is_taken_back_is_noticed_by_nobody(target, lab, tmp_path):  # noqa: F811
    undone = Undone(lab, tmp_path, target, random.Random(SEED))
    try:
        with Traffic(lab, list(targets()), LISTEN, long_connections()) as traffic:
            for how in ("rollback", "probe", "window"):
                for svcc in (undone.here, undone.other):
                    undone.undo(how, svcc)
    finally:
        undone.here.clean()
    print(f"\nseed {SEED}: 6 applies that were taken back, {told(traffic)}")
    assert len(traffic.calls) > 100
    assert "" == "\n".join(list(described(traffic, undone.history))[:5]), f"SVCC_CHURN_SEED={SEED}"
    assert () == traffic.broken, f"SVCC_CHURN_SEED={SEED}"
