"""One scenario a file in golden/: its manifests and configuration, and everything that they compile to, side by side.

`make golden` writes the expectations anew; read the difference before committing it. A key that is left out says that there is
nothing: no diagnostics, no rules in this family, nothing compiled because of errors. `with_companion` shows what stands beside IPVS,
`whole` every line of the tables. What names answer stands in those with `names: true`, and stands alone in those with `names: only`.
"""

import re

import pytest
import yaml

from svcc.emit import ipvs, nftables
from tests.golden.compiled import CASES, compiled, named

(EVERYTHING,) = (one for one in CASES if one.parent.name == "skeleton" and one.stem == "everything")


@pytest.mark.golden_test("../../golden/**/*.yml")
def test_a_scenario_compiles_to_what_its_golden_says(golden):
    if golden.get("names"):
        answering = named(golden["input"], golden["config"])
        assert golden.out.get("dns") == answering.dns
        assert golden.out.get("env") == answering.env
    seen = compiled(golden["input"], golden["config"])
    if golden.get("names") == "only":
        assert golden.out.get("diagnostics") == seen.diagnostics
        return
    assert golden.out.get("graph") == seen.graph
    assert golden.out.get("iptables_v4") == seen.iptables_v4
    assert golden.out.get("iptables_v6") == seen.iptables_v6
    assert golden.out.get("nftables") == seen.nftables
    assert golden.out.get("ipvs") == seen.ipvs
    if golden.get("with_companion"):
        assert golden.out.get("companion") == seen.companion
    assert golden.out.get("diagnostics") == seen.diagnostics
    if golden.get("whole"):
        assert golden.out.get("tables") == seen.tables
        assert golden.out.get("companion_tables") == seen.companion_tables


@pytest.mark.parametrize(("package", "key"), [(nftables, "tables"), (ipvs, "companion_tables")])
def test_the_glossary_of_a_package_tells_every_chain_and_map_and_set(package, key):
    held = yaml.safe_load(EVERYTHING.read_text(encoding="utf-8"))
    names = re.findall(r"^\t(?:chain|map|set) (\S+) \{", held[key], re.MULTILINE)
    told = set(re.findall(r"[a-zA-Z-]+", package.__doc__ or ""))
    kinds = {re.sub(r"\d+-\d+$", "N-T", re.sub(r"(?<=known-)\d+$", "T", one)) for one in names}
    kinds = {re.sub(r"(?<=pick-|hash-)\d+$", "N", one) for one in kinds}
    assert len(kinds) > 40
    assert set() == {one for one in kinds if told.isdisjoint((one, one.removeprefix("port-")))}
