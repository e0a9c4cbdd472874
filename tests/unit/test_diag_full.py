import pytest

from svcc.diag import Diagnostics, Full, Source, Span


def test_a_sink_takes_so_many_errors_and_then_says_so():
    sink = Diagnostics()
    source = Source("a.yaml", "")
    for line in range(1, Diagnostics.MOST):
        sink.add("SVC104", "x is required", span=Span(source, line, 1))
    with pytest.raises(Full):
        sink.add("SVC104", "x is required", span=Span(source, Diagnostics.MOST, 1))
    assert Diagnostics.MOST + 1 == sink.errors
    assert ["SVC009"] == [one.code for one in sink if one.code != "SVC104"]


def test_warnings_are_not_counted_unless_they_are_errors():
    warned = Diagnostics()
    for line in range(Diagnostics.MOST + 10):
        warned.add("SVC116", "x is ignored", field=str(line))
    assert Diagnostics.MOST + 10 == warned.warnings
    strict = Diagnostics(strict=True)
    for line in range(1, Diagnostics.MOST):
        strict.add("SVC116", "x is ignored", field=str(line))
    with pytest.raises(Full):
        strict.add("SVC116", "x is ignored")
