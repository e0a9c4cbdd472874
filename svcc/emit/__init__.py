"""Targets: each turns the rule graph into its own ruleset, and never sees another target."""
