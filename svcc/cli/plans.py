"""Print plans: for people with colours, for machines as JSON."""

from collections.abc import Sequence
from typing import Any

import click

from svcc.cli.options import Input
from svcc.cli.render import echo, echo_plan_line
from svcc.diag import Severity
from svcc.net import endpoint_text
from svcc.plan.change import Action, Plan
from svcc.plan.conntrack import StaleFlows
from svcc.plan.preflight import Remark
from svcc.plan.show import flow_lines, lines

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan in the shape of `svcc plan --format json`."""
    return {
        "mode": plan.mode,
        "digest": plan.digest,
        "summary": {action.value: plan.count(action) for action in Action},
        "services": [
            {
                "service": one.service,
                "action": one.action.value,
                "reason": one.reason,
                "before": list(one.before),
                "after": list(one.after),
            }
            for one in plan.services
        ],
        "changes": [
            {
                "subsystem": one.subsystem,
                "action": one.action.value,
                "kind": one.kind,
                "key": one.key,
                "before": None if one.before is None else list(one.before),
                "after": None if one.after is None else list(one.after),
                "reason": one.reason.value,
                "origin": None if one.origin is None else str(one.origin),
            }
            for one in plan.changes
        ],
        "conntrack": [
            {
                "service": one.service,
                "protocol": one.at.protocol.value,
                "destination": endpoint_text(one.at.address, one.at.port),
                "backend": one.backend,
                "flows": one.flows,
                "reason": one.reason.value,
            }
            for one in plan.flows
        ],
    }


def print_plan(plan: Plan, given: Input) -> None:
    """Print a plan for people; -v adds every rule."""
    for line in lines(plan, verbose=given.verbose):
        echo_plan_line(line, given.color)


def print_flows(flows: Sequence[StaleFlows], given: Input) -> None:
    """Print which flows are stale; -v lists all."""
    for line in flow_lines(flows, verbose=given.verbose):
        echo_plan_line(line, given.color)


def print_remarks(found: Sequence[Remark], given: Input) -> None:
    """Print what the preflight found, to stderr."""
    for one in found:
        if given.quiet:
            return
        echo(((_STYLES[one.severity], f"preflight {one.severity.value}"), ("", f": {one.text}")), given.color, err=True)
        if one.hint:
            click.echo(f"  hint   {one.hint}", err=True)
