"""Refuse a plan that would do harm, before anything is touched.

kube_proxy=("IPv4 nat KUBE-SERVICES",)          ->  SVC401 kube-proxy's rules are present
losses=Losses(had=10, lost=("shop/a …", …))     ->  SVC402 4 of 10 frontends would go
force=True                                      ->  nothing
"""

from collections.abc import Sequence

from svcc.diag import Diagnostics
from svcc.plan.change import Losses

FEW = 10
"""Of fewer frontends any number may go."""
SHARE = 30
"""Per cent of the frontends that may go."""
_SHOWN = 3


def guard(kube_proxy: Sequence[str], losses: Losses, *, force: bool) -> Diagnostics:
    """Return why a plan must not be committed; an empty sink lets it pass.

    `kube_proxy` are the chains, tables and interfaces of kube-proxy that the kernel holds.
    """
    refusals = Diagnostics()
    if kube_proxy and not force:
        refusals.add(
            "SVC401",
            f"the kernel holds rules of kube-proxy: {_listed(kube_proxy)}",
            hint="stop kube-proxy and run `svcc clean --foreign=kube-proxy`, or use --force to apply beside it",
        )
    if losses.had >= FEW and len(losses.lost) * 100 > losses.had * SHARE and not force:
        refusals.add(
            "SVC402",
            f"{len(losses.lost)} of {losses.had} frontends would lead nowhere any more: {_listed(losses.lost)}",
            hint="are these all of the manifests, with their endpoints? --force if so",
        )
    return refusals


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}"
