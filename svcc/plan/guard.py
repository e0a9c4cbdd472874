"""Refuse a plan that would do harm, before anything is touched.

kube_proxy=("IPv4 nat KUBE-SERVICES",), force=False  ->  SVC401 kube-proxy's rules are present
kube_proxy=("IPv4 nat KUBE-SERVICES",), force=True   ->  nothing
"""

from collections.abc import Sequence

from svcc.diag import Diagnostics

_SHOWN = 3


def guard(kube_proxy: Sequence[str], *, force: bool) -> Diagnostics:
    """Return why a plan must not be committed; an empty sink lets it pass.

    `kube_proxy` are the chains of kube-proxy that the kernel holds.
    """
    refusals = Diagnostics()
    if kube_proxy and not force:
        more = f" and {len(kube_proxy) - _SHOWN} more" if len(kube_proxy) > _SHOWN else ""
        refusals.add(
            "SVC401",
            f"the kernel holds chains of kube-proxy: {', '.join(kube_proxy[:_SHOWN])}{more}",
            hint="stop kube-proxy and run `kube-proxy --cleanup`, or use --force to apply beside it",
        )
    return refusals
