import pytest

from tests.validation.tables import call, cases, errors


@pytest.mark.parametrize("case", cases("rejected"))
def test_svcc_reports_what_the_api_server_would_all_of_it_and_nothing_else(case, tmp_path, capsys):
    code, out = call("check", case, tmp_path, capsys, "--format", "json")
    assert {(one["field"], one["reason"]) for one in case["expect"]} == errors(out)
    assert code == 1
