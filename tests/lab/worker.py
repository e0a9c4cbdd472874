"""The node that most labs have."""

CONFIG = """\
apiVersion: svcc.dev/v1alpha1
kind: NodeConfig
nodeName: worker-1
nodeIPs: [172.20.5.11, "fd00:20::11"]
clusterCIDRs: [10.128.0.0/14, "fd00:10::/48"]
serviceCIDRs: [10.96.0.0/16, "fd00:96::/112"]
"""
