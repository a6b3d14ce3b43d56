/* What swarm mode is made of: the cluster, nodes, services, secrets and configs. Tasks are judged as the
 * containers they will be (service_tasks.c); what concerns the cluster itself is refused unless
 * swarm.other_properties opens it. A table file, in strcmp order. */
#include "policy/schema_table.h"

/* A log, secret or templating driver; log drivers take tokens in their options. */
static const struct field driver_fields[] = {
	FIELD("Name", STRING, DENY, 24),
	SECRET("Options", STRING_MAP, DENY, 24),
};
static const struct schema schema_driver = SCHEMA("Driver", driver_fields);

/* Of tasks: judged as a container's LogConfig. */
static const struct field log_driver_fields[] = {
	FIELD("Name", STRING, JUDGED, 24),
	SECRET("Options", STRING_MAP, JUDGED, 24),
};
static const struct schema schema_log_driver = SCHEMA("LogDriver", log_driver_fields);

static const struct field orchestration_fields[] = {
	FIELD("TaskHistoryRetentionLimit", INTEGER, DENY, 24),
};
static const struct schema schema_orchestration = SCHEMA("Orchestration", orchestration_fields);

static const struct field raft_fields[] = {
	FIELD("ElectionTick", INTEGER, DENY, 24),
	FIELD("HeartbeatTick", INTEGER, DENY, 24),
	FIELD("KeepOldSnapshots", INTEGER, DENY, 24),
	FIELD("LogEntriesForSlowFollowers", INTEGER, DENY, 24),
	FIELD("SnapshotInterval", INTEGER, DENY, 24),
};
static const struct schema schema_raft = SCHEMA("Raft", raft_fields);

static const struct field dispatcher_fields[] = {
	FIELD("HeartbeatPeriod", INTEGER, DENY, 24),
};
static const struct schema schema_dispatcher = SCHEMA("Dispatcher", dispatcher_fields);

static const struct field external_ca_fields[] = {
	FIELD("CACert", STRING, DENY, 30),
	FIELD("Options", STRING_MAP, DENY, 24),
	FIELD("Protocol", STRING, DENY, 24),
	FIELD("URL", STRING, DENY, 24),
};
static const struct schema schema_external_ca = SCHEMA("ExternalCA", external_ca_fields);

static const struct field ca_config_fields[] = {
	NESTED("ExternalCAs", OBJECTS, DENY, 24, schema_external_ca),
	FIELD("ForceRotate", INTEGER, DENY, 30),
	FIELD("NodeCertExpiry", INTEGER, DENY, 24),
	FIELD("SigningCACert", STRING, DENY, 30),
	SECRET("SigningCAKey", STRING, DENY, 30),
};
static const struct schema schema_ca_config = SCHEMA("CAConfig", ca_config_fields);

static const struct field task_defaults_fields[] = {
	NESTED("LogDriver", OBJECT, DENY, 24, schema_driver),
};
static const struct schema schema_task_defaults = SCHEMA("TaskDefaults", task_defaults_fields);

static const struct field encryption_fields[] = {
	FIELD("AutoLockManagers", BOOL, DENY, 25),
};
static const struct schema schema_encryption = SCHEMA("EncryptionConfig", encryption_fields);

static const struct field swarm_spec_fields[] = {
	NESTED("CAConfig", OBJECT, DENY, 24, schema_ca_config),
	NESTED("Dispatcher", OBJECT, DENY, 24, schema_dispatcher),
	NESTED("EncryptionConfig", OBJECT, DENY, 25, schema_encryption),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("Name", STRING, HARMLESS, 24),
	NESTED("Orchestration", OBJECT, DENY, 24, schema_orchestration),
	NESTED("Raft", OBJECT, DENY, 24, schema_raft),
	NESTED("TaskDefaults", OBJECT, DENY, 24, schema_task_defaults),
};
const struct schema schema_swarm_spec = SCHEMA("Spec", swarm_spec_fields);

static const struct field swarm_init_fields[] = {
	FIELD("AdvertiseAddr", STRING, DENY, 24),
	FIELD("AutoLockManagers", BOOL, DENY, 25),
	FIELD("Availability", STRING, DENY, 27),
	FIELD("DataPathAddr", STRING, DENY, 30),
	FIELD("DataPathPort", INTEGER, DENY, 40),
	FIELD("DefaultAddrPool", STRINGS, DENY, 39),
	FIELD("ForceNewCluster", BOOL, DENY, 24),
	FIELD("ListenAddr", STRING, DENY, 24),
	NESTED("Spec", OBJECT, DENY, 24, schema_swarm_spec),
	FIELD("SubnetSize", INTEGER, DENY, 39),
};
const struct schema schema_swarm_init = SCHEMA("SwarmInit", swarm_init_fields);

static const struct field swarm_join_fields[] = {
	FIELD("AdvertiseAddr", STRING, DENY, 24), FIELD("Availability", STRING, DENY, 27),
	FIELD("DataPathAddr", STRING, DENY, 30),  SECRET("JoinToken", STRING, DENY, 24),
	FIELD("ListenAddr", STRING, DENY, 24),    FIELD("RemoteAddrs", STRINGS, DENY, 24),
};
const struct schema schema_swarm_join = SCHEMA("SwarmJoin", swarm_join_fields);

static const struct field swarm_unlock_fields[] = {
	SECRET("UnlockKey", STRING, DENY, 25),
};
const struct schema schema_swarm_unlock = SCHEMA("SwarmUnlock", swarm_unlock_fields);

static const struct field node_spec_fields[] = {
	FIELD("Availability", STRING, DENY, 24),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	FIELD("Name", STRING, HARMLESS, 24),
	FIELD("Role", STRING, DENY, 24),
};
const struct schema schema_node_spec = SCHEMA("Node", node_spec_fields);

/* Data is base64. */
static const struct field secret_spec_fields[] = {
	SECRET("Data", STRING, HARMLESS, 25),
	NESTED("Driver", OBJECT, DENY, 31, schema_driver),
	SECRET("Labels", STRING_MAP, HARMLESS, 25),
	FIELD("Name", STRING, HARMLESS, 25),
	NESTED("Templating", OBJECT, DENY, 37, schema_driver),
};
const struct schema schema_secret_spec = SCHEMA("Secret", secret_spec_fields);

static const struct field config_spec_fields[] = {
	SECRET("Data", STRING, HARMLESS, 30),
	SECRET("Labels", STRING_MAP, HARMLESS, 30),
	FIELD("Name", STRING, HARMLESS, 30),
	NESTED("Templating", OBJECT, DENY, 37, schema_driver),
};
const struct schema schema_config_spec = SCHEMA("Config", config_spec_fields);

static const struct field dns_config_fields[] = {
	FIELD("Nameservers", STRINGS, HARMLESS, 24),
	FIELD("Options", STRINGS, HARMLESS, 24),
	FIELD("Search", STRINGS, HARMLESS, 24),
};
static const struct schema schema_dns_config = SCHEMA("DNSConfig", dns_config_fields);

static const struct field file_target_fields[] = {
	FIELD("GID", STRING, HARMLESS, 24),
	FIELD("Mode", INTEGER, HARMLESS, 24),
	FIELD("Name", STRING, HARMLESS, 24),
	FIELD("UID", STRING, HARMLESS, 24),
};
static const struct schema schema_file_target = SCHEMA("File", file_target_fields);

static const struct field secret_reference_fields[] = {
	NESTED("File", OBJECT, HARMLESS, 24, schema_file_target),
	FIELD("SecretID", STRING, OWNED, 24),
	FIELD("SecretName", STRING, HARMLESS, 24),
};
static const struct schema schema_secret_reference =
	SCHEMA("SecretReference", secret_reference_fields);

static const struct schema schema_runtime_target = {"Runtime", NULL, 0, NULL};

static const struct field config_reference_fields[] = {
	FIELD("ConfigID", STRING, OWNED, 30),
	FIELD("ConfigName", STRING, HARMLESS, 30),
	NESTED("File", OBJECT, HARMLESS, 30, schema_file_target),
	NESTED("Runtime", OBJECT, HARMLESS, 40, schema_runtime_target),
};
static const struct schema schema_config_reference =
	SCHEMA("ConfigReference", config_reference_fields);

static const struct field credential_spec_fields[] = {
	FIELD("Config", STRING, DENY, 40),
	FIELD("File", STRING, DENY, 29),
	FIELD("Registry", STRING, DENY, 29),
};
static const struct schema schema_credential_spec =
	SCHEMA("CredentialSpec", credential_spec_fields);

static const struct field selinux_context_fields[] = {
	FIELD("Disable", BOOL, JUDGED, 29), FIELD("Level", STRING, JUDGED, 29),
	FIELD("Role", STRING, JUDGED, 29),  FIELD("Type", STRING, JUDGED, 29),
	FIELD("User", STRING, JUDGED, 29),
};
static const struct schema schema_selinux_context =
	SCHEMA("SELinuxContext", selinux_context_fields);

static const struct field seccomp_fields[] = {
	FIELD("Mode", STRING, JUDGED, 44),
	FIELD("Profile", STRING, JUDGED, 44),
};
static const struct schema schema_seccomp = SCHEMA("Seccomp", seccomp_fields);

static const struct field apparmor_fields[] = {
	FIELD("Mode", STRING, JUDGED, 44),
};
static const struct schema schema_apparmor = SCHEMA("AppArmor", apparmor_fields);

static const struct field privileges_fields[] = {
	NESTED("AppArmor", OBJECT, JUDGED, 44, schema_apparmor),
	NESTED("CredentialSpec", OBJECT, DENY, 29, schema_credential_spec),
	FIELD("NoNewPrivileges", BOOL, JUDGED, 44),
	NESTED("SELinuxContext", OBJECT, JUDGED, 29, schema_selinux_context),
	NESTED("Seccomp", OBJECT, JUDGED, 44, schema_seccomp),
};
static const struct schema schema_privileges = SCHEMA("Privileges", privileges_fields);

static const struct field container_spec_fields[] = {
	SECRET("Args", STRINGS, HARMLESS, 24),
	FIELD("CapabilityAdd", STRINGS, JUDGED, 41),
	FIELD("CapabilityDrop", STRINGS, HARMLESS, 41),
	SECRET("Command", STRINGS, HARMLESS, 24),
	NESTED("Configs", OBJECTS, OWNED, 30, schema_config_reference),
	NESTED("DNSConfig", OBJECT, HARMLESS, 25, schema_dns_config),
	FIELD("Dir", STRING, HARMLESS, 24),
	SECRET("Env", STRINGS, HARMLESS, 24),
	FIELD("Groups", STRINGS, HARMLESS, 25),
	NESTED("Healthcheck", OBJECT, HARMLESS, 25, schema_health),
	FIELD("Hostname", STRING, HARMLESS, 25),
	FIELD("Hosts", STRINGS, HARMLESS, 25),
	FIELD("Image", STRING, JUDGED, 24),
	FIELD("Init", BOOL, HARMLESS, 37),
	FIELD("Isolation", STRING, JUDGED, 35),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	NESTED("Mounts", OBJECTS, JUDGED, 24, schema_mount),
	FIELD("OomScoreAdj", INTEGER, JUDGED, 46),
	FIELD("OpenStdin", BOOL, HARMLESS, 25),
	NESTED("Privileges", OBJECT, JUDGED, 29, schema_privileges),
	FIELD("ReadOnly", BOOL, HARMLESS, 27),
	NESTED("Secrets", OBJECTS, OWNED, 25, schema_secret_reference),
	FIELD("StopGracePeriod", INTEGER, CAPPED, 24),
	FIELD("StopSignal", STRING, HARMLESS, 28),
	FIELD("Sysctls", STRING_MAP, JUDGED, 40),
	FIELD("TTY", BOOL, HARMLESS, 25),
	NESTED("Ulimits", OBJECTS, CAPPED, 41, schema_ulimit),
	FIELD("User", STRING, HARMLESS, 24),
};
static const struct schema schema_container_spec = SCHEMA("ContainerSpec", container_spec_fields);

static const struct field runtime_privilege_fields[] = {
	FIELD("description", STRING, DENY, 31),
	FIELD("name", STRING, DENY, 31),
	FIELD("value", STRINGS, DENY, 31),
};
static const struct schema schema_runtime_privilege =
	SCHEMA("PluginPrivilege", runtime_privilege_fields);

/* The daemon's names are lower-case; PluginPrivilege is in the published API description only. */
static const struct field plugin_spec_fields[] = {
	FIELD("PluginPrivilege", ANY, DROP, 31),
	FIELD("disabled", BOOL, DENY, 31),
	SECRET("env", STRINGS, DENY, 31),
	FIELD("name", STRING, DENY, 31),
	NESTED("privileges", OBJECTS, DENY, 31, schema_runtime_privilege),
	FIELD("remote", STRING, DENY, 31),
};
static const struct schema schema_plugin_spec = SCHEMA("PluginSpec", plugin_spec_fields);

static const struct field network_attachment_fields[] = {
	FIELD("ContainerID", STRING, DENY, 30),
};
static const struct schema schema_network_attachment =
	SCHEMA("NetworkAttachmentSpec", network_attachment_fields);

static const struct field named_resource_fields[] = {
	FIELD("Kind", STRING, JUDGED, 32),
	FIELD("Value", STRING, JUDGED, 32),
};
static const struct schema schema_named_resource =
	SCHEMA("NamedResourceSpec", named_resource_fields);

static const struct field discrete_resource_fields[] = {
	FIELD("Kind", STRING, JUDGED, 32),
	FIELD("Value", INTEGER, JUDGED, 32),
};
static const struct schema schema_discrete_resource =
	SCHEMA("DiscreteResourceSpec", discrete_resource_fields);

static const struct field generic_resource_fields[] = {
	NESTED("DiscreteResourceSpec", OBJECT, JUDGED, 32, schema_discrete_resource),
	NESTED("NamedResourceSpec", OBJECT, JUDGED, 32, schema_named_resource),
};
static const struct schema schema_generic_resource =
	SCHEMA("GenericResource", generic_resource_fields);

static const struct field limits_fields[] = {
	NESTED("GenericResources", OBJECTS, JUDGED, 32, schema_generic_resource),
	FIELD("MemoryBytes", INTEGER, CAPPED, 24),
	FIELD("NanoCPUs", INTEGER, CAPPED, 24),
	FIELD("Pids", INTEGER, CAPPED, 41),
};
static const struct schema schema_limits = SCHEMA("Limits", limits_fields);

static const struct field reservations_fields[] = {
	NESTED("GenericResources", OBJECTS, JUDGED, 32, schema_generic_resource),
	FIELD("MemoryBytes", INTEGER, CAPPED, 24),
	FIELD("NanoCPUs", INTEGER, HARMLESS, 24),
};
static const struct schema schema_reservations = SCHEMA("Reservations", reservations_fields);

static const struct field resource_requirements_fields[] = {
	NESTED("Limits", OBJECT, CAPPED, 24, schema_limits),
	FIELD("MemorySwappiness", INTEGER, HARMLESS, 52),
	NESTED("Reservations", OBJECT, CAPPED, 24, schema_reservations),
	FIELD("SwapBytes", INTEGER, CAPPED, 52),
};
static const struct schema schema_resource_requirements =
	SCHEMA("Resources", resource_requirements_fields);

static const struct field task_restart_policy_fields[] = {
	FIELD("Condition", STRING, CAPPED, 24),
	FIELD("Delay", INTEGER, HARMLESS, 24),
	FIELD("MaxAttempts", INTEGER, CAPPED, 24),
	FIELD("Window", INTEGER, CAPPED, 24),
};
static const struct schema schema_task_restart_policy =
	SCHEMA("RestartPolicy", task_restart_policy_fields);

static const struct field spread_fields[] = {
	FIELD("SpreadDescriptor", STRING, HARMLESS, 27),
};
static const struct schema schema_spread = SCHEMA("Spread", spread_fields);

static const struct field placement_preference_fields[] = {
	NESTED("Spread", OBJECT, HARMLESS, 27, schema_spread),
};
static const struct schema schema_placement_preference =
	SCHEMA("Preference", placement_preference_fields);

static const struct field platform_fields[] = {
	FIELD("Architecture", STRING, HARMLESS, 30),
	FIELD("OS", STRING, HARMLESS, 30),
};
static const struct schema schema_platform = SCHEMA("Platform", platform_fields);

static const struct field placement_fields[] = {
	FIELD("Constraints", STRINGS, JUDGED, 24),
	FIELD("MaxReplicas", INTEGER, HARMLESS, 40),
	NESTED("Platforms", OBJECTS, HARMLESS, 30, schema_platform),
	NESTED("Preferences", OBJECTS, HARMLESS, 27, schema_placement_preference),
};
static const struct schema schema_placement = SCHEMA("Placement", placement_fields);

static const struct field network_target_fields[] = {
	FIELD("Aliases", STRINGS, HARMLESS, 24),
	FIELD("DriverOpts", STRING_MAP, DENY, 32),
	FIELD("Target", STRING, OWNED, 24),
};
static const struct schema schema_network_target = SCHEMA("Network", network_target_fields);

static const struct field task_template_fields[] = {
	NESTED("ContainerSpec", OBJECT, JUDGED, 24, schema_container_spec),
	FIELD("ForceUpdate", INTEGER, HARMLESS, 25),
	NESTED("LogDriver", OBJECT, JUDGED, 24, schema_log_driver),
	NESTED("NetworkAttachmentSpec", OBJECT, DENY, 30, schema_network_attachment),
	NESTED("Networks", OBJECTS, OWNED, 25, schema_network_target),
	NESTED("Placement", OBJECT, JUDGED, 24, schema_placement),
	NESTED("PluginSpec", OBJECT, DENY, 31, schema_plugin_spec),
	NESTED("Resources", OBJECT, CAPPED, 24, schema_resource_requirements),
	NESTED("RestartPolicy", OBJECT, CAPPED, 24, schema_task_restart_policy),
	FIELD("Runtime", STRING, JUDGED, 30),
};
static const struct schema schema_task_template = SCHEMA("TaskTemplate", task_template_fields);

static const struct field replicated_fields[] = {
	FIELD("Replicas", INTEGER, CAPPED, 24),
};
static const struct schema schema_replicated = SCHEMA("Replicated", replicated_fields);

static const struct field replicated_job_fields[] = {
	FIELD("MaxConcurrent", INTEGER, CAPPED, 41),
	FIELD("TotalCompletions", INTEGER, CAPPED, 41),
};
static const struct schema schema_replicated_job = SCHEMA("ReplicatedJob", replicated_job_fields);

/* Chosen by being there: {} in Mode is not the same as nothing. */
static const struct schema schema_global = {"Global", NULL, 0, NULL};

static const struct field service_mode_fields[] = {
	NESTED("Global", OBJECT, JUDGED, 24, schema_global),
	NESTED("GlobalJob", OBJECT, JUDGED, 41, schema_global),
	NESTED("Replicated", OBJECT, JUDGED, 24, schema_replicated),
	NESTED("ReplicatedJob", OBJECT, JUDGED, 41, schema_replicated_job),
};
static const struct schema schema_service_mode = SCHEMA("Mode", service_mode_fields);

static const struct field update_config_fields[] = {
	FIELD("Delay", INTEGER, HARMLESS, 24),          FIELD("FailureAction", STRING, HARMLESS, 24),
	FIELD("MaxFailureRatio", NUMBER, HARMLESS, 25), FIELD("Monitor", INTEGER, HARMLESS, 25),
	FIELD("Order", STRING, HARMLESS, 29),           FIELD("Parallelism", INTEGER, HARMLESS, 24),
};
static const struct schema schema_update_config = SCHEMA("UpdateConfig", update_config_fields);

static const struct field service_port_fields[] = {
	FIELD("Name", STRING, HARMLESS, 24),      FIELD("Protocol", STRING, JUDGED, 24),
	FIELD("PublishMode", STRING, JUDGED, 25), FIELD("PublishedPort", INTEGER, JUDGED, 24),
	FIELD("TargetPort", INTEGER, JUDGED, 24),
};
static const struct schema schema_service_port = SCHEMA("Port", service_port_fields);

static const struct field endpoint_spec_fields[] = {
	FIELD("Mode", STRING, HARMLESS, 24),
	NESTED("Ports", OBJECTS, JUDGED, 24, schema_service_port),
};
static const struct schema schema_endpoint_spec = SCHEMA("EndpointSpec", endpoint_spec_fields);

/* Networks at this level is read by the daemon when TaskTemplate has none. */
static const struct field service_spec_fields[] = {
	NESTED("EndpointSpec", OBJECT, JUDGED, 24, schema_endpoint_spec),
	SECRET("Labels", STRING_MAP, HARMLESS, 24),
	NESTED("Mode", OBJECT, JUDGED, 24, schema_service_mode),
	FIELD("Name", STRING, HARMLESS, 24),
	NESTED("Networks", OBJECTS, OWNED, 24, schema_network_target),
	NESTED("RollbackConfig", OBJECT, HARMLESS, 28, schema_update_config),
	NESTED("TaskTemplate", OBJECT, JUDGED, 24, schema_task_template),
	NESTED("UpdateConfig", OBJECT, HARMLESS, 24, schema_update_config),
};
const struct schema schema_service_spec = SCHEMA("Service", service_spec_fields);
