from pathlib import Path

import pytest

from svcc.check import check
from svcc.codes import CODES
from svcc.config import NodeConfig
from svcc.derive.endpoints import mirror
from svcc.diag import Diagnostics
from svcc.model.decode import decode
from svcc.source.files import sources

BROKEN = Path(__file__).parents[3] / "examples" / "broken"
# These depend on the configuration, the target or the machine, not on a manifest alone.
ELSEWHERE = {"SVC004", "SVC005", "SVC113", "SVC114"} | {code for code in CODES if code > "SVC3"}
FILES = sorted(path for path in BROKEN.glob("SVC*.yaml") if path.name[:6] not in ELSEWHERE)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_broken_example_raises_the_code_of_its_name_and_no_other(path):
    sink = Diagnostics()
    config = NodeConfig(node_name="worker-1")
    check(mirror(decode(sources([str(path)], sink), config, sink)), config, sink)
    assert {path.name[:6]} == {one.code for one in sink}
    assert all(one.span is not None for one in sink)


def test_every_mistake_of_a_manifest_has_an_example():
    assert set(CODES) - ELSEWHERE == {path.name[:6] for path in FILES}
