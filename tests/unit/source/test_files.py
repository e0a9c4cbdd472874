import io
import os
from pathlib import Path

from svcc.diag import Diagnostics, Source
from svcc.source.files import sources


def read(*paths, stdin=None):
    sink = Diagnostics()
    found = [(Path(one.name).name, one.text) for one in sources([str(path) for path in paths], sink, stdin)]
    return found, list(sink)


def codes(diagnostics):
    return [one.code for one in diagnostics]


def test_a_folder_is_read_in_sorted_order_with_its_folders(tmp_path):
    (tmp_path / "inner").mkdir()
    for name in ("b.yaml", "a.yml", "inner/c.json", "notes.txt"):
        (tmp_path / name).write_text(name)
    found, diagnostics = read(tmp_path)
    assert [("a.yml", "a.yml"), ("b.yaml", "b.yaml"), ("c.json", "inner/c.json")] == found
    assert [] == diagnostics


def test_hidden_folders_and_the_configuration_are_no_manifests(tmp_path):
    (tmp_path / ".git").mkdir()
    for name in (".git/a.yaml", "svcc.yaml", "svcc.lock", "web.yaml"):
        (tmp_path / name).write_text("a: 1")
    assert [("web.yaml", "a: 1")] == read(tmp_path)[0]


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    assert (["SVC005"], []) == (codes(read(tmp_path)[1]), read(tmp_path)[0])


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    (tmp_path / "web.yaml").write_text("a: 1")
    assert [("web.yaml", "a: 1")] == read(tmp_path, tmp_path / "web.yaml")[0]


def test_standard_input_is_named_by_a_dash():
    assert [("<stdin>", "a: 1")] == read("-", stdin=io.BytesIO(b"a: 1"))[0]


def test_standard_input_that_is_closed_is_reported():
    assert ["SVC004"] == codes(read("-")[1])


def test_a_path_that_does_not_exist_is_reported_and_the_rest_is_read(tmp_path):
    (tmp_path / "web.yaml").write_text("a: 1")
    found, diagnostics = read(tmp_path / "gone.yaml", tmp_path / "web.yaml")
    assert [("web.yaml", "a: 1")] == found
    assert [("SVC004", f"cannot read {tmp_path}/gone.yaml: no such file or directory")] == [
        (one.code, one.message) for one in diagnostics
    ]


def test_a_broken_link_in_a_folder_is_reported(tmp_path):
    (tmp_path / "link.yaml").symlink_to(tmp_path / "gone")
    assert ["SVC004"] == codes(read(tmp_path)[1])


def test_a_path_with_nul_is_reported():
    assert ["SVC004"] == codes(read("a\0b")[1])


def test_an_empty_path_is_reported_as_one():
    message = "cannot read a file without a name: the path is empty"
    assert [("SVC004", message)] == [(one.code, one.message) for one in read("")[1]]


def test_a_folder_without_manifests_is_reported_with_its_path(tmp_path):
    assert [("SVC005", f"no manifests in the folder {tmp_path}")] == [
        (one.code, one.message) for one in read(tmp_path)[1]
    ]


def test_a_byte_order_mark_is_dropped_and_line_ends_stay(tmp_path):
    (tmp_path / "web.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert [("web.yaml", "a: 1\r\nb: 2\r\n")] == read(tmp_path)[0]


def test_bytes_that_are_not_utf8_are_reported_where_they_stand(tmp_path):
    (tmp_path / "web.yaml").write_bytes("a: é\nbé: ".encode() + b"\xff\n")
    found, (one,) = read(tmp_path)
    assert [] == found
    assert ("SVC007", 2, 5) == (one.code, one.span.line, one.span.column)


def test_control_characters_are_reported_where_they_stand(tmp_path):
    (tmp_path / "web.yaml").write_bytes("é: 1\r\nb: ".encode() + b"\x00")
    (one,) = read(tmp_path)[1]
    assert ("SVC007", 2, 4) == (one.code, one.span.line, one.span.column)


def test_utf16_is_named_as_such(tmp_path):
    (tmp_path / "web.yaml").write_bytes("a: 1".encode("utf-16"))
    assert ["this is UTF-16 text"] == [one.message for one in read(tmp_path)[1]]


def test_sources_are_read_only_when_they_are_asked_for(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1")
    stream = sources([str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")], Diagnostics())
    assert Source(str(tmp_path / "a.yaml")) == next(stream)
    (tmp_path / "b.yaml").write_text("b: 1")
    assert "b: 1" == next(stream).text
