import pytest

from svcc.diag import LONGEST, Diagnostics, Related, Severity, Source, Span

FILE = Source("a.yaml", "")


def sink_with(*found, **options):
    sink = Diagnostics(**options)
    for code, line in found:
        sink.add(code, f"{code} at {line}", span=Span(FILE, line, 1), object="Service/shop/cart")
    return sink


def shown(sink):
    return [(one.code, one.span.line) for one in sink]


def test_diagnostics_come_out_by_place_and_once_each():
    sink = sink_with(("SVC104", 9), ("SVC116", 2), ("SVC104", 9))
    assert [("SVC116", 2), ("SVC104", 9)] == shown(sink)
    assert (1, 1) == (sink.errors, sink.warnings)


def test_the_order_does_not_depend_on_who_came_first():
    def told(*objects):
        sink = Diagnostics()
        for one in objects:
            sink.add("SVC104", "name is required", object=one)
        return [one.object for one in sink]

    assert told("a", "b") == told("b", "a")


def test_strict_makes_errors_of_warnings_and_leaves_notes():
    sink = sink_with(("SVC116", 1), ("SVC301", 2), strict=True)
    assert (1, 0) == (sink.errors, sink.warnings)
    assert [Severity.ERROR, Severity.NOTE] == [one.severity for one in sink]


def test_strict_holds_for_what_another_stage_collected():
    sink = Diagnostics(strict=True)
    sink.extend(sink_with(("SVC116", 1)))
    assert 1 == sink.errors


@pytest.mark.parametrize("strict", [False, True])
def test_an_ignored_code_is_not_counted_and_not_shown(strict):
    sink = sink_with(("SVC116", 1), ("SVC301", 2), ("SVC104", 3), strict=strict, ignore={"SVC116", "SVC301"})
    assert [("SVC104", 3)] == shown(sink)
    assert (1, 0, 2) == (sink.errors, sink.warnings, sink.silenced)


def test_an_object_silences_its_own_diagnostics_whenever_it_says_so():
    sink = sink_with(("SVC116", 1), ("SVC301", 2), strict=True)
    assert 1 == sink.errors
    sink.ignore("Service/shop/cart", {"SVC116"})
    sink.ignore("Service/shop/cart", {"SVC301"})
    sink.add("SVC116", "of another", object="Service/shop/front")
    sink.add("SVC116", "later", object="Service/shop/cart")
    assert (["of another"], 1, 3) == ([one.message for one in sink], sink.errors, sink.silenced)


def test_an_error_is_never_ignored():
    sink = sink_with(("SVC104", 1), ignore={"SVC104"})
    sink.ignore("Service/shop/cart", {"SVC104"})
    assert (1, False) == (sink.errors, sink.ignores("SVC104", "Service/shop/cart"))


def test_a_fresh_sink_is_empty_and_as_strict():
    sink = sink_with(("SVC104", 1), strict=True, ignore={"SVC301"}).fresh()
    assert 0 == sink.errors
    sink.add("SVC116", "a warning")
    sink.add("SVC301", "ignored")
    assert (1, 1) == (sink.errors, sink.silenced)


def test_what_is_ignored_never_fills_a_strict_sink():
    sink = Diagnostics(strict=True, ignore={"SVC116"})
    for index in range(Diagnostics.MOST + 1):
        sink.add("SVC116", f"warning {index}")
    assert (0, Diagnostics.MOST + 1) == (sink.errors, sink.silenced)


def test_what_a_manifest_holds_stays_on_one_line_of_a_diagnostic():
    sink = Diagnostics()
    related = (Related(Span(FILE, 1, 1), "first \x1b[31m"),)
    sink.add(
        "SVC103", '"a\nb" is no name', object="Service/lab/a\r", field="x[\u202e]", hint="日本 \0", related=related
    )
    (one,) = sink
    assert ('"a\\nb" is no name', "Service/lab/a\\r", "x[\\u202e]", "日本 \\x00") == (
        one.message,
        one.object,
        one.field,
        one.hint,
    )
    assert "first \\x1b[31m" == one.related[0].message


def test_no_word_of_a_diagnostic_is_endless():
    sink = Diagnostics()
    sink.add("SVC103", "a" * 10_000, object="Service/" + "\n" * 10_000)
    (one,) = sink
    assert (LONGEST + 1, 2 * LONGEST) > (len(one.message) - 1, len(one.object) - 20)
