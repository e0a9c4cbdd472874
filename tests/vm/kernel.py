"""Debian's cloud kernel, unpacked from its package and never installed, with what it starts from.

    prepared(Path(".vm"))   ->   Kernel("6.1.0-56-cloud-amd64", .vm/kernel/boot/vmlinuz-…, .vm/kernel/lib/modules, .vm/initramfs.gz)

The folder keeps all of it, so that only the first run fetches anything; remove the folder to get the newest kernel. Which package
`linux-image-cloud-amd64` stands for is what apt says. Its modules are not indexed (dpkg's trigger would do that): depmod.
"""

import fcntl
import lzma
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.vm.initramfs import Part, initramfs
from tests.vm.missing import MachineError, static_busybox, tool

PACKAGE = "linux-image-cloud-amd64"
FIRST = Path(__file__).parent / "inside" / "first.sh"
_FOLDERS = ("bin", "proc", "sys", "dev", "mod", "lower", "upper", "root")
_NEEDED = ("virtio_pci", "virtio_console", "virtiofs", "overlay")
_SECONDS = 600


class Kernel(NamedTuple):
    """A kernel on disk."""

    release: str
    image: Path
    modules: Path
    initramfs: Path


def prepared(folder: Path) -> Kernel:
    """Return the kernel that a folder keeps; it is fetched first where there is none.

    Raises:
        MachineError: a tool is missing, or the package cannot be had; the message says which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = folder / "kernel"
        if not root.exists():
            _fetch(folder, root)
        modules = root / "lib/modules"
        release = next(modules.iterdir()).name
        kernel = Kernel(release, root / "boot" / f"vmlinuz-{release}", modules, folder / "initramfs.gz")
        _write_anew(kernel.initramfs, initramfs(_parts(root, release)))
        return kernel


def _fetch(folder: Path, root: Path) -> None:
    """Unpack the kernel's package; `root` appears only once it is whole."""
    fetched = folder / "fetched"
    shutil.rmtree(fetched, ignore_errors=True)
    (fetched / "root").mkdir(parents=True)
    _run(fetched, "apt-get", "-o", "APT::Sandbox::User=root", "-qq", "download", _newest())
    _run(fetched, "dpkg-deb", "-x", str(next(fetched.glob("*.deb"))), "root")
    if not (fetched / "root/lib/modules").exists():
        (fetched / "root/usr/lib").rename(fetched / "root/lib")
    release = next((fetched / "root/lib/modules").iterdir()).name
    _run(fetched, "depmod", "-b", str(fetched / "root"), release)
    (fetched / "root").rename(root)
    shutil.rmtree(fetched)


def _newest() -> str:
    """Return the package that holds the kernel, as apt knows it."""
    found = re.search(r"Depends: (linux-image-\d\S*)", _run(None, "apt-cache", "depends", PACKAGE))
    if found is None:
        raise MachineError(f"apt does not know the package {PACKAGE}: apt-get update")
    return found[1]


def _parts(root: Path, release: str) -> Iterator[Part]:
    yield from (Part(name) for name in _FOLDERS)
    yield Part("init", 0o755, FIRST.read_bytes())
    yield Part("bin/busybox", 0o755, static_busybox())
    names = []
    for path in _needed(root, release):
        packed = path.suffix == ".xz"
        names.append(path.stem if packed else path.name)
        read = path.read_bytes()
        yield Part(f"mod/{names[-1]}", 0o644, lzma.decompress(read) if packed else read)
    yield Part("mod/order", 0o644, "".join(f"{name}\n" for name in names).encode())


def _needed(root: Path, release: str) -> Iterator[Path]:
    """Yield the modules without which there is no root file system, each after those that it needs itself."""
    seen = set()
    for name in _NEEDED:
        shown = _run(None, "modprobe", "-d", str(root), "-S", release, "--show-depends", name)
        for line in shown.splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "insmod" and rest not in seen:
                seen.add(rest)
                yield Path(rest.strip())


def _write_anew(path: Path, content: bytes) -> None:
    """Replace a file that another run may be reading, unless it is the same already."""
    if not path.exists() or path.read_bytes() != content:
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.rename(path)


def _run(folder: Path | None, name: str, *words: str) -> str:
    command = (tool(name), *words)
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False, timeout=_SECONDS)
    if done.returncode != 0:
        raise MachineError(f"{name} {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
