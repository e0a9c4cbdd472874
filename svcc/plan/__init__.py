"""Plans: the difference between what a kernel holds and what it should hold, as a value."""
