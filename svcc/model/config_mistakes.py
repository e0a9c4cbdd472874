"""Keep the mistakes of a configuration from becoming mistakes of the manifests: what it does not say readably is not known.

    nodePortRange: 30000 to 32767     SVC106 here, and   NodeConfig(node_port_range=(1, 65535), …): no node port is outside
    nodename: worker-1                SVC102 here, and   no warning (SVC114) that the node's name is not known

Manifests are judged with the rest of it all the same, so that one run tells the mistakes of all files. Nothing is made from such
a configuration: the run has errors.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from svcc.config import NodeConfig
from svcc.diag import Diagnostic, Severity
from svcc.net import MAX_PORT

_UNNAMED = "not-known"
_DEFAULT = NodeConfig()
# Of each key that a rule about manifests asks: the field, and the value with which no manifest is wrong.
_NOT_KNOWN: dict[str, tuple[str, Any]] = {
    "nodeName": ("node_name", _UNNAMED),
    "hostnameOverride": ("node_name", _UNNAMED),
    "serviceCIDRs": ("service_cidrs", ()),
    "nodePortRange": ("node_port_range", (1, MAX_PORT)),
    "relaxedServiceNames": ("relaxed_service_names", True),
}
_KEY = re.compile(r"[A-Za-z]*")
_WHOLE = ("", "apiVersion", "kind")


def only_what_is_known(config: NodeConfig, mistakes: Iterable[Diagnostic]) -> NodeConfig:
    """Return a configuration with those of its values alone that were read without a mistake."""
    found = [one for one in mistakes if one.severity is Severity.ERROR]
    if not found:
        return config
    wrong = {_key(one) for one in found}
    # A key that there is none of may have been meant to be any, and of a file that is not read nothing is known.
    more = any(_key(one) in _WHOLE or (one.code == "SVC102" and one.field == _key(one)) for one in found)
    return replace(
        config,
        **{
            field: value
            for key, (field, value) in _NOT_KNOWN.items()
            if key in wrong or (more and getattr(config, field) == getattr(_DEFAULT, field))
        },
    )


def nothing_known(config: NodeConfig) -> NodeConfig:
    """Return a configuration that finds no fault with any manifest."""
    return replace(config, **dict(_NOT_KNOWN.values()))


def _key(one: Diagnostic) -> str:
    start = _KEY.match(one.field)
    return start[0] if start else ""
