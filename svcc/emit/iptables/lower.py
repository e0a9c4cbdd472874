"""Lower the rule graph to iptables: one ruleset a family, and what iptables cannot say as diagnostics.

    *nat     PREROUTING, OUTPUT → SVCC-SERVICES → tree → SVCC-SVC-… (DNAT)          dispatch.py, service.py
             POSTROUTING → SVCC-POSTROUTING → SVCC-MASQUERADE
    *filter  INPUT, FORWARD, OUTPUT → SVCC-VERDICT                                   acts on verdict marks
    *raw     PREROUTING → SVCC-GUARD                                                 only with localhost node ports

The nat table refuses DROP and REJECT, so a verdict travels in two mark bits: masquerade bit alone = masquerade, verdict bit
alone = drop, both = refuse. They are acted on in filter and postrouting and never left on a packet that goes on. A hairpin
needs no rule a backend: after DNAT, source equals destination, which one BPF match sees. That match also serves connections
that another program's DNAT sent back to their sender, which could not work without it.
A backend that is an address of this node itself is delivered without POSTROUTING, so it sees the client's own address.
"""

from collections.abc import Mapping

from svcc.diag import Diagnostics
from svcc.emit.iptables.dispatch import SERVICES, Dispatch
from svcc.emit.iptables.draft import Draft
from svcc.emit.iptables.limits import limits
from svcc.emit.iptables.match import Destination, InInterface, MarkIs, Proto, SelfTalk, Translated
from svcc.emit.iptables.rule import Discard, Goto, Jump, Masquerade, Refuse, Rule, SetMark
from svcc.emit.iptables.ruleset import IptablesRuleset
from svcc.emit.iptables.service import DISCARD, REFUSE, ServiceChains
from svcc.graph.nodes import Host, RuleGraph
from svcc.net import LOOPBACK, Family, Protocol, family_of, network_family

POSTROUTING = "SVCC-POSTROUTING"
MASQUERADE = "SVCC-MASQUERADE"
VERDICT = "SVCC-VERDICT"
GUARD = "SVCC-GUARD"


def lower(graph: RuleGraph, sink: Diagnostics) -> Mapping[Family, IptablesRuleset]:
    """Return the ruleset of each family; one that has nothing to do is empty, so its tables stay untouched."""
    limits(graph, sink)
    return {family: _lower(graph, family) for family in Family}


def _lower(graph: RuleGraph, family: Family) -> IptablesRuleset:
    draft = Draft(family)
    host = graph.host
    frontends = tuple(one for one in graph.frontends if one.family is family)
    owns = any(family_of(one) is family for one in host.cluster_ips)
    if not (frontends or owns or any(network_family(one) is family for one in host.service_cidrs)):
        return draft.ruleset()
    _fixed(draft, host)
    services = ServiceChains(draft, host, frontends)
    services.outsiders()
    for pool in graph.pools:
        if pool.family is family:
            services.pool(pool)
    Dispatch(draft, host, frontends, services.entry).write()
    return draft.ruleset()


def _fixed(draft: Draft, host: Host) -> None:
    """Write the chains that are there whatever the Services are."""
    masquerade, verdict = 1 << host.masquerade_bit, 1 << host.verdict_bit
    both = masquerade | verdict
    for hook in ("PREROUTING", "OUTPUT"):
        draft.add("nat", hook, Rule((), Jump(SERVICES)))
    draft.add("nat", "POSTROUTING", Rule((), Jump(POSTROUTING)))
    draft.chain("nat", SERVICES)
    for protocol in Protocol:
        draft.add("nat", REFUSE, Rule((Proto(protocol),), SetMark(both, both)))
    draft.add("nat", DISCARD, Rule((), SetMark(verdict, both)))
    draft.add("nat", POSTROUTING, Rule((MarkIs(masquerade, both),), Goto(MASQUERADE)))
    draft.add("nat", POSTROUTING, Rule((Translated(), SelfTalk()), Masquerade()))
    draft.add("nat", MASQUERADE, Rule((), SetMark(0, masquerade)))
    draft.add("nat", MASQUERADE, Rule((), Masquerade()))
    for hook in ("INPUT", "FORWARD", "OUTPUT"):
        draft.add("filter", hook, Rule((), Jump(VERDICT)))
    draft.add("filter", VERDICT, Rule((MarkIs(verdict, both),), Discard()))
    draft.add("filter", VERDICT, Rule((MarkIs(both, both),), Refuse()))
    if host.localhost_ports and draft.family is Family.IPV4:
        draft.add("raw", "PREROUTING", Rule((), Jump(GUARD)))
        guarded = (Destination(LOOPBACK[Family.IPV4]), InInterface("lo", negated=True))
        draft.add("raw", GUARD, Rule(guarded, Discard()))
