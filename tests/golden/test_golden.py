"""One scenario a file in golden/: its manifests and configuration, and everything that they compile to, side by side.

`make golden` writes the expectations anew; read the difference before committing it. A key that is left out says that there is
nothing: no diagnostics, no rules in this family, nothing compiled because of errors.
"""

import pytest

from tests.golden.compiled import compiled


@pytest.mark.golden_test("../../golden/**/*.yml")
def test_a_scenario_compiles_to_what_its_golden_says(golden):
    seen = compiled(golden["input"], golden["config"])
    assert golden.out.get("graph") == seen.graph
    assert golden.out.get("iptables_v4") == seen.iptables_v4
    assert golden.out.get("iptables_v6") == seen.iptables_v6
    assert golden.out.get("nftables") == seen.nftables
    assert golden.out.get("diagnostics") == seen.diagnostics
