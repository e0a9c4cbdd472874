import pytest

from svcc.kernel import modules
from svcc.kernel.base import NotFound, ToolFailed, Unsupported


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Give a kernel in which `ip_vs` is loaded, `dummy` can be, and nothing else; its value is what modprobe was asked."""
    asked = []

    def run(argv):
        asked.append(argv)
        if argv[-1] != "dummy":
            raise ToolFailed(f"modprobe failed with status 1: Module {argv[-1]} not found")

    (tmp_path / "ip_vs").mkdir()
    monkeypatch.setattr(modules, "_LOADED", tmp_path)
    monkeypatch.setattr(modules, "_IN_USE", {})
    monkeypatch.setattr(modules, "run", run)
    return asked


def test_what_is_neither_there_nor_to_be_had_is_missing(kernel):
    assert ("ip_vs_mh",) == modules.missing(["ip_vs", "dummy", "ip_vs_mh"])


def test_asking_loads_nothing(kernel):
    modules.missing(["ip_vs", "dummy", "ip_vs_mh"])
    assert all("--dry-run" in argv for argv in kernel)


def test_a_module_that_only_its_file_betrays_is_there(kernel, tmp_path, monkeypatch):
    (tmp_path / "proc").write_text("")
    monkeypatch.setattr(modules, "_IN_USE", {"built_in": tmp_path / "proc"})
    assert () == modules.missing(["built_in"])


def test_without_modprobe_what_is_there_is_all_there_is(kernel, monkeypatch):
    def run(argv):
        raise NotFound("modprobe is not installed")

    monkeypatch.setattr(modules, "run", run)
    assert ("dummy",) == modules.missing(["ip_vs", "dummy"])


def test_only_what_is_not_there_is_loaded(kernel):
    modules.load(["ip_vs", "dummy"])
    assert [["modprobe", "dummy"]] == kernel


def test_what_cannot_be_loaded_is_told_in_the_words_of_modprobe(kernel):
    with pytest.raises(Unsupported, match=r"the kernel module ip_vs_mh cannot be loaded: .* not found"):
        modules.load(["ip_vs_mh"])


def test_what_is_demanded_and_missing_is_named(kernel):
    with pytest.raises(Unsupported, match=r"no IPVS \(module ip_vs_mh\)"):
        modules.demand(["dummy", "ip_vs_mh"])
