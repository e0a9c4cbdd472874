"""What a plan file may not do, before any kernel is asked: each ends with a diagnostic."""

import json
from dataclasses import replace

import pytest

from svcc.diag import Source
from svcc.reviewed import render
from tests.unit.test_reviewed import ONE, damaged


def from_texts(*texts, config=""):
    sources = tuple(Source(f"{number}.yaml", text) for number, text in enumerate(texts))
    named = (Source("svcc.yaml", config),) if config else ()
    return {"manifests": sources, "config": named}


@pytest.fixture
def write(tmp_path):
    def to(text):
        (tmp_path / "today.plan").write_text(text)
        return "today.plan"

    return to


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (render(ONE)[:-40], "it is not JSON"),
        (damaged(run="rm -rf /"), "'run' is unknown"),
        (damaged(mode="userspace"), "'mode' has a value that no option takes"),
        (damaged(named="Not A Name"), "'named' has a value that no option takes"),
        (damaged(backend="/bin/sh"), "'backend' has a value that no option takes"),
        (damaged(ignored=["SVC204"]), "'ignored' has a value that no option takes"),
    ],
)
def test_a_hostile_plan_is_told_at_its_place_with_exit_1(text, words, write, svcc):
    ended = svcc("apply", write(text))
    assert (1, "") == (ended.code, ended.out)
    assert "today.plan:1:1: error[SVC403]: not a plan that this svcc can apply: " in ended.err
    assert words in ended.err


def test_diagnostics_about_a_plan_come_as_json_too(write, svcc):
    ended = svcc("apply", write(damaged(run="")), "--format", "json")
    assert ["SVC403"] == [one["code"] for one in json.loads(ended.err)["diagnostics"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (from_texts("a: \x00\n"), "SVC007"),
        (from_texts("a: \ud800\n"), "SVC007"),
        (from_texts("", config="kind: NodeConfig\napiVersion: svcc.dev/v1alpha1\nmode: none\n"), "SVC105"),
    ],
)
def test_texts_in_a_plan_are_read_like_files(changes, code, write, svcc):
    ended = svcc("apply", write(render(replace(ONE, **changes))))
    assert (1, True) == (ended.code, f"error[{code}]" in ended.err)


@pytest.mark.parametrize(
    "option", ["--mode=nftables", "--node=a", "--strict", "--locked", "--backend=nft", "--config=c"]
)
def test_what_is_in_the_plan_already_is_wrong_usage(option, write, svcc):
    ended = svcc("apply", write(render(ONE)), option)
    assert (2, True) == (ended.code, "is in the plan already" in ended.err)


def test_a_name_of_a_text_cannot_colour_the_terminal(write, svcc):
    hostile = replace(ONE, manifests=(Source("\x1b[31m.yaml", "a: \x00"),))
    ended = svcc("apply", write(render(hostile)))
    assert (1, False) == (ended.code, "\x1b" in ended.err)
