r"""Print a block of environment variables in the forms that programs read.

    dotenv    CART_PORT=tcp://10.96.0.10:80               docker run --env-file, systemd EnvironmentFile=, `. file` in a shell
    shell     export CART_PORT='tcp://10.96.0.10:80'      . file
    systemd   CART_PORT="tcp://10.96.0.10:80"             EnvironmentFile=
    json      {"CART_PORT": "tcp://10.96.0.10:80"}

Values are addresses, ports, words and URLs: no quote, backslash, blank or `$` is among them, so that no form has to escape any.
Docker takes quotes literally, so dotenv has none. A name that begins with a digit (`relaxedServiceNames`) can be an environment
variable of a container, but of no shell, and systemd refuses it: those two forms leave it out.
"""

import json
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from svcc.graph.names import EnvBlock


class EnvForm(Enum):
    """How a block is printed."""

    DOTENV = "dotenv"
    SHELL = "shell"
    SYSTEMD = "systemd"
    JSON = "json"


_LINES: Mapping[EnvForm, str] = MappingProxyType(
    {EnvForm.DOTENV: "{}={}\n", EnvForm.SHELL: "export {}='{}'\n", EnvForm.SYSTEMD: '{}="{}"\n'}
)
_ANY_NAME = (EnvForm.DOTENV, EnvForm.JSON)


def render(block: EnvBlock, form: EnvForm = EnvForm.DOTENV) -> str:
    """Return the text of a block in one form, without a header."""
    if form is EnvForm.JSON:
        return json.dumps(dict(block.variables), indent=2) + "\n"
    line, absent = _LINES[form], frozenset(left_out(block, form))
    return "".join([line.format(name, value) for name, value in block.variables if name not in absent])


def left_out(block: EnvBlock, form: EnvForm) -> tuple[str, ...]:
    """Return the names that a form cannot have."""
    if form in _ANY_NAME:
        return ()
    return tuple(name for name, _ in block.variables if name[:1].isdigit())
