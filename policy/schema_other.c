/* What execs, volumes, networks, logins, checkpoints and plugins are made of. A table file, in
 * strcmp order. */
#include "policy/schema_table.h"

/* Container is python3-docker's: the daemon takes the container from the path. */
static const struct field exec_create_fields[] = {
	FIELD("AttachStderr", BOOL, HARMLESS, 24),
	FIELD("AttachStdin", BOOL, HARMLESS, 24),
	FIELD("AttachStdout", BOOL, HARMLESS, 24),
	SECRET("Cmd", STRINGS, HARMLESS, 24),
	FIELD("ConsoleSize", INTEGERS, HARMLESS, 42),
	FIELD("Container", ANY, DROP, 24),
	FIELD("Detach", BOOL, HARMLESS, 24),
	FIELD("DetachKeys", STRING, HARMLESS, 24),
	SECRET("Env", STRINGS, HARMLESS, 25),
	FIELD("Privileged", BOOL, JUDGED, 24),
	FIELD("Tty", BOOL, HARMLESS, 24),
	FIELD("User", STRING, JUDGED, 24),
	FIELD("WorkingDir", STRING, HARMLESS, 35),
};
const struct schema schema_exec_create = SCHEMA("Exec", exec_create_fields);

/* hijack and stdin are dockerode's own options, which it sends along. */
static const struct field exec_start_fields[] = {
	FIELD("ConsoleSize", INTEGERS, HARMLESS, 42),
	FIELD("Detach", BOOL, HARMLESS, 24),
	FIELD("Tty", BOOL, HARMLESS, 24),
	FIELD("hijack", ANY, DROP, 24),
	FIELD("stdin", ANY, DROP, 24),
};
const struct schema schema_exec_start = SCHEMA("ExecStart", exec_start_fields);

static const struct field topology_fields[] = {
	FIELD("Segments", STRING_MAP, DENY, 42),
};
static const struct schema schema_topology = SCHEMA("Topology", topology_fields);

static const struct field topology_requirement_fields[] = {
	NESTED("Preferred", OBJECTS, DENY, 42, schema_topology),
	NESTED("Requisite", OBJECTS, DENY, 42, schema_topology),
};
static const struct schema schema_topology_requirement =
	SCHEMA("AccessibilityRequirements", topology_requirement_fields);

static const struct field capacity_range_fields[] = {
	FIELD("LimitBytes", INTEGER, DENY, 42),
	FIELD("RequiredBytes", INTEGER, DENY, 42),
};
static const struct schema schema_capacity_range = SCHEMA("CapacityRange", capacity_range_fields);

static const struct field volume_secret_fields[] = {
	FIELD("Key", STRING, DENY, 42),
	FIELD("Secret", STRING, DENY, 42),
};
static const struct schema schema_volume_secret = SCHEMA("Secret", volume_secret_fields);

static const struct field type_mount_fields[] = {
	FIELD("FsType", STRING, DENY, 42),
	FIELD("MountFlags", STRINGS, DENY, 42),
};
static const struct schema schema_type_mount = SCHEMA("MountVolume", type_mount_fields);

static const struct schema schema_type_block = {"BlockVolume", NULL, 0, NULL};

/* The rows marked DROP are where the published API description puts them; the daemon reads them
 * one level up, in ClusterVolumeSpec. */
static const struct field access_mode_fields[] = {
	FIELD("AccessibilityRequirements", ANY, DROP, 42),
	FIELD("Availability", ANY, DROP, 42),
	NESTED("BlockVolume", OBJECT, DENY, 42, schema_type_block),
	FIELD("CapacityRange", ANY, DROP, 42),
	NESTED("MountVolume", OBJECT, DENY, 42, schema_type_mount),
	FIELD("Scope", STRING, DENY, 42),
	FIELD("Secrets", ANY, DROP, 42),
	FIELD("Sharing", STRING, DENY, 42),
};
static const struct schema schema_access_mode = SCHEMA("AccessMode", access_mode_fields);

static const struct field cluster_volume_fields[] = {
	NESTED("AccessMode", OBJECT, DENY, 42, schema_access_mode),
	NESTED("AccessibilityRequirements", OBJECT, DENY, 42, schema_topology_requirement),
	FIELD("Availability", STRING, DENY, 42),
	NESTED("CapacityRange", OBJECT, DENY, 42, schema_capacity_range),
	FIELD("Group", STRING, DENY, 42),
	NESTED("Secrets", OBJECTS, DENY, 42, schema_volume_secret),
};
static const struct schema schema_cluster_volume =
	SCHEMA("ClusterVolumeSpec", cluster_volume_fields);

/* DriverOpts hold the password of a CIFS share, among other things. */
static const struct field volume_create_fields[] = {
	NESTED("ClusterVolumeSpec", OBJECT, DENY, 42, schema_cluster_volume),
	FIELD("Driver", STRING, JUDGED, 24),
	SECRET("DriverOpts", STRING_MAP, JUDGED, 24),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("Name", STRING, HARMLESS, 24),
};
const struct schema schema_volume_create = SCHEMA("Volume", volume_create_fields);

static const struct field volume_update_fields[] = {
	NESTED("Spec", OBJECT, DENY, 42, schema_cluster_volume),
};
const struct schema schema_volume_update = SCHEMA("VolumeUpdate", volume_update_fields);

static const struct field network_ipam_config_fields[] = {
	FIELD("AuxiliaryAddresses", STRING_MAP, JUDGED, 24),
	FIELD("Gateway", STRING, JUDGED, 24),
	FIELD("IPRange", STRING, JUDGED, 24),
	FIELD("Subnet", STRING, JUDGED, 24),
};
static const struct schema schema_network_ipam_config =
	SCHEMA("IPAMConfig", network_ipam_config_fields);

static const struct field network_ipam_fields[] = {
	NESTED("Config", OBJECTS, JUDGED, 24, schema_network_ipam_config),
	FIELD("Driver", STRING, JUDGED, 24),
	FIELD("Options", STRING_MAP, DENY, 24),
};
static const struct schema schema_network_ipam = SCHEMA("IPAM", network_ipam_fields);

static const struct field config_from_fields[] = {
	FIELD("Network", STRING, JUDGED, 30),
};
static const struct schema schema_config_from = SCHEMA("ConfigFrom", config_from_fields);

static const struct field network_create_fields[] = {
	FIELD("Attachable", BOOL, CAPPED, 25),
	FIELD("CheckDuplicate", BOOL, HARMLESS, 24),
	NESTED("ConfigFrom", OBJECT, JUDGED, 30, schema_config_from),
	FIELD("ConfigOnly", BOOL, JUDGED, 30),
	FIELD("Driver", STRING, JUDGED, 24),
	FIELD("EnableIPv4", BOOL, HARMLESS, 47),
	FIELD("EnableIPv6", BOOL, CAPPED, 24),
	NESTED("IPAM", OBJECT, HARMLESS, 24, schema_network_ipam),
	FIELD("Ingress", BOOL, DENY, 29),
	FIELD("Internal", BOOL, CAPPED, 24),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("Name", STRING, HARMLESS, 24),
	FIELD("Options", STRING_MAP, JUDGED, 24),
	FIELD("Scope", STRING, DENY, 30),
};
const struct schema schema_network_create = SCHEMA("Network", network_create_fields);

static const struct field network_connect_fields[] = {
	FIELD("Container", STRING, OWNED, 24),
	NESTED("EndpointConfig", OBJECT, JUDGED, 24, schema_endpoint),
};
const struct schema schema_network_connect = SCHEMA("NetworkConnect", network_connect_fields);

static const struct field network_disconnect_fields[] = {
	FIELD("Container", STRING, OWNED, 24),
	FIELD("Force", BOOL, HARMLESS, 24),
};
const struct schema schema_network_disconnect =
	SCHEMA("NetworkDisconnect", network_disconnect_fields);

static const struct field auth_fields[] = {
	SECRET("auth", STRING, HARMLESS, 24),          FIELD("email", STRING, HARMLESS, 24),
	SECRET("identitytoken", STRING, HARMLESS, 24), SECRET("password", STRING, HARMLESS, 24),
	SECRET("registrytoken", STRING, HARMLESS, 24), FIELD("serveraddress", STRING, JUDGED, 24),
	FIELD("username", STRING, HARMLESS, 24),
};
const struct schema schema_auth = SCHEMA("AuthConfig", auth_fields);

static const struct field checkpoint_create_fields[] = {
	FIELD("CheckpointDir", STRING, DENY, 25),
	FIELD("CheckpointID", STRING, DENY, 25),
	FIELD("Exit", BOOL, DENY, 25),
};
const struct schema schema_checkpoint_create = SCHEMA("Checkpoint", checkpoint_create_fields);

static const struct field plugin_privilege_fields[] = {
	FIELD("Description", STRING, HARMLESS, 25),
	FIELD("Name", STRING, JUDGED, 25),
	FIELD("Value", STRINGS, JUDGED, 25),
};
const struct schema schema_plugin_privilege = SCHEMA("PluginPrivilege", plugin_privilege_fields);
