/* What containers are made of: Config, HostConfig, mounts, endpoints, and the bodies built from
 * them. A table file: how the rows are applied is in schema.c, whose look-up relies on their strcmp
 * order. */
#include "policy/schema_table.h"

static const struct field health_fields[] = {
	FIELD("Interval", INTEGER, HARMLESS, 24),      FIELD("Retries", INTEGER, HARMLESS, 24),
	FIELD("StartInterval", INTEGER, HARMLESS, 44), FIELD("StartPeriod", INTEGER, HARMLESS, 29),
	SECRET("Test", STRINGS, HARMLESS, 24),         FIELD("Timeout", INTEGER, HARMLESS, 24),
};
const struct schema schema_health = SCHEMA("Healthcheck", health_fields);

static const struct field ulimit_fields[] = {
	FIELD("Hard", INTEGER, CAPPED, 24),
	FIELD("Name", STRING, CAPPED, 24),
	FIELD("Soft", INTEGER, CAPPED, 24),
};
const struct schema schema_ulimit = SCHEMA("Ulimit", ulimit_fields);

static const struct field restart_policy_fields[] = {
	FIELD("MaximumRetryCount", INTEGER, CAPPED, 24),
	FIELD("Name", STRING, CAPPED, 24),
};
static const struct schema schema_restart_policy = SCHEMA("RestartPolicy", restart_policy_fields);

static const struct field log_config_fields[] = {
	SECRET("Config", STRING_MAP, JUDGED, 24),
	FIELD("Type", STRING, JUDGED, 24),
};
static const struct schema schema_log_config = SCHEMA("LogConfig", log_config_fields);

static const struct field port_binding_fields[] = {
	FIELD("HostIp", STRING, CAPPED, 24),
	FIELD("HostPort", STRING, CAPPED, 24),
};
static const struct schema schema_port_binding = SCHEMA("PortBinding", port_binding_fields);

static const struct field device_fields[] = {
	FIELD("CgroupPermissions", STRING, HARMLESS, 24),
	FIELD("PathInContainer", STRING, HARMLESS, 24),
	FIELD("PathOnHost", STRING, JUDGED, 24),
};
static const struct schema schema_device = SCHEMA("Device", device_fields);

static const struct field device_request_fields[] = {
	FIELD("Capabilities", STRING_LISTS, JUDGED, 40), FIELD("Count", INTEGER, JUDGED, 40),
	FIELD("DeviceIDs", STRINGS, JUDGED, 40),         FIELD("Driver", STRING, JUDGED, 40),
	FIELD("Options", STRING_MAP, JUDGED, 40),
};
static const struct schema schema_device_request = SCHEMA("DeviceRequest", device_request_fields);

static const struct field weight_device_fields[] = {
	FIELD("Path", STRING, DENY, 24),
	FIELD("Weight", INTEGER, DENY, 24),
};
static const struct schema schema_weight_device = SCHEMA("BlkioWeightDevice", weight_device_fields);

static const struct field throttle_device_fields[] = {
	FIELD("Path", STRING, DENY, 24),
	FIELD("Rate", INTEGER, DENY, 24),
};
static const struct schema schema_throttle_device = SCHEMA("BlkioDevice", throttle_device_fields);

static const struct field bind_options_fields[] = {
	FIELD("CreateMountpoint", BOOL, REWRITTEN, 42),
	FIELD("NonRecursive", BOOL, HARMLESS, 40),
	FIELD("Propagation", STRING, JUDGED, 24),
	FIELD("ReadOnlyForceRecursive", BOOL, HARMLESS, 44),
	FIELD("ReadOnlyNonRecursive", BOOL, JUDGED, 44),
};
static const struct schema schema_bind_options = SCHEMA("BindOptions", bind_options_fields);

/* Options hold the password of a CIFS share, among other things. */
static const struct field volume_driver_fields[] = {
	FIELD("Name", STRING, JUDGED, 24),
	SECRET("Options", STRING_MAP, JUDGED, 24),
};
static const struct schema schema_volume_driver = SCHEMA("DriverConfig", volume_driver_fields);

static const struct field volume_options_fields[] = {
	NESTED("DriverConfig", OBJECT, JUDGED, 24, schema_volume_driver),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("NoCopy", BOOL, REWRITTEN, 24),
	FIELD("Subpath", STRING, JUDGED, 45),
};
static const struct schema schema_volume_options = SCHEMA("VolumeOptions", volume_options_fields);

static const struct field image_options_fields[] = {
	FIELD("Subpath", STRING, JUDGED, 48),
};
static const struct schema schema_image_options = SCHEMA("ImageOptions", image_options_fields);

static const struct field tmpfs_options_fields[] = {
	FIELD("Mode", INTEGER, HARMLESS, 24),
	FIELD("Options", STRING_LISTS, JUDGED, 46),
	FIELD("SizeBytes", INTEGER, CAPPED, 24),
};
static const struct schema schema_tmpfs_options = SCHEMA("TmpfsOptions", tmpfs_options_fields);

static const struct schema schema_cluster_options = {"ClusterOptions", NULL, 0, NULL};

static const struct field mount_fields[] = {
	NESTED("BindOptions", OBJECT, JUDGED, 24, schema_bind_options),
	NESTED("ClusterOptions", OBJECT, DENY, 42, schema_cluster_options),
	FIELD("Consistency", STRING, DROP, 29),
	NESTED("ImageOptions", OBJECT, HARMLESS, 48, schema_image_options),
	FIELD("ReadOnly", BOOL, HARMLESS, 24),
	FIELD("Source", STRING, JUDGED, 24),
	FIELD("Target", STRING, HARMLESS, 24),
	NESTED("TmpfsOptions", OBJECT, HARMLESS, 24, schema_tmpfs_options),
	FIELD("Type", STRING, JUDGED, 24),
	NESTED("VolumeOptions", OBJECT, HARMLESS, 24, schema_volume_options),
};
const struct schema schema_mount = SCHEMA("Mount", mount_fields);

/* MaskedPaths and ReadonlyPaths count as old: their empty list unmasks the host's /proc where
 * null does not, and must never be taken for an empty newer property. Capabilities is of 19.03
 * only, InitPath of 1.13 to 17.03, DiskQuota and the last of the Cpu and IOMaximum rows of
 * Windows. */
static const struct field host_config_fields[] = {
	SECRET("Annotations", STRING_MAP, DENY, 43),
	FIELD("AutoRemove", BOOL, HARMLESS, 25),
	FIELD("Binds", STRINGS, JUDGED, 24),
	NESTED("BlkioDeviceReadBps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceReadIOps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceWriteBps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceWriteIOps", OBJECTS, DENY, 24, schema_throttle_device),
	FIELD("BlkioWeight", INTEGER, CAPPED, 24),
	NESTED("BlkioWeightDevice", OBJECTS, DENY, 24, schema_weight_device),
	FIELD("CapAdd", STRING_OR_STRINGS, JUDGED, 24),
	FIELD("CapDrop", STRING_OR_STRINGS, HARMLESS, 24),
	FIELD("Capabilities", STRINGS, DENY, 40),
	FIELD("Cgroup", STRING, DENY, 24),
	FIELD("CgroupParent", STRING, JUDGED, 24),
	FIELD("CgroupnsMode", STRING, JUDGED, 41),
	FIELD("ConsoleSize", INTEGERS, HARMLESS, 24),
	FIELD("ContainerIDFile", STRING, DROP, 24),
	FIELD("CpuCount", INTEGER, DROP, 24),
	FIELD("CpuPercent", INTEGER, DROP, 24),
	FIELD("CpuPeriod", INTEGER, CAPPED, 24),
	FIELD("CpuQuota", INTEGER, CAPPED, 24),
	FIELD("CpuRealtimePeriod", INTEGER, DENY, 25),
	FIELD("CpuRealtimeRuntime", INTEGER, DENY, 25),
	FIELD("CpuShares", INTEGER, CAPPED, 24),
	FIELD("CpusetCpus", STRING, CAPPED, 24),
	FIELD("CpusetMems", STRING, CAPPED, 24),
	FIELD("DeviceCgroupRules", STRINGS, JUDGED, 28),
	NESTED("DeviceRequests", OBJECTS, JUDGED, 40, schema_device_request),
	NESTED("Devices", OBJECTS, JUDGED, 24, schema_device),
	FIELD("DiskQuota", INTEGER, DROP, 24),
	FIELD("Dns", STRINGS, HARMLESS, 24),
	FIELD("DnsOptions", STRINGS, HARMLESS, 24),
	FIELD("DnsSearch", STRINGS, HARMLESS, 24),
	FIELD("ExtraHosts", STRINGS, HARMLESS, 24),
	FIELD("GroupAdd", STRINGS, HARMLESS, 24),
	FIELD("IOMaximumBandwidth", INTEGER, DROP, 24),
	FIELD("IOMaximumIOps", INTEGER, DROP, 24),
	FIELD("Init", BOOL, HARMLESS, 25),
	FIELD("InitPath", STRING, DENY, 25),
	FIELD("IpcMode", STRING, JUDGED, 24),
	FIELD("Isolation", STRING, DENY, 24),
	FIELD("KernelMemory", INTEGER, HARMLESS, 24),
	FIELD("KernelMemoryTCP", INTEGER, HARMLESS, 40),
	FIELD("Links", STRINGS, OWNED, 24),
	NESTED("LogConfig", OBJECT, JUDGED, 24, schema_log_config),
	FIELD("MaskedPaths", STRINGS, JUDGED, 24),
	FIELD("Memory", INTEGER, CAPPED, 24),
	FIELD("MemoryReservation", INTEGER, CAPPED, 24),
	FIELD("MemorySwap", INTEGER, CAPPED, 24),
	FIELD("MemorySwappiness", INTEGER, HARMLESS, 24),
	NESTED("Mounts", OBJECTS, JUDGED, 25, schema_mount),
	FIELD("NanoCpus", INTEGER, CAPPED, 25),
	FIELD("NetworkMode", STRING, JUDGED, 24),
	FIELD("OomKillDisable", BOOL, DENY, 24),
	FIELD("OomScoreAdj", INTEGER, JUDGED, 24),
	FIELD("PidMode", STRING, JUDGED, 24),
	FIELD("PidsLimit", INTEGER, CAPPED, 24),
	NESTED("PortBindings", OBJECTS_MAP, CAPPED, 24, schema_port_binding),
	FIELD("Privileged", BOOL, JUDGED, 24),
	FIELD("PublishAllPorts", BOOL, CAPPED, 24),
	FIELD("ReadonlyPaths", STRINGS, JUDGED, 24),
	FIELD("ReadonlyRootfs", BOOL, HARMLESS, 24),
	NESTED("RestartPolicy", OBJECT, CAPPED, 24, schema_restart_policy),
	FIELD("Runtime", STRING, JUDGED, 24),
	FIELD("SecurityOpt", STRINGS, JUDGED, 24),
	FIELD("ShmSize", INTEGER, CAPPED, 24),
	FIELD("StorageOpt", STRING_MAP, JUDGED, 24),
	FIELD("Sysctls", STRING_MAP, JUDGED, 24),
	FIELD("Tmpfs", STRING_MAP, JUDGED, 24),
	FIELD("UTSMode", STRING, JUDGED, 24),
	NESTED("Ulimits", OBJECTS, CAPPED, 24, schema_ulimit),
	FIELD("UsernsMode", STRING, JUDGED, 24),
	FIELD("VolumeDriver", STRING, JUDGED, 24),
	FIELD("VolumesFrom", STRINGS, OWNED, 24),
};
const struct schema schema_host_config = SCHEMA("HostConfig", host_config_fields);

static const struct field endpoint_ipam_fields[] = {
	FIELD("IPv4Address", STRING, CAPPED, 24),
	FIELD("IPv6Address", STRING, CAPPED, 24),
	FIELD("LinkLocalIPs", STRINGS, CAPPED, 24),
};
static const struct schema schema_endpoint_ipam = SCHEMA("IPAMConfig", endpoint_ipam_fields);

/* What DROP marks here the daemon computes itself; clients send it back empty. */
static const struct field endpoint_fields[] = {
	FIELD("Aliases", STRINGS, HARMLESS, 24),
	FIELD("DNSNames", STRINGS, HARMLESS, 44),
	FIELD("DriverOpts", STRING_MAP, JUDGED, 32),
	FIELD("EndpointID", STRING, DROP, 24),
	FIELD("Gateway", STRING, DROP, 24),
	FIELD("GlobalIPv6Address", STRING, DROP, 24),
	FIELD("GlobalIPv6PrefixLen", INTEGER, DROP, 24),
	FIELD("GwPriority", INTEGER, HARMLESS, 48),
	NESTED("IPAMConfig", OBJECT, CAPPED, 24, schema_endpoint_ipam),
	FIELD("IPAddress", STRING, DROP, 24),
	FIELD("IPPrefixLen", INTEGER, DROP, 24),
	FIELD("IPv6Gateway", STRING, DROP, 24),
	FIELD("Links", STRINGS, OWNED, 24),
	FIELD("MacAddress", STRING, JUDGED, 24),
	FIELD("NetworkID", STRING, DROP, 24),
};
const struct schema schema_endpoint = SCHEMA("EndpointSettings", endpoint_fields);

static const struct field networking_fields[] = {
	NESTED("EndpointsConfig", OBJECT_MAP, OWNED, 24, schema_endpoint),
};
static const struct schema schema_networking = SCHEMA("NetworkingConfig", networking_fields);

/* Config with HostConfig and NetworkingConfig in it. name and platform are query parameters,
 * which dockerode repeats in the body, where the daemon does not read them. */
static const struct field container_create_fields[] = {
	FIELD("ArgsEscaped", BOOL, HARMLESS, 24),
	FIELD("AttachStderr", BOOL, HARMLESS, 24),
	FIELD("AttachStdin", BOOL, HARMLESS, 24),
	FIELD("AttachStdout", BOOL, HARMLESS, 24),
	SECRET("Cmd", STRING_OR_STRINGS, HARMLESS, 24),
	FIELD("Domainname", STRING, HARMLESS, 24),
	SECRET("Entrypoint", STRING_OR_STRINGS, HARMLESS, 24),
	SECRET("Env", STRINGS, HARMLESS, 24),
	FIELD("ExposedPorts", SET, HARMLESS, 24),
	NESTED("Healthcheck", OBJECT, HARMLESS, 24, schema_health),
	NESTED("HostConfig", OBJECT, HARMLESS, 24, schema_host_config),
	FIELD("Hostname", STRING, HARMLESS, 24),
	FIELD("Image", STRING, JUDGED, 24),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("MacAddress", STRING, JUDGED, 24),
	FIELD("NetworkDisabled", BOOL, HARMLESS, 24),
	NESTED("NetworkingConfig", OBJECT, HARMLESS, 24, schema_networking),
	SECRET("OnBuild", STRINGS, HARMLESS, 24),
	FIELD("OpenStdin", BOOL, HARMLESS, 24),
	SECRET("Shell", STRING_OR_STRINGS, HARMLESS, 24),
	FIELD("StdinOnce", BOOL, HARMLESS, 24),
	FIELD("StopSignal", STRING, HARMLESS, 24),
	FIELD("StopTimeout", INTEGER, CAPPED, 25),
	FIELD("Tty", BOOL, HARMLESS, 24),
	FIELD("User", STRING, HARMLESS, 24),
	FIELD("Volumes", SET, HARMLESS, 24),
	FIELD("WorkingDir", STRING, HARMLESS, 24),
	FIELD("name", ANY, DROP, 24),
	FIELD("platform", ANY, DROP, 24),
};

const struct schema schema_container_create = {"Config", ROWS(container_create_fields),
                                               &schema_host_config};

/* Config again; the lower-case rows are the query parameters that dockerode repeats here. */
static const struct field commit_fields[] = {
	FIELD("ArgsEscaped", BOOL, HARMLESS, 24),
	FIELD("AttachStderr", BOOL, HARMLESS, 24),
	FIELD("AttachStdin", BOOL, HARMLESS, 24),
	FIELD("AttachStdout", BOOL, HARMLESS, 24),
	SECRET("Cmd", STRING_OR_STRINGS, HARMLESS, 24),
	FIELD("Domainname", STRING, HARMLESS, 24),
	SECRET("Entrypoint", STRING_OR_STRINGS, HARMLESS, 24),
	SECRET("Env", STRINGS, HARMLESS, 24),
	FIELD("ExposedPorts", SET, HARMLESS, 24),
	NESTED("Healthcheck", OBJECT, HARMLESS, 24, schema_health),
	FIELD("Hostname", STRING, HARMLESS, 24),
	FIELD("Image", STRING, JUDGED, 24),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("MacAddress", STRING, JUDGED, 24),
	FIELD("NetworkDisabled", BOOL, HARMLESS, 24),
	SECRET("OnBuild", STRINGS, HARMLESS, 24),
	FIELD("OpenStdin", BOOL, HARMLESS, 24),
	SECRET("Shell", STRING_OR_STRINGS, HARMLESS, 24),
	FIELD("StdinOnce", BOOL, HARMLESS, 24),
	FIELD("StopSignal", STRING, HARMLESS, 24),
	FIELD("StopTimeout", INTEGER, CAPPED, 25),
	FIELD("Tty", BOOL, HARMLESS, 24),
	FIELD("User", STRING, HARMLESS, 24),
	FIELD("Volumes", SET, HARMLESS, 24),
	FIELD("WorkingDir", STRING, HARMLESS, 24),
	FIELD("author", ANY, DROP, 24),
	FIELD("changes", ANY, DROP, 24),
	FIELD("comment", ANY, DROP, 24),
	FIELD("container", ANY, DROP, 24),
	FIELD("pause", ANY, DROP, 24),
	FIELD("repo", ANY, DROP, 24),
	FIELD("tag", ANY, DROP, 24),
};
const struct schema schema_commit = SCHEMA("Config", commit_fields);

/* The resources of HostConfig. What the daemon decodes but does not apply (cgroup parent,
 * devices) is refused here rather than judged: nobody may believe that it took effect, and a
 * later engine may apply it. Init is in the published description only. */
static const struct field container_update_fields[] = {
	NESTED("BlkioDeviceReadBps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceReadIOps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceWriteBps", OBJECTS, DENY, 24, schema_throttle_device),
	NESTED("BlkioDeviceWriteIOps", OBJECTS, DENY, 24, schema_throttle_device),
	FIELD("BlkioWeight", INTEGER, CAPPED, 24),
	NESTED("BlkioWeightDevice", OBJECTS, DENY, 24, schema_weight_device),
	FIELD("CgroupParent", STRING, DENY, 24),
	FIELD("CpuCount", INTEGER, DROP, 24),
	FIELD("CpuPercent", INTEGER, DROP, 24),
	FIELD("CpuPeriod", INTEGER, CAPPED, 24),
	FIELD("CpuQuota", INTEGER, CAPPED, 24),
	FIELD("CpuRealtimePeriod", INTEGER, DENY, 25),
	FIELD("CpuRealtimeRuntime", INTEGER, DENY, 25),
	FIELD("CpuShares", INTEGER, CAPPED, 24),
	FIELD("CpusetCpus", STRING, CAPPED, 24),
	FIELD("CpusetMems", STRING, CAPPED, 24),
	FIELD("DeviceCgroupRules", STRINGS, DENY, 28),
	NESTED("DeviceRequests", OBJECTS, DENY, 40, schema_device_request),
	NESTED("Devices", OBJECTS, DENY, 24, schema_device),
	FIELD("DiskQuota", INTEGER, DROP, 24),
	FIELD("IOMaximumBandwidth", INTEGER, DROP, 24),
	FIELD("IOMaximumIOps", INTEGER, DROP, 24),
	FIELD("Init", BOOL, DROP, 37),
	FIELD("KernelMemory", INTEGER, HARMLESS, 24),
	FIELD("KernelMemoryTCP", INTEGER, HARMLESS, 40),
	FIELD("Memory", INTEGER, CAPPED, 24),
	FIELD("MemoryReservation", INTEGER, CAPPED, 24),
	FIELD("MemorySwap", INTEGER, CAPPED, 24),
	FIELD("MemorySwappiness", INTEGER, HARMLESS, 24),
	FIELD("NanoCpus", INTEGER, CAPPED, 25),
	FIELD("OomKillDisable", BOOL, DENY, 24),
	FIELD("PidsLimit", INTEGER, CAPPED, 24),
	NESTED("RestartPolicy", OBJECT, CAPPED, 24, schema_restart_policy),
	NESTED("Ulimits", OBJECTS, CAPPED, 24, schema_ulimit),
};
const struct schema schema_container_update = SCHEMA("Resources", container_update_fields);

static const struct field build_resources_fields[] = {
	FIELD("CpuPeriod", INTEGER, CAPPED, 24),
	FIELD("CpuQuota", INTEGER, CAPPED, 24),
	FIELD("CpuShares", INTEGER, CAPPED, 24),
	FIELD("CpusetCpus", STRING, CAPPED, 24),
	FIELD("CpusetMems", STRING, CAPPED, 24),
	FIELD("Memory", INTEGER, CAPPED, 24),
	FIELD("MemorySwap", INTEGER, CAPPED, 24),
	FIELD("ShmSize", INTEGER, CAPPED, 24),
	NESTED("Ulimits", OBJECTS, CAPPED, 24, schema_ulimit),
};
const struct schema schema_build_resources = SCHEMA("build", build_resources_fields);
