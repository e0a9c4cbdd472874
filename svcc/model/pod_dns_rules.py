"""The rules for how a Pod asks for names: `dnsConfig` and `hostAliases`.

    dnsPolicy: None                          SVC104 spec.dnsConfig: there is no default to start from
    hostAliases: [{ip: 10.0.0.1.}]           SVC107 spec.hostAliases[0].ip

Facts (Kubernetes 1.34): a search domain may have underscores and a dot at its end, or be a dot alone.
"""

import re

from svcc.diag import Reason
from svcc.model.pod_draft import Draft, fields_of, found_in, list_of, text_of
from svcc.model.pod_names import SHOWN, check_subdomain
from svcc.source.cursor import Cursor, Fields, Node

MAX_NAMESERVERS, MAX_SEARCHES, MAX_SEARCH_CHARACTERS = 3, 32, 2048

_MAX_SEARCH = 253
_SEARCH_LABEL = r"_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_SEARCH = re.compile(rf"{_SEARCH_LABEL}(?:\.{_SEARCH_LABEL})*\Z")


def check_dns_config(draft: Draft) -> None:
    """Report what is wrong with the name servers, search domains and options of a Pod."""
    cursor = draft.cursor
    node = draft.spec.get("dnsConfig")
    config = fields_of(cursor, node)
    servers = list_of(config.get("nameservers"))
    if text_of(draft.spec.get("dnsPolicy")) == "None" and not servers:
        _need_servers(draft, config)
    if len(servers) > MAX_NAMESERVERS:
        _too_many(cursor, config["nameservers"], f"{MAX_NAMESERVERS} name servers")
    for server in servers:
        cursor.address(server)
    _check_searches(cursor, config)
    for one, found in found_in(cursor, config.get("options")):
        if text_of(found.get("name")) == "":
            cursor.report("SVC104", "an option has a name", one)


def _need_servers(draft: Draft, config: Fields) -> None:
    """SVC104: a Pod that wants no DNS of the cluster, and names none itself."""
    cursor, node = draft.cursor, draft.spec.get("dnsConfig")
    if node is None:
        cursor.report("SVC104", "dnsPolicy None needs dnsConfig", draft.node, below="dnsConfig")
    elif cursor.is_mapping(node):
        where, below = config.get("nameservers", node), "" if "nameservers" in config else "nameservers"
        cursor.report("SVC104", "dnsPolicy None needs a name server", where, below=below)


def _check_searches(cursor: Cursor, config: Fields) -> None:
    searches = list_of(config.get("searches"))
    if len(searches) > MAX_SEARCHES:
        _too_many(cursor, config["searches"], f"{MAX_SEARCHES} domains")
    if len(" ".join(text_of(one) or "" for one in searches)) > MAX_SEARCH_CHARACTERS:
        _too_many(cursor, config["searches"], f"{MAX_SEARCH_CHARACTERS} characters of domains")
    for one in searches:
        _check_search(cursor, one)


def _too_many(cursor: Cursor, node: Node, what: str) -> None:
    """SVC156: more than a resolver reads."""
    cursor.report("SVC156", f"a resolver reads at most {what}", node, reason=Reason.INVALID)


def _check_search(cursor: Cursor, node: Node) -> None:
    """SVC103: not a search domain; these may have underscores and a dot at the end, or be a dot alone."""
    word = text_of(node)
    if word is None or word == ".":
        return
    name = word.removesuffix(".")
    if len(name) > _MAX_SEARCH or not _SEARCH.match(name):
        cursor.report("SVC103", f'"{word[:SHOWN]}" is not a search domain', node, reason=Reason.INVALID)


def check_host_aliases(draft: Draft) -> None:
    """Report addresses and names of a Pod's own hosts file that cannot be."""
    cursor = draft.cursor
    for node, found in found_in(cursor, draft.spec.get("hostAliases")):
        if "ip" not in found:
            cursor.report("SVC104", "ip is required", node, below="ip", reason=Reason.INVALID)
        cursor.address(found.get("ip"))
        for name in list_of(found.get("hostnames")):
            if text_of(name) == "":
                cursor.report("SVC103", "a host has a name", name, reason=Reason.INVALID)
            check_subdomain(cursor, name)
