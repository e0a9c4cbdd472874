"""What the commands that make zones share: the zones of the input with their serials, which the lock file then has to hold.

numbered = numbered_zones(given, read_manifests(given), {})     given.facts are those to keep; SVC236 where `--locked` forbids it
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from svcc.config import Mode

if TYPE_CHECKING:
    from svcc.cli.options import Input
    from svcc.model.manifests import Manifests
    from svcc.naming import Numbered

ANY_MODE = tuple(one.value for one in Mode)
"""Names are the same in all of them."""


def numbered_zones(given: "Input", manifests: "Manifests", chosen: Mapping[str, int]) -> "Numbered":
    """Return the zones of manifests; `chosen` are serials that the user gives, by zone.

    Raises:
        Stopped: a name is too long, or `--locked` forbids a change of a serial; the sink holds why.
    """
    from svcc.allocate import Lock
    from svcc.allocate.locked import demand_same_serials
    from svcc.naming import number, zones_of
    from svcc.reading import stop_on_errors

    before = given.facts or Lock()
    numbered = number(zones_of(manifests, given.config, given.sink), before, chosen)
    if given.lock.locked:
        demand_same_serials(before, numbered.lock, given.sink)
        stop_on_errors(given.sink)
    given.facts = numbered.lock
    return numbered
