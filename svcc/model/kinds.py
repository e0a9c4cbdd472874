"""Tell a kind that svcc does not read from one that was meant to be one of its own.

    v1 service                        no such kind: did you mean Service?
    v1 EndpointSlice                  no such kind: EndpointSlice is discovery.k8s.io/v1
    serving.knative.dev/v1 Service    another kind of the same name

The API server has "no matches for kind" for the first two. Whoever writes a kind may call it what he likes in a group of his own; in
the groups of Kubernetes no kind is so near to one of ours (1.34). A group without a dot is always one of them: the API server
demands a dot of those that others define.
"""

from functools import lru_cache

from svcc.guess import is_one_typo_away
from svcc.source.cursor import Cursor, Fields

CORE = "v1"
DISCOVERY = "discovery.k8s.io/v1"
VERSIONS = {
    "Service": CORE,
    "Endpoints": CORE,
    "List": CORE,
    "ServiceList": CORE,
    "EndpointsList": CORE,
    "Pod": CORE,
    "PodList": CORE,
    "Node": CORE,
    "NodeList": CORE,
    "EndpointSlice": DISCOVERY,
    "EndpointSliceList": DISCOVERY,
}

_BY_LOWER = {kind.lower(): kind for kind in VERSIONS}
_SUFFIX = ".k8s.io"
_GROUPS = frozenset(
    {
        "admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates", "coordination",
        "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node", "rbac.authorization", "resource",
        "scheduling", "storage", "storagemigration",
    }
)  # fmt: skip
_SHOWN = 60
_LONGEST = 1 + max(map(len, VERSIONS))


def group_of(version: str) -> str:
    """Return the group of an apiVersion, "" of the core's."""
    return version.rpartition("/")[0]


@lru_cache(maxsize=1024)
def _nearest(kind: str) -> str:
    lower = kind.lower()
    return _BY_LOWER.get(lower) or next((one for word, one in _BY_LOWER.items() if is_one_typo_away(lower, word)), "")


def meant_kind(version: str, kind: str) -> str:
    """Return which kind of ours somebody meant who wrote this type, "" where it is another kind."""
    group = group_of(version)
    own = VERSIONS.get(kind)
    if own is not None:
        return kind if _is_of_kubernetes(group) or is_one_typo_away(group.lower(), group_of(own)) else ""
    return _nearest(kind) if len(kind) <= _LONGEST and _is_of_kubernetes(group) else ""


def _is_of_kubernetes(group: str) -> bool:
    return "." not in group or (group.endswith(_SUFFIX) and group.removesuffix(_SUFFIX) in _GROUPS)


def report_meant(cursor: Cursor, top: Fields, written: tuple[str, str], meant: str) -> None:
    """SVC105: a type that is none, where one of ours was meant; at its kind, or at the version where the kind is right."""
    version, kind = written
    own = VERSIONS[meant]
    cursor.object = meant
    if kind == meant:
        node = top.get("apiVersion", cursor.root)
        cursor.report("SVC105", f'"{version[:_SHOWN]}" is not supported', node, hint=f"{kind} is {own}")
        return
    where = "" if group_of(own) == group_of(version) else f" of {own}"
    message = f'there is no kind "{kind[:_SHOWN]}" in {version[:_SHOWN]}'
    cursor.report("SVC105", message, top.get("kind", cursor.root), hint=f"did you mean {meant}{where}?")
