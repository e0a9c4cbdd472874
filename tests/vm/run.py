"""Run a command, or the tests of tests/vm/guest, on a kernel with ip_vs: Debian's, in a machine of its own.

    .venv/bin/python tests/vm/run.py ipvsadm -Ln               any command, in this checkout, as root
    .venv/bin/python tests/vm/run.py sh -c 'modprobe ip_vs_mh; lsmod'
    .venv/bin/python tests/vm/run.py --tests -k scheduler      the tests inside, with options of pytest
    .venv/bin/python tests/vm/run.py --seconds 1200 --megabytes 2048 .venv/bin/svcc apply … --mode ipvs

Inside, the host's file system is there as it is; what is written stays in memory and goes with the machine. /run is empty, the only
interface is `lo`, ip_vs is loaded. Output streams as it comes (nothing reaches the command's standard input); the exit status is the
command's, 124 when the time was over, 125 when the machine itself failed: its console is then told. The first run fetches the kernel into .vm.
Nothing that the machine needs may stand below /run, /dev, /proc or /sys.
"""

import argparse
import compileall
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.vm.kernel import prepared  # noqa: E402 - found by the line above
from tests.vm.machine import Job, TimeOutError, run  # noqa: E402 - found by the line above
from tests.vm.missing import MachineError  # noqa: E402 - found by the line above

CACHE = ROOT / ".vm"
TESTS = "tests/vm/guest"
TIME_OUT, FAILED = 124, 125
# No plugin is needed inside, and hypothesis alone takes half a minute to load there.
PYTEST = ("env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seconds", type=float, default=1800, metavar="N", help="how long it may take (default 1800)")
    reader.add_argument("--megabytes", type=int, default=1024, metavar="N", help="memory inside (default 1024)")
    reader.add_argument(
        "--tests", nargs=argparse.REMAINDER, metavar="OPTION", help=f"run {TESTS}, with options of pytest"
    )
    reader.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD")
    read = reader.parse_args()
    if not read.command and read.tests is None:
        reader.error("nothing to run")
    return read


def pytest(options: list[str]) -> tuple[str, ...]:
    """Return the command that runs the tests: all of them unless the options name some."""
    named = any((ROOT / one.partition("::")[0]).exists() for one in options)
    return (*PYTEST, *options) if named else (*PYTEST, *options, TESTS)


def ready(command: tuple[str, ...]) -> int:
    """Prepare the tests outside: compile their cases and their code; a mistake shows at once, as pytest's exit status."""
    from tests.vm.prepare import write  # a single command needs nothing of svcc

    write()
    compileall.compile_dir(ROOT / "svcc", quiet=1)
    dry = (*command, "--collect-only", "-q")
    done = subprocess.run(dry, cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


def main() -> int:
    """Run what was asked for and return its exit status."""
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if os.geteuid() != 0:
        sys.stderr.write("vm: serving the host's file system needs root\n")
        return FAILED
    job = Job(tuple(asked.command), Path.cwd(), asked.seconds, asked.megabytes)
    if asked.tests is not None:
        job = job._replace(command=pytest(asked.tests), folder=ROOT)
        status = ready(job.command)
        if status != 0:
            return status
    try:
        return run(prepared(CACHE), job)
    except TimeOutError as error:
        sys.stderr.write(f"vm: {error}\n")
        return TIME_OUT
    except MachineError as error:
        sys.stderr.write(f"vm: {error}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
