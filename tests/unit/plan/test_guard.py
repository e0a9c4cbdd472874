import pytest

from svcc.plan.change import Losses
from svcc.plan.guard import guard

CHAINS = ("IPv4 nat KUBE-SERVICES", "IPv4 nat KUBE-NODEPORTS", "IPv6 nat KUBE-SERVICES", "IPv6 nat KUBE-NODEPORTS")


def test_a_kernel_without_kube_proxy_passes():
    assert list(guard((), Losses(), force=False)) == []


def test_chains_of_kube_proxy_are_refused_and_named():
    (refusal,) = guard(CHAINS, Losses(), force=False)
    assert refusal.code == "SVC401"
    assert refusal.message == (
        "the kernel holds rules of kube-proxy: "
        "IPv4 nat KUBE-SERVICES, IPv4 nat KUBE-NODEPORTS, IPv6 nat KUBE-SERVICES and 1 more"
    )


def test_force_passes_beside_kube_proxy():
    assert list(guard(CHAINS, Losses(), force=True)) == []


def lost(number, of):
    return Losses(of, tuple(f"shop/s{one}:http 10.96.0.{one}:80/TCP" for one in range(number)))


@pytest.mark.parametrize(
    ("number", "of", "codes"), [(3, 10, []), (4, 10, ["SVC402"]), (9, 9, []), (30, 100, []), (31, 100, ["SVC402"])]
)
def test_more_than_thirty_per_cent_of_ten_or_more_frontends_need_force(number, of, codes):
    assert codes == [one.code for one in guard((), lost(number, of), force=False)]
    assert [] == list(guard((), lost(number, of), force=True))


def test_frontends_that_would_go_are_counted_and_named():
    (refusal,) = guard((), lost(5, 12), force=False)
    assert refusal.message == (
        "5 of 12 frontends would lead nowhere any more: shop/s0:http 10.96.0.0:80/TCP, "
        "shop/s1:http 10.96.0.1:80/TCP, shop/s2:http 10.96.0.2:80/TCP and 2 more"
    )
