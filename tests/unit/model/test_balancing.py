"""The annotations that say how a Service shares its connections, svcc's own and kube-router's."""

import json

import pytest

from svcc.config import NodeConfig
from svcc.diag import Diagnostics, Source
from svcc.model.decode import decode
from svcc.model.service import EVERY_OTHER, ConnectionLimit

THEIRS = "kube-router.io/service."


def run(annotations):
    head = f"apiVersion: v1\nkind: Service\nmetadata: {{name: cart, annotations: {json.dumps(annotations)}}}\n"
    sink = Diagnostics()
    found = decode(
        [Source("a.yaml", head + "spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}\n")], NodeConfig(), sink
    )
    return found.services[0] if found.services else None, [(one.code, one.message, one.hint) for one in sink]


def decoded(annotations):
    one, told = run(annotations)
    assert [] == told
    return one


@pytest.mark.parametrize(
    ("text", "scheduler", "flags"),
    [
        ("lc", "lc", ()),
        ("random", "random", ()),
        ("sh,sh-port", "sh", ("sh-port",)),
        (" mh , mh-port, mh-fallback ", "mh", ("mh-fallback", "mh-port")),
        ("rr, ops", "rr", ("ops",)),
    ],
)
def test_a_scheduler_stands_before_its_flags(text, scheduler, flags):
    one = decoded({"svcc.dev/scheduler": text})
    assert (scheduler, flags) == (one.scheduler, one.scheduler_flags)


def test_limits_are_for_an_endpoint_or_for_every_other():
    one = decoded({"svcc.dev/connection-limits": "*=100:200, 10.1.2.3=50,fd00::1 = 7:7"})
    assert {
        EVERY_OTHER: ConnectionLimit(100, 200),
        "10.1.2.3": ConnectionLimit(0, 50),
        "fd00::1": ConnectionLimit(7, 7),
    } == one.connection_limits


@pytest.mark.parametrize("method", ["masq", "dr", "tun"])
def test_a_forwarding_method_is_one_of_three(method):
    assert method == decoded({"svcc.dev/forwarding": method}).forwarding


def test_without_annotations_nothing_is_asked_for():
    one = decoded({})
    assert (None, (), "masq", {}) == (one.scheduler, one.scheduler_flags, one.forwarding, one.connection_limits)


@pytest.mark.parametrize(
    ("name", "text", "code", "message"),
    [
        ("scheduler", "", "SVC105", '"" is not supported'),
        ("scheduler", "sh, sh-prot", "SVC105", '"sh-prot" is not supported'),
        ("scheduler", "sh-port", "SVC105", '"sh-port" is not supported'),
        ("scheduler", "mh, sh-port", "SVC112", "sh-port goes with sh, not with mh"),
        ("scheduler", "random, ops", "SVC112", "ops goes with the schedulers of IPVS, not with random"),
        ("scheduler", "rr, ops, ops", "SVC119", "ops is given twice"),
        ("forwarding", "nat", "SVC105", '"nat" is not supported'),
        ("connection-limits", "200", "SVC111", "not an IP address: '200'"),
        ("connection-limits", "10.1.2.3=1, 10.1.2.3=2", "SVC111", "10.1.2.3 appears twice"),
        ("connection-limits", "*=1, *=2", "SVC111", "* appears twice"),
        *(
            (
                "connection-limits",
                f"*={limit}",
                "SVC111",
                f'the limit of * must be a whole number from 1 to 2147483647, or two as lower:upper, not "{limit}"',
            )
            for limit in ("0", "2:1", "-1", "1:", ":1", "2147483648", "many", "1:2:3", "")
        ),
    ],
)
def test_what_cannot_be_read_is_refused(name, text, code, message):
    one, told = run({f"svcc.dev/{name}": text})
    assert (None, [(code, message)]) == (one, [found[:2] for found in told])


def test_a_wrong_word_comes_with_a_guess():
    assert (
        "one of sh-fallback, sh-port, mh-fallback, mh-port, ops; did you mean sh-port?"
        == (run({"svcc.dev/scheduler": "sh, sh-prot"})[1][0][2])
    )


def test_kube_routers_scheduler_and_flags_are_understood():
    one = decoded({f"{THEIRS}scheduler": "mh", f"{THEIRS}schedflags": "flag-1, flag-2", f"{THEIRS}hairpin": ""})
    assert ("mh", ("mh-fallback", "mh-port")) == (one.scheduler, one.scheduler_flags)


@pytest.mark.parametrize(
    ("annotations", "scheduler", "flags", "messages"),
    [
        ({"scheduler": "Lc"}, "rr", (), ['"Lc" is no scheduler, and kube-router takes rr']),
        (
            {"scheduler": "sh", "schedflags": "flag-1"},
            "sh",
            (),
            [f"{THEIRS}schedflags counts with the scheduler mh alone"],
        ),
        ({"scheduler": "mh", "schedflags": "flag-2,flag-3"}, "mh", ("mh-port",), ['"flag-3" is no flag of mh']),
        ({"dsr": "tunnel"}, None, (), [f"svcc does not do what {THEIRS}dsr says"]),
        ({"local": ""}, None, (), [f"svcc does not do what {THEIRS}local says"]),
    ],
)
def test_what_has_no_effect_of_kube_routers_words_is_a_warning(annotations, scheduler, flags, messages):
    one, told = run({f"{THEIRS}{name}": text for name, text in annotations.items()})
    assert (scheduler, flags) == (one.scheduler, one.scheduler_flags)
    assert [("SVC116", message) for message in messages] == [found[:2] for found in told]


def test_svccs_own_scheduler_wins_over_kube_routers_with_a_note():
    one, told = run({"svcc.dev/scheduler": "lc", f"{THEIRS}scheduler": "mh", f"{THEIRS}schedflags": "flag-1"})
    assert ("lc", ()) == (one.scheduler, one.scheduler_flags)
    assert [("SVC125", "svcc.dev/scheduler is there too, and wins")] == [found[:2] for found in told]
