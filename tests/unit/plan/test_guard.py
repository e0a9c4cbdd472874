from svcc.plan.guard import guard

CHAINS = ("IPv4 nat KUBE-SERVICES", "IPv4 nat KUBE-NODEPORTS", "IPv6 nat KUBE-SERVICES", "IPv6 nat KUBE-NODEPORTS")


def test_a_kernel_without_kube_proxy_passes():
    assert list(guard((), force=False)) == []


def test_chains_of_kube_proxy_are_refused_and_named():
    (refusal,) = guard(CHAINS, force=False)
    assert refusal.code == "SVC401"
    assert refusal.message == (
        "the kernel holds chains of kube-proxy: "
        "IPv4 nat KUBE-SERVICES, IPv4 nat KUBE-NODEPORTS, IPv6 nat KUBE-SERVICES and 1 more"
    )


def test_force_passes_beside_kube_proxy():
    assert list(guard(CHAINS, force=True)) == []
