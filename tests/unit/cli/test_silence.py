"""What counts: --strict, --ignore, the annotation svcc.dev/ignore; and explain, which says what a code means."""

import json

import pytest

from svcc.codes import CODES

WARNED = """\
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {%s}}
spec:
  clusterIP: 10.96.0.20
  externalIPs: [192.0.2.1]
  externalName: cart.example
  ports: [{name: http, port: 80}]
"""


@pytest.fixture
def warned(lab):
    """Give the laboratory one warning (SVC116) and one note (SVC221)."""

    def write(annotations=""):
        (lab / "cart.yaml").write_text(WARNED % annotations)
        return lab

    write()
    return write


def codes(svcc, *words):
    ended = svcc("check", *words, "--format", "json")
    held = json.loads(ended.out)
    return ended.code, held["errors"], held["warnings"], [(one["code"], one["severity"]) for one in held["diagnostics"]]


def test_warnings_and_notes_let_a_check_pass(svcc, warned):
    assert (0, 0, 1, [("SVC221", "note"), ("SVC116", "warning")]) == codes(svcc, warned())


def test_strict_makes_an_error_of_a_warning_and_stops(svcc, warned):
    assert (1, 1, 0, [("SVC221", "note"), ("SVC116", "error")]) == codes(svcc, warned(), "--strict")
    ended = svcc("compile", warned(), "--strict")
    assert (1, "") == (ended.code, ended.out)
    assert "error[SVC116]" in ended.err


@pytest.mark.parametrize(
    "words",
    [("--ignore", "SVC116,SVC221"), ("--ignore", "svc116", "--ignore", "SVC221"), ("--ignore", " SVC116 , SVC221,")],
)
def test_ignored_codes_are_neither_shown_nor_counted(words, svcc, warned):
    assert (0, 0, 0, []) == codes(svcc, warned(), *words, "--strict")


def test_an_annotation_silences_its_object(svcc, warned):
    lab = warned('svcc.dev/ignore: "SVC116, SVC221"')
    assert (0, 0, 0, []) == codes(svcc, lab, "--strict")
    (lab / "other.yaml").write_text(
        (WARNED % "").replace("cart", "other").replace(".20", ".21").replace("2.1]", "2.2]")
    )
    assert (0, 0, 1, [("SVC221", "note"), ("SVC116", "warning")]) == codes(svcc, lab)


def test_an_annotation_takes_codes_in_small_letters_as_the_option_does(svcc, warned):
    assert (0, 0, 0, []) == codes(svcc, warned('svcc.dev/ignore: "svc116, Svc221"'), "--strict")


def test_an_annotation_names_codes_that_can_be_ignored(svcc, warned):
    ended = svcc("check", warned("svcc.dev/ignore: SVC104"))
    assert 1 == ended.code
    assert "error[SVC105]: SVC104 is an error: it cannot be ignored" in ended.err
    assert "field  metadata.annotations[svcc.dev/ignore] of Service shop/cart" in ended.err


def test_the_number_of_ignored_ones_is_told_on_demand(svcc, warned):
    words = ("check", warned("svcc.dev/ignore: SVC116"), "--ignore", "SVC301")
    assert svcc(*words).out.endswith("0 errors, 0 warnings\n")
    assert svcc(*words, "-v").out.endswith("0 errors, 0 warnings, 1 ignored\n")


def test_ignoring_holds_for_every_command(svcc, warned):
    assert "SVC116" in svcc("graph", warned()).err
    assert "SVC116" not in svcc("graph", warned(), "--ignore", "SVC116").err


def test_strict_and_ignore_hold_for_the_configuration(svcc, lab, tmp_path):
    config = tmp_path / "proxy.yaml"
    config.write_text(
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nconntrack: {tcpBeLiberal: true}\n"
    )
    words = ("check", lab, "--config", config)
    assert [0, 1, 0] == [svcc(*words, *more).code for more in ((), ("--strict",), ("--strict", "--ignore", "SVC116"))]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("SVC104", "SVC104 is an error: it cannot be ignored."),
        ("SVC2211", "There is no diagnostic 'SVC2211'. Did you mean SVC221?"),
        ("SVC999", "There is no diagnostic 'SVC999'. svcc explain --all lists them."),
        ("SVC263", "There is no diagnostic 'SVC263'. Did you mean SVC236?"),
        ("deprecated", "There is no diagnostic 'DEPRECATED'. svcc explain --all lists them."),
        ("SVC221,SVC105", "SVC105 is an error: it cannot be ignored."),
    ],
)
def test_what_cannot_be_ignored_is_wrong_usage(code, why, svcc, lab):
    ended = svcc("check", lab, "--ignore", code)
    assert (2, True) == (ended.code, why in ended.err)


def test_a_code_is_explained_for_machines(svcc):
    held = json.loads(svcc("explain", "svc221", "--format", "json").out)
    assert ("SVC221", "note", CODES["SVC221"].title) == (held["code"], held["severity"], held["title"])
    every = json.loads(svcc("explain", "--all", "--format", "json").out)
    assert sorted(CODES) == [one["code"] for one in every]


def test_a_code_that_is_close_is_suggested(svcc):
    ended = svcc("explain", "SVC4011")
    assert (2, True) == (ended.code, "Did you mean SVC401?" in ended.err)


def test_a_mistake_that_fits_in_a_line_is_shown_with_one_way_to_mend_it(svcc):
    assert [] == [code for code, held in CODES.items() if bool(held.wrong) != bool(held.right)]
    assert [] == [code for code, held in CODES.items() if held.wrong and held.wrong == held.right]
    assert "  wrong  type: NodePorts\n  right  type: NodePort\n" in svcc("explain", "SVC105").out
    assert "  wrong  " not in svcc("explain", "SVC207").out
