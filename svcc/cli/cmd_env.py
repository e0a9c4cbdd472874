"""`svcc env`: the environment variables of the pods of one namespace."""

from typing import TYPE_CHECKING, Any

import click

from svcc.cli.names import ANY_MODE
from svcc.cli.options import Input, manifest_options, read_manifests, subcommand

if TYPE_CHECKING:
    from svcc.emit.env import EnvForm
    from svcc.graph.names import EnvBlock

FORMS = ("dotenv", "shell", "systemd", "json")
_SHOWN = 60


def _namespace(ctx: click.Context, param: click.Parameter, name: str) -> str:
    """Return a name that a namespace can have; every other is wrong usage."""
    from svcc.model.decode_meta import DNS_LABEL, MAX_LABEL

    if len(name) > MAX_LABEL or not DNS_LABEL.match(name):
        message = f"{name[:_SHOWN]!r} is no name of a namespace: lower-case letters, digits and - inside."
        raise click.BadParameter(message, ctx, param)
    return name


@subcommand("env", "svcc env examples/shop --namespace shop > shop.env && docker run --env-file shop.env …")
@manifest_options(shapes=FORMS)
@click.option(
    "--namespace", required=True, callback=_namespace, metavar="NS", help="Of the pods that get the variables."
)
@click.option("--no-service-links", "no_links", is_flag=True, help="As with enableServiceLinks: false.")
def command(namespace: str, no_links: bool, **words: Any) -> int:  # noqa: FBT001 - click's flags
    """Print the variables that the kubelet gives to the pods of a namespace. Writes no lock file.

    dotenv is for docker run --env-file and for systemd, shell for sourcing.
    """
    from svcc.emit.env import EnvForm, render
    from svcc.graph.build_env import build_block
    from svcc.reading import stop_on_errors

    given = Input.from_words(words, modes=ANY_MODE)
    form = EnvForm(given.shape)
    with given.reporting():
        manifests = read_manifests(given)
        block = build_block(manifests.services, namespace, links=not no_links)
        _check(given, block, form)
        stop_on_errors(given.sink)
    known = {one.name.namespace for one in manifests.services}
    if namespace not in known:
        _say_unknown(namespace, sorted(known), given)
    click.echo(render(block, form), nl=False)
    return 0


def _check(given: Input, block: "EnvBlock", form: "EnvForm") -> None:
    """SVC311: too much for a process. SVC228: variables that this form has no words for."""
    from svcc.emit.env import left_out
    from svcc.naming import MOST

    if block.size > MOST:
        message = f"the variables of the namespace {block.namespace} have {block.size:,} bytes, {MOST:,} are allowed"
        given.sink.add("SVC311", message, hint="--no-service-links, as with enableServiceLinks: false in the pods")
    names = left_out(block, form)
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        given.sink.add("SVC228", f"{names[0]}{more}: left out, since {form.value} has no such names")


def _say_unknown(namespace: str, known: list[str], given: Input) -> None:
    from svcc.guess import closest

    if given.quiet:
        return
    close = closest(namespace, known)
    hint = f" Did you mean {close}?" if close else ""
    click.echo(f"No Service is in the namespace {namespace}.{hint}", err=True)
