"""`svcc plan`: what apply would change, per Service and per kernel object; touches nothing."""

import json
from dataclasses import replace
from typing import Any

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


@subcommand("plan", "svcc plan examples/shop --netns lab -v; svcc plan shop/ --out today.plan")
@manifest_options(shapes=("human", "json"), modes=KERNEL_MODES)
@kernel_options
@fallback_option
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE", help="Write the plan for `svcc apply FILE`.")
@click.option("--exit-code", "tell", is_flag=True, help="Exit 3 when there are changes.")
def command(netns: str | None, backend: str, out: str | None, *, no_fallback: bool, tell: bool, **words: Any) -> int:
    """Show what apply would change, and what on this machine would keep packets from arriving. Touches nothing."""
    from svcc.apply import make_plan
    from svcc.cli.drifted import Held, print_theirs
    from svcc.cli.flows import Flows
    from svcc.cli.live import Machine, enter, needed_settings, with_facts
    from svcc.cli.main import EXIT_CHANGES
    from svcc.cli.plan_file import Out, hold_inputs
    from svcc.cli.plans import as_json, print_plan, print_remarks
    from svcc.cli.render import working
    from svcc.cli.undone import print_unsettled
    from svcc.fronts import fronts_of
    from svcc.plan.guard import guard

    given = Input.from_words(words, modes=KERNEL_MODES)
    enter(netns)
    settle_mode(given, no_fallback=no_fallback)
    given.config = with_facts(given.config)
    with given.reporting():
        if out is not None:
            hold_inputs(given)
        compiled, wanted = compile_input(given)
    with working("Reading the kernel", quiet=given.quiet):
        machine = Machine.look(given.config.mode, backend, options=given.config.ipvs)
        held = Held(machine.parts(needed_settings(compiled.graph, wanted), wanted))
        made = make_plan(given.config.mode.value, held.parts)
        flows = Flows(fronts_of(compiled, given.config.mode))
        made = replace(made, flows=flows.look())
    print_remarks(flows.remarks, given)
    if given.shape == "json":
        click.echo(json.dumps(as_json(made), indent=2))
    else:
        print_remarks(machine.preflight(compiled.graph, given.config.mode), given)
        print_unsettled(given)
        if made.changes:
            print_theirs(held.drift(machine, made), given)
        print_plan(made, given)
        given.sink.extend(guard(machine.foreign.kube_proxy, made.losses, force=False))
        given.report()
    if out is not None:
        Out(out, backend, no_fallback, words).write(made, given)
        if given.shape == "human" and not given.quiet:
            click.echo(f"Written: `svcc apply {out}` does exactly this, or nothing.")
    return EXIT_CHANGES if tell and made.differs else 0
