"""The fields of a Pod in the Kubernetes API (1.34) and the type of each, down to the last volume source.

    Probe  grpc:GRPCAction timeoutSeconds:integer …   ->   TYPES["Probe"].fields["timeoutSeconds"] == Field(Shape.ONE, "integer")

A line of the table is a type and its fields; a field without a type is a string, `[T]` is a list and `{T}` a mapping of T by any key.
Words in lower case are scalars: `port` is a number or a name, `mode` a number that people write in octal, `quantity` a number or a string
such as 100m, `any` is not looked into.
"""

from enum import Enum
from typing import NamedTuple


class Shape(Enum):
    """Whether a field holds one value, a list of them, or a mapping to them."""

    ONE = ""
    LIST = "["
    MAP = "{"


class Field(NamedTuple):
    """The type of a field; `of` is a scalar in lower case, or the name of a type of the table."""

    shape: Shape
    of: str


class Type(NamedTuple):
    """A mapping with known fields."""

    fields: dict[str, Field]
    known: frozenset[str]


_TABLE = """
Pod  apiVersion kind metadata:any spec:PodSpec status:PodStatus
ObjectMeta  creationTimestamp deletionTimestamp generateName name namespace resourceVersion selfLink uid
    annotations:{string} labels:{string} deletionGracePeriodSeconds:integer generation:integer finalizers:[string]
    managedFields:[any] ownerReferences:[any]
PodSpec  dnsPolicy hostname hostnameOverride nodeName preemptionPolicy priorityClassName restartPolicy
    runtimeClassName schedulerName serviceAccount serviceAccountName subdomain activeDeadlineSeconds:integer
    priority:integer terminationGracePeriodSeconds:integer affinity:Affinity automountServiceAccountToken:boolean
    enableServiceLinks:boolean hostIPC:boolean hostNetwork:boolean hostPID:boolean hostUsers:boolean
    setHostnameAsFQDN:boolean shareProcessNamespace:boolean containers:[Container] initContainers:[Container]
    dnsConfig:PodDNSConfig ephemeralContainers:[EphemeralContainer] hostAliases:[HostAlias]
    imagePullSecrets:[LocalObjectReference] nodeSelector:{string} os:PodOS overhead:{quantity}
    readinessGates:[PodReadinessGate] resourceClaims:[PodResourceClaim] resources:ResourceRequirements
    schedulingGates:[PodSchedulingGate] securityContext:PodSecurityContext tolerations:[Toleration]
    topologySpreadConstraints:[TopologySpreadConstraint] volumes:[Volume]
Affinity  nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
NodeAffinity  preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]
    requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
PreferredSchedulingTerm  preference:NodeSelectorTerm weight:integer
NodeSelectorTerm  matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]
NodeSelectorRequirement  key operator values:[string]
NodeSelector  nodeSelectorTerms:[NodeSelectorTerm]
PodAffinity  preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
    requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
WeightedPodAffinityTerm  podAffinityTerm:PodAffinityTerm weight:integer
PodAffinityTerm  topologyKey labelSelector:LabelSelector namespaceSelector:LabelSelector matchLabelKeys:[string]
    mismatchLabelKeys:[string] namespaces:[string]
LabelSelector  matchExpressions:[LabelSelectorRequirement] matchLabels:{string}
LabelSelectorRequirement  key operator values:[string]
PodAntiAffinity  preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]
    requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]
Container  image imagePullPolicy name restartPolicy terminationMessagePath terminationMessagePolicy workingDir
    args:[string] command:[string] env:[EnvVar] envFrom:[EnvFromSource] lifecycle:Lifecycle livenessProbe:Probe
    readinessProbe:Probe startupProbe:Probe ports:[ContainerPort] resizePolicy:[ContainerResizePolicy]
    resources:ResourceRequirements restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext
    stdin:boolean stdinOnce:boolean tty:boolean volumeDevices:[VolumeDevice] volumeMounts:[VolumeMount]
EnvVar  name value valueFrom:EnvVarSource
EnvVarSource  configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector
    resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
ConfigMapKeySelector  key name optional:boolean
ObjectFieldSelector  apiVersion fieldPath
FileKeySelector  key path volumeName optional:boolean
ResourceFieldSelector  containerName resource divisor:quantity
SecretKeySelector  key name optional:boolean
EnvFromSource  prefix configMapRef:ConfigMapEnvSource secretRef:SecretEnvSource
ConfigMapEnvSource  name optional:boolean
SecretEnvSource  name optional:boolean
Lifecycle  stopSignal postStart:LifecycleHandler preStop:LifecycleHandler
LifecycleHandler  exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction
ExecAction  command:[string]
HTTPGetAction  host path scheme httpHeaders:[HTTPHeader] port:port
HTTPHeader  name value
SleepAction  seconds:integer
TCPSocketAction  host port:port
Probe  exec:ExecAction failureThreshold:integer initialDelaySeconds:integer periodSeconds:integer
    successThreshold:integer terminationGracePeriodSeconds:integer timeoutSeconds:integer grpc:GRPCAction
    httpGet:HTTPGetAction tcpSocket:TCPSocketAction
GRPCAction  service port:integer
ContainerPort  hostIP name protocol containerPort:integer hostPort:integer
ContainerResizePolicy  resourceName restartPolicy
ResourceRequirements  claims:[ResourceClaim] limits:{quantity} requests:{quantity}
ResourceClaim  name request
ContainerRestartRule  action exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes  operator values:[integer]
SecurityContext  procMount allowPrivilegeEscalation:boolean privileged:boolean readOnlyRootFilesystem:boolean
    runAsNonRoot:boolean appArmorProfile:AppArmorProfile capabilities:Capabilities runAsGroup:integer
    runAsUser:integer seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile
    windowsOptions:WindowsSecurityContextOptions
AppArmorProfile  localhostProfile type
Capabilities  add:[string] drop:[string]
SELinuxOptions  level role type user
SeccompProfile  localhostProfile type
WindowsSecurityContextOptions  gmsaCredentialSpec gmsaCredentialSpecName runAsUserName hostProcess:boolean
VolumeDevice  devicePath name
VolumeMount  mountPath mountPropagation name recursiveReadOnly subPath subPathExpr readOnly:boolean
PodDNSConfig  nameservers:[string] searches:[string] options:[PodDNSConfigOption]
PodDNSConfigOption  name value
HostAlias  ip hostnames:[string]
LocalObjectReference  name
PodOS  name
PodReadinessGate  conditionType
PodResourceClaim  name resourceClaimName resourceClaimTemplateName
PodSchedulingGate  name
PodSecurityContext  fsGroupChangePolicy seLinuxChangePolicy supplementalGroupsPolicy appArmorProfile:AppArmorProfile
    fsGroup:integer runAsGroup:integer runAsUser:integer runAsNonRoot:boolean seLinuxOptions:SELinuxOptions
    seccompProfile:SeccompProfile supplementalGroups:[integer] sysctls:[Sysctl]
    windowsOptions:WindowsSecurityContextOptions
Sysctl  name value
Toleration  effect key operator value tolerationSeconds:integer
TopologySpreadConstraint  nodeAffinityPolicy nodeTaintsPolicy topologyKey whenUnsatisfiable
    labelSelector:LabelSelector matchLabelKeys:[string] maxSkew:integer minDomains:integer
Volume  name awsElasticBlockStore:AWSElasticBlockStoreVolume azureDisk:AzureDiskVolume azureFile:AzureFileVolume
    cephfs:CephFSVolume cinder:CinderVolume configMap:ConfigMapVolume csi:CSIVolume downwardAPI:DownwardAPIVolume
    emptyDir:EmptyDirVolume ephemeral:EphemeralVolume fc:FCVolume flexVolume:FlexVolume flocker:FlockerVolume
    gcePersistentDisk:GCEPersistentDiskVolume gitRepo:GitRepoVolume glusterfs:GlusterfsVolume hostPath:HostPathVolume
    image:ImageVolume iscsi:ISCSIVolume nfs:NFSVolume persistentVolumeClaim:PersistentVolumeClaimVolume
    photonPersistentDisk:PhotonPersistentDiskVolume portworxVolume:PortworxVolume projected:ProjectedVolume
    quobyte:QuobyteVolume rbd:RBDVolume scaleIO:ScaleIOVolume secret:SecretVolume storageos:StorageOSVolume
    vsphereVolume:VsphereVirtualDiskVolume
AWSElasticBlockStoreVolume  fsType volumeID partition:integer readOnly:boolean
AzureDiskVolume  cachingMode diskName diskURI fsType kind readOnly:boolean
AzureFileVolume  secretName shareName readOnly:boolean
CephFSVolume  path secretFile user monitors:[string] readOnly:boolean secretRef:LocalObjectReference
CinderVolume  fsType volumeID readOnly:boolean secretRef:LocalObjectReference
ConfigMapVolume  name defaultMode:mode items:[KeyToPath] optional:boolean
KeyToPath  key path mode:mode
CSIVolume  driver fsType nodePublishSecretRef:LocalObjectReference readOnly:boolean volumeAttributes:{string}
DownwardAPIVolume  defaultMode:mode items:[DownwardAPIVolumeFile]
DownwardAPIVolumeFile  path fieldRef:ObjectFieldSelector mode:mode resourceFieldRef:ResourceFieldSelector
EmptyDirVolume  medium sizeLimit:quantity
EphemeralVolume  volumeClaimTemplate:PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate  metadata:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec  storageClassName volumeAttributesClassName volumeMode volumeName accessModes:[string]
    dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements
    selector:LabelSelector
TypedLocalObjectReference  apiGroup kind name
TypedObjectReference  apiGroup kind name namespace
VolumeResourceRequirements  limits:{quantity} requests:{quantity}
FCVolume  fsType lun:integer readOnly:boolean targetWWNs:[string] wwids:[string]
FlexVolume  driver fsType options:{string} readOnly:boolean secretRef:LocalObjectReference
FlockerVolume  datasetName datasetUUID
GCEPersistentDiskVolume  fsType pdName partition:integer readOnly:boolean
GitRepoVolume  directory repository revision
GlusterfsVolume  endpoints path readOnly:boolean
HostPathVolume  path type
ImageVolume  pullPolicy reference
ISCSIVolume  fsType initiatorName iqn iscsiInterface targetPortal chapAuthDiscovery:boolean chapAuthSession:boolean
    readOnly:boolean lun:integer portals:[string] secretRef:LocalObjectReference
NFSVolume  path server readOnly:boolean
PersistentVolumeClaimVolume  claimName readOnly:boolean
PhotonPersistentDiskVolume  fsType pdID
PortworxVolume  fsType volumeID readOnly:boolean
ProjectedVolume  defaultMode:mode sources:[VolumeProjection]
VolumeProjection  clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection
    downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection
    serviceAccountToken:ServiceAccountTokenProjection
ClusterTrustBundleProjection  name path signerName labelSelector:LabelSelector optional:boolean
ConfigMapProjection  name items:[KeyToPath] optional:boolean
DownwardAPIProjection  items:[DownwardAPIVolumeFile]
PodCertificateProjection  certificateChainPath credentialBundlePath keyPath keyType signerName
    maxExpirationSeconds:integer
SecretProjection  name items:[KeyToPath] optional:boolean
ServiceAccountTokenProjection  audience path expirationSeconds:integer
QuobyteVolume  group registry tenant user volume readOnly:boolean
RBDVolume  fsType image keyring pool user monitors:[string] readOnly:boolean secretRef:LocalObjectReference
ScaleIOVolume  fsType gateway protectionDomain storageMode storagePool system volumeName readOnly:boolean
    sslEnabled:boolean secretRef:LocalObjectReference
SecretVolume  secretName defaultMode:mode items:[KeyToPath] optional:boolean
StorageOSVolume  fsType volumeName volumeNamespace readOnly:boolean secretRef:LocalObjectReference
VsphereVirtualDiskVolume  fsType storagePolicyID storagePolicyName volumePath
PodStatus  hostIP message nominatedNodeName phase podIP qosClass reason resize startTime conditions:[PodCondition]
    containerStatuses:[ContainerStatus] ephemeralContainerStatuses:[ContainerStatus]
    initContainerStatuses:[ContainerStatus] extendedResourceClaimStatus:PodExtendedResourceClaimStatus
    hostIPs:[HostIP] observedGeneration:integer podIPs:[PodIP] resourceClaimStatuses:[PodResourceClaimStatus]
PodCondition  lastProbeTime lastTransitionTime message reason status type observedGeneration:integer
ContainerStatus  containerID image imageID name stopSignal allocatedResources:{quantity}
    allocatedResourcesStatus:[ResourceStatus] lastState:ContainerState state:ContainerState ready:boolean
    started:boolean resources:ResourceRequirements restartCount:integer user:ContainerUser
    volumeMounts:[VolumeMountStatus]
ResourceStatus  name resources:[ResourceHealth]
ResourceHealth  health resourceID
ContainerState  running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting
ContainerStateRunning  startedAt
ContainerStateTerminated  containerID finishedAt message reason startedAt exitCode:integer signal:integer
ContainerStateWaiting  message reason
ContainerUser  linux:LinuxContainerUser
LinuxContainerUser  gid:integer uid:integer supplementalGroups:[integer]
VolumeMountStatus  mountPath name recursiveReadOnly readOnly:boolean
PodExtendedResourceClaimStatus  resourceClaimName requestMappings:[ContainerExtendedResourceRequest]
ContainerExtendedResourceRequest  containerName requestName resourceName
HostIP  ip
PodIP  ip
PodResourceClaimStatus  name resourceClaimName
"""


def _type(words: list[str]) -> Type:
    fields = {}
    for word in words:
        name, _, of = word.partition(":")
        shape = Shape(of[:1]) if of[:1] in ("[", "{") else Shape.ONE
        fields[name] = Field(shape, of.strip("[]{}") or "string")
    return Type(fields, frozenset(fields))


def _types() -> dict[str, Type]:
    lines = _TABLE.replace("\n    ", " ").split("\n")
    words = {name: fields for name, *fields in (line.split() for line in lines if line)}
    words["EphemeralContainer"] = [*words["Container"], "targetContainerName"]
    return {name: _type(fields) for name, fields in words.items()}


TYPES = _types()
