import pytest

from svcc.emit.nftables.lower import lower
from svcc.kernel.base import ToolFailed, Unsupported
from svcc.kernel.nftables import Nftables
from svcc.net import Family
from svcc.plan.nftables import NftState
from tests.support import endpoint, endpoint_slice, graph_of, service

WANT = NftState.of(lower(graph_of([service()], [endpoint_slice(endpoint("10.128.7.21"))])))


class Tools:
    """An nft that cannot list the table."""

    def __init__(self, complaint):
        self.complaint = complaint

    def comments(self):
        return {"ip svcc": ""}

    def listing(self, place):
        raise ToolFailed(self.complaint)


def test_a_table_that_nft_dies_of_is_made_anew_and_cannot_be_put_back():
    tables = Nftables(Tools("nft was ended by signal 6"))
    unread = tables.snapshot()
    assert {"ip svcc", "ip6 svcc", "inet svcc-digest"} >= {
        one.key for one in tables.plan(unread, WANT) if one.kind == "table"
    }
    assert () == tables.plan(unread, unread)
    assert [Family.IPV4] == list(unread.tables)
    with pytest.raises(Unsupported, match="could not be read, and cannot be put back"):
        tables.plan(WANT, unread)


@pytest.mark.parametrize("complaint", ["nft was ended by signal 9", "nft failed with status 1: no memory"])
def test_a_listing_that_fails_in_any_other_way_stops_everything(complaint):
    with pytest.raises(ToolFailed, match=complaint):
        Nftables(Tools(complaint)).snapshot()
