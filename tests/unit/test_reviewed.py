import base64
import json
import zlib
from dataclasses import replace

import pytest

from svcc.diag import Diagnostics, Source
from svcc.plan.change import Action, Change, ChangeReason
from svcc.reviewed import Reviewed, decode, is_one, marks, moved, render

CHANGE = Change(Action.CREATE, "iptables", "chain", "IPv4 nat SVCC-A", None, ("-j A",), ChangeReason.MISSING)
ONE = Reviewed(
    svcc="0.1.0",
    digest="5f70",
    place="host",
    node="worker-1",
    backend="auto",
    mode=None,
    named="worker-1",
    no_fallback=False,
    locked=True,
    strict=False,
    ignored=("SVC221",),
    changes=marks([CHANGE]),
    manifests=(Source("shop/web.yaml", "kind: Service\n# déjà vu\n"), Source("<stdin>", "")),
    config=(Source("svcc.yaml", "mode: iptables\n"),),
)


def text_of(source):
    return (source.name, source.text)


def read(text):
    sink = Diagnostics()
    return decode(Source("today.plan", text), sink), list(sink)


def packed(held):
    return base64.b64encode(zlib.compress(json.dumps(held).encode())).decode()


def test_what_is_rendered_is_decoded_and_the_same_plan_has_the_same_bytes():
    text = render(ONE)
    found, mistakes = read(text)
    assert (ONE, []) == (found, mistakes)
    assert [text_of(one) for one in ONE.manifests] == [text_of(one) for one in found.manifests]
    assert [text_of(one) for one in ONE.config] == [text_of(one) for one in found.config]
    assert text == render(found)


@pytest.mark.parametrize("text", [render(ONE), render(ONE).replace("\n ", " "), f"\n{render(ONE)}", render(ONE)[:200]])
def test_a_plan_is_known_by_how_it_begins_however_it_is_damaged_further_down(text):
    assert is_one(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "kind: Plan\napiVersion: svcc.dev/v1alpha1\n",
        '{"kind": "Service", "apiVersion": "v1"}',
        '{"kind": "Plan"}',
    ],
)
def test_manifests_are_not_taken_for_plans(text):
    assert not is_one(text)


def test_what_is_changed_in_another_way_now_is_named():
    other = replace(CHANGE, after=("-j B",))
    more = replace(CHANGE, key="IPv4 nat SVCC-B")
    assert () == moved(ONE, [CHANGE])
    assert ("iptables IPv4 nat SVCC-A",) == moved(ONE, [other])
    assert ("iptables IPv4 nat SVCC-A", "iptables IPv4 nat SVCC-B") == moved(ONE, [more])


def damaged(**changes):
    return json.dumps({**json.loads(render(ONE)), **changes})


def without(name):
    held = json.loads(render(ONE))
    del held[name]
    return json.dumps(held)


HOSTILE = {
    "cut off": (render(ONE)[:-40], "it is not JSON"),
    "a list": ("[]", "it is not of kind Plan"),
    "of tomorrow": (damaged(apiVersion="svcc.dev/v2"), "it is not of kind Plan"),
    "deep": ("[" * 100_000, "nested too deeply"),
    "a field too few": (without("digest"), "'digest' is missing"),
    "a field too many": (damaged(run="rm -rf /"), "'run' is unknown"),
    "a number": (damaged(digest=5), "'digest' has a value of another type"),
    "a word for a truth": (damaged(locked="yes"), "'locked' has a value of another type"),
    "a list of numbers": (damaged(ignored=[1]), "'ignored' has a value of another type"),
    "changes of lists": (damaged(changes={"a": []}), "'changes' has a value of another type"),
    "no base 64": (damaged(inputs="!"), "its inputs are damaged"),
    "no text": (damaged(inputs=7), "its inputs are damaged"),
    "not compressed": (damaged(inputs=base64.b64encode(b"x").decode()), "its inputs are damaged"),
    "half": (damaged(inputs=packed({"manifests": [], "config": [], "lock": []})[:16]), "its inputs are damaged"),
    "another shape": (damaged(inputs=packed([])), "its inputs are damaged"),
    "other texts": (damaged(inputs=packed({"manifests": [], "config": [], "locks": []})), "its inputs are damaged"),
    "texts of numbers": (damaged(inputs=packed({"manifests": [[1, 2]], "config": [], "lock": []})), "are damaged"),
    "no list": (damaged(inputs=packed({"manifests": {}, "config": [], "lock": []})), "its inputs are damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_plan_is_a_diagnostic(name):
    text, words = HOSTILE[name]
    found, (mistake,) = read(text)
    assert (None, "SVC403", True) == (found, mistake.code, words in mistake.message), mistake.message


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr("svcc.reviewed.MOST", 1000)
    found, (mistake,) = read(damaged(inputs=packed({"manifests": [["a", "x" * 2000]], "config": [], "lock": []})))
    assert (None, True) == (found, "damaged, or too large" in mistake.message)
