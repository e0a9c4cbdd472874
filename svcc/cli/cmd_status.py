"""`svcc status`: what of ours is in the kernel; with manifests, what differs from them."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from svcc.cli.fallback import settle_mode
from svcc.cli.options import (
    KERNEL_MODES,
    Input,
    compile_input,
    fallback_option,
    kernel_options,
    manifest_options,
    subcommand,
)

if TYPE_CHECKING:
    from svcc.cli.live import Machine
    from svcc.kernel.nftables import Nftables


@subcommand("status", "svcc status examples/shop --netns lab; svcc status --counters")
@manifest_options(required=False, shapes=("human", "json"), modes=KERNEL_MODES)
@kernel_options
@fallback_option
@click.option("--full", is_flag=True, help="List every rule, even when the kernel says that none has changed.")
@click.option("--counters", is_flag=True, help="Show connections, and where it is counted traffic, per Service port.")
def command(netns: str | None, backend: str, *, no_fallback: bool, full: bool, counters: bool, **words: Any) -> int:
    """Show what of ours the kernel holds. With PATH: what differs from the manifests; exit 3 when anything does."""
    from svcc.apply import make_plan
    from svcc.cli import counters as counted
    from svcc.cli import drifted
    from svcc.cli.flows import Flows
    from svcc.cli.live import Machine, enter, needed_settings, with_facts
    from svcc.cli.main import EXIT_CHANGES
    from svcc.cli.plans import as_json, print_flows, print_plan, print_remarks
    from svcc.cli.undone import print_unsettled
    from svcc.fronts import fronts_of

    given = Input.from_words(words, modes=KERNEL_MODES)
    enter(netns)
    if given.paths:
        settle_mode(given, no_fallback=no_fallback)
    machine = Machine.look(given.config.mode if given.paths else None, backend, whole=full, options=given.config.ipvs)
    print_remarks(machine.bypassed(), given)
    print_unsettled(given)
    if not given.paths:
        _print_held(machine, given, counters=counters)
        return 0
    given.config = with_facts(given.config)
    with given.reporting():
        compiled, wanted = compile_input(given)
    held = drifted.Held(machine.parts(needed_settings(compiled.graph, wanted), wanted))
    plan = make_plan(given.config.mode.value, held.parts)
    drift = held.drift(machine, plan)
    flows = Flows(fronts_of(compiled, given.config.mode))
    plan = replace(plan, flows=flows.look())
    print_remarks(flows.remarks, given)
    if given.shape == "json":
        told = {**as_json(plan), "drift": drifted.as_json(drift)}
        click.echo(json.dumps(told | ({"counters": counted.as_json(machine)} if counters else {}), indent=2))
    elif plan.changes:
        drifted.print_drift(drift, given)
        click.echo(
            "The kernel differs from the manifests; apply would do this:"
            if plan.differs
            else "The kernel is as the manifests say; apply would take away what has waited for its connections:"
        )
        print_plan(plan, given)
    elif not given.quiet:
        click.echo("The kernel is as the manifests say.")
        drifted.print_drift(drift, given)
        print_flows(plan.flows, given)
    if counters and given.shape != "json":
        counted.print_counts(machine, given)
    return EXIT_CHANGES if plan.differs else 0


def _print_held(machine: "Machine", given: Input, *, counters: bool) -> None:
    """Print a summary of what of ours is there, with what each Service port has counted if that is asked for."""
    from svcc.cli import counters as counted
    from svcc.cli.render import table
    from svcc.cli.undone import as_json as last

    rows, services = [], set[str]()
    for found, names in (
        _of_iptables(machine),
        *map(_of_nftables, (machine.tables, machine.ipvs.companion)),
        _of_ipvs(machine),
    ):
        rows += found
        services |= names
    backends = [one.backend.value for one in machine.rules]
    if given.shape == "json":
        held = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        told = {"backend": next(iter(backends), None), "services": sorted(services), "tables": held, "apply": last()}
        click.echo(json.dumps(told | ({"counters": counted.as_json(machine)} if counters else {}), indent=2))
        return
    if not rows:
        click.echo("Nothing of svcc is in this kernel.")
        return
    carriers = [f"iptables backend {one}" for one in backends] + (["nftables"] if machine.tables.present() else [])
    carriers += ["ipvs"] if machine.ipvs.present else []
    click.echo(f"{', '.join(carriers)}, {len(services)} Service ports")
    table(_COLUMNS, [tuple(str(cell) for cell in row) for row in rows], given.color)
    for name in sorted(services) if given.verbose else ():
        click.echo(f"  {name}")
    if counters:
        counted.print_counts(machine, given)


_COLUMNS = ("family", "table", "chains", "rules", "elements")
_Row = tuple[str, str, int, int, int]


def _of_iptables(machine: "Machine") -> tuple[list[_Row], set[str]]:
    """Return a row a table, and the Service ports that rules name."""
    from svcc.emit.iptables.ruleset import is_ours
    from svcc.emit.iptables.text import service_of

    rows: list[_Row] = []
    services: set[str] = set()
    for family, ruleset in ((family, held) for one in machine.rules for family, held in one.snapshot().items()):
        for name, chains in sorted(ruleset.tables.items()):
            rules = [rule for chain in chains.values() for rule in chain.rules]
            services |= {service for rule in rules if (service := service_of(rule))}
            rows.append((family.value, name, sum(is_ours(chain) for chain in chains), len(rules), 0))
    return rows, services


def _of_nftables(tables: "Nftables") -> tuple[list[_Row], set[str]]:
    """Return a row a table, and the Service ports that frontends name."""
    from svcc.plan.nft_services import Names

    rows: list[_Row] = []
    services: set[str] = set()
    for family, table in tables.snapshot().tables.items():
        services |= set(Names(table).services)
        rules = sum(len(chain.rules) for chain in table.chains.values())
        elements = sum(len(one.elements) for one in table.collections.values())
        rows.append((family.value, table.name, len(table.chains), rules, elements))
    return rows, services


def _of_ipvs(machine: "Machine") -> tuple[list[_Row], set[str]]:
    """Return a row a family, and the Service ports of virtual servers; what counts as an element is a server or an address."""
    from svcc.net import Family, family_of

    held, bound = machine.ipvs.live, machine.ipvs.dummy.addresses or ()
    rows: list[_Row] = []
    for family in Family:
        virtuals = sum(family_of(at.address) is family for at in held.virtuals)
        reals = sum(family_of(at.address) is family for at, _ in held.reals)
        addresses = sum(family_of(one) is family for one in bound)
        rows += [(family.value, "virtual servers", 0, 0, virtuals), (family.value, "real servers", 0, 0, reals)]
        rows.append((family.value, "svcc0", 0, 0, addresses))
    return [row for row in rows if row[-1]], {one.service for one in held.virtuals.values() if one.service}
