"""Use iptables where IPVS is asked for and the kernel has none, as kube-proxy does, and say so.

svcc apply --mode ipvs …     warning: this kernel has no IPVS (module ip_vs): falling back to iptables
                               hint   `modprobe ip_vs` on the host; …
… with --no-fallback         error, exit 4
"""

from dataclasses import replace

import click

from svcc.cli.options import Input
from svcc.cli.render import echo
from svcc.config import Mode


def settle_mode(given: Input, *, no_fallback: bool, load: bool = False) -> None:
    """Make iptables of IPVS mode where the kernel lacks a module for it; `load` those that it does not have loaded yet.

    Raises:
        Unsupported: a module is missing, and there is to be no fallback.
    """
    from svcc.cli.live_ipvs import NEEDED
    from svcc.kernel import modules
    from svcc.kernel.base import Unsupported

    if given.config.mode is not Mode.IPVS:
        return
    try:
        modules.demand(NEEDED)
        if load:
            modules.load(NEEDED)
    except Unsupported as problem:
        if no_fallback:
            raise
        given.config = replace(given.config, mode=Mode.IPTABLES)
        if not given.quiet:
            words = f": {problem.message}: falling back to iptables"
            echo((("yellow bold", "warning"), ("", words)), given.color, err=True)
            click.echo(f"  hint   {problem.hint}", err=True)
