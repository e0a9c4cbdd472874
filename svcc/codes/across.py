"""Codes of several objects together: SVC2xx."""

from svcc.codes.code import Code, Severity

_E = Severity.ERROR

ACROSS: dict[str, Code] = {
    "SVC201": Code(
        _E,
        "the same object twice",
        "Two documents of one kind have the same namespace and name. In a cluster the second would replace the first.",
    ),
    "SVC202": Code(
        _E,
        "an address and port claimed twice",
        "Two Services want the same address, port and protocol (cluster, external and load-balancer addresses together), so a packet to it could go to either.",
    ),
    "SVC203": Code(
        _E,
        "a cluster IP used twice",
        "Two Services have the same cluster IP. The API server never gives one address to two Services.",
    ),
    "SVC204": Code(
        _E,
        "a node port used twice",
        "A node port belongs to one Service port: another Service, or another port of this Service, already has it.",
    ),
}
