"""The guest's tests run where ip_vs is, or fail saying what is missing; they are never skipped.

`namespace` is an empty network namespace for one test; `lab` is the cluster of the flow table with its servers, made once for
all tests; on its node `stock` puts what was compiled, with the stock tools, and `svcc` does as `svcc apply --mode ipvs`. `small` is the
cluster of tests.vm.cluster, and `node` its node, to which svcc's own apply brings compiled states.
"""

import pytest

from tests.kernel.conftest import boot, namespace  # noqa: F401 - fixtures of ours too
from tests.lab.appliance import Appliance
from tests.lab.flow_cluster import LAYOUT
from tests.lab.namespaces import NODE, Lab
from tests.lab.servers import Servers
from tests.lab.stock import Stock
from tests.lab.svcc import IPVS, Forked
from tests.vm.cluster import LAYOUT as SMALL
from tests.vm.demands import demand_ip_vs
from tests.vm.given import given, listeners


@pytest.fixture(scope="session", autouse=True)
def _ip_vs():
    demand_ip_vs()


@pytest.fixture(scope="session")
def lab():
    with Lab(LAYOUT) as made, Servers(made, listeners(), sctp=True):
        for name in ("c", "p"):
            made.let_reach_for_loopback(name)
        yield made


@pytest.fixture(scope="session")
def stock(lab):
    return Stock(lab)


@pytest.fixture(scope="session")
def svcc(lab, tmp_path_factory):
    return Forked(lab, tmp_path_factory.mktemp("svcc"), IPVS)


@pytest.fixture(scope="module")
def balanced(stock):
    """The Services of `cases`, on the node."""
    stock.load(given("services"))
    return stock.lab


@pytest.fixture(params=[0, 1], ids=["IPv4", "IPv6"])
def family(request):
    """The place of each family in a pair of addresses."""
    return request.param


@pytest.fixture(scope="module")
def small():
    with Lab(SMALL) as made:
        yield made


@pytest.fixture
def node(small, tmp_path):
    made = Appliance(small, tmp_path)
    yield made
    assert 0 == made.clean().status
    small.run(NODE, "ipvsadm", "-C")
