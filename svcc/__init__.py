"""svcc compiles Kubernetes Service manifests to the Linux dataplane.

YAML becomes Manifests, Manifests become a Cluster as one node sees it, a Cluster becomes a RuleGraph, and the graph
becomes one ruleset per target. `pipeline.py` is the table of contents; `graph/walk.py` is what the rules mean.
"""

__version__ = "0.1.0"
