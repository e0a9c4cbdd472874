"""The only rooms that touch the machine: `snapshot`, `check` and `commit` for each subsystem."""
