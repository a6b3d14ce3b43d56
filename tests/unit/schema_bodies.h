/* A table file: what clients really send, captured on a socket, with ' for " as in all JSON of these
 * tests; the API minor they send it on, and the first property that the register denies. */
#ifndef QUAYMASTER_TESTS_SCHEMA_BODIES_H
#define QUAYMASTER_TESTS_SCHEMA_BODIES_H

#include "policy/schema.h"

static const struct {
	const char *client;
	const struct schema *schema;
	unsigned minor;
	const char *json;
	const char *denied;
} schema_bodies[] = {
	{"docker 20.10 run", &schema_container_create, 41,
     "{'Hostname':'','Domainname':'','User':'','AttachStdin':true,'AttachStdout':true,"
     "'AttachStderr':true,'ExposedPorts':{'80/tcp':{}},'Tty':true,'OpenStdin':true,"
     "'StdinOnce':true,'Env':['A=1'],'Cmd':['sh','-c','echo hi'],"
     "'Healthcheck':{'Test':['CMD-SHELL','true']},'Image':'bb:1','Volumes':{},'WorkingDir':'',"
     "'Entrypoint':null,'OnBuild':null,'Labels':{'a':'b'},'HostConfig':{'Binds':['data:/d'],"
     "'ContainerIDFile':'','LogConfig':{'Type':'json-file','Config':{'max-size':'1m'}},"
     "'NetworkMode':'n','PortBindings':{'80/tcp':[{'HostIp':'','HostPort':'8080'}]},"
     "'RestartPolicy':{'Name':'always','MaximumRetryCount':0},'AutoRemove':false,"
     "'VolumeDriver':'','VolumesFrom':null,'CapAdd':['NET_ADMIN'],'CapDrop':null,"
     "'CgroupnsMode':'','Dns':[],'DnsOptions':[],'DnsSearch':[],'ExtraHosts':null,"
     "'GroupAdd':null,'IpcMode':'','Cgroup':'','Links':null,'OomScoreAdj':0,'PidMode':'',"
     "'Privileged':false,'PublishAllPorts':false,'ReadonlyRootfs':false,'SecurityOpt':null,"
     "'Tmpfs':{'/t':''},'UTSMode':'','UsernsMode':'','ShmSize':0,'ConsoleSize':[0,0],"
     "'Isolation':'','CpuShares':0,'Memory':67108864,'NanoCpus':0,'CgroupParent':'',"
     "'BlkioWeight':0,'BlkioWeightDevice':[],'BlkioDeviceReadBps':null,"
     "'BlkioDeviceWriteBps':null,'BlkioDeviceReadIOps':null,'BlkioDeviceWriteIOps':null,"
     "'CpuPeriod':0,'CpuQuota':0,'CpuRealtimePeriod':0,'CpuRealtimeRuntime':0,'CpusetCpus':'',"
     "'CpusetMems':'','Devices':[{'PathOnHost':'/dev/null','PathInContainer':'/dev/null',"
     "'CgroupPermissions':'rwm'}],'DeviceCgroupRules':null,'DeviceRequests':[{'Driver':'',"
     "'Count':-1,'DeviceIDs':null,'Capabilities':[['gpu']],'Options':{}}],'KernelMemory':0,"
     "'KernelMemoryTCP':0,'MemoryReservation':0,'MemorySwap':0,'MemorySwappiness':-1,"
     "'OomKillDisable':false,'PidsLimit':0,'Ulimits':[{'Name':'nofile','Hard':2,'Soft':1}],"
     "'CpuCount':0,'CpuPercent':0,'IOMaximumIOps':0,'IOMaximumBandwidth':0,"
     "'Mounts':[{'Type':'bind','Source':'/etc','Target':'/h','ReadOnly':true}],"
     "'MaskedPaths':null,'ReadonlyPaths':null,'Init':true},"
     "'NetworkingConfig':{'EndpointsConfig':{'n':{'IPAMConfig':{'IPv4Address':'10.0.0.5'},"
     "'Links':null,'Aliases':['a'],'NetworkID':'','EndpointID':'','Gateway':'','IPAddress':'',"
     "'IPPrefixLen':0,'IPv6Gateway':'','GlobalIPv6Address':'','GlobalIPv6PrefixLen':0,"
     "'MacAddress':'','DriverOpts':null}}}}",
     ""},
	{"docker 20.10 exec", &schema_exec_create, 41,
     "{'User':'','Privileged':false,'Tty':false,'AttachStdin':false,'AttachStderr':true,"
     "'AttachStdout':true,'Detach':false,'DetachKeys':'','Env':null,'WorkingDir':'',"
     "'Cmd':['ls']}",
     ""},
	{"docker 20.10 exec, start", &schema_exec_start, 41, "{'Detach':false,'Tty':false}", ""},
	{"docker 20.10 update", &schema_container_update, 41,
     "{'CpuShares':0,'Memory':67108864,'NanoCpus':0,'CgroupParent':'','BlkioWeight':0,"
     "'BlkioWeightDevice':null,'BlkioDeviceReadBps':null,'BlkioDeviceWriteBps':null,"
     "'BlkioDeviceReadIOps':null,'BlkioDeviceWriteIOps':null,'CpuPeriod':0,'CpuQuota':0,"
     "'CpuRealtimePeriod':0,'CpuRealtimeRuntime':0,'CpusetCpus':'','CpusetMems':'',"
     "'Devices':null,'DeviceCgroupRules':null,'DeviceRequests':null,'KernelMemory':0,"
     "'KernelMemoryTCP':0,'MemoryReservation':0,'MemorySwap':0,'MemorySwappiness':null,"
     "'OomKillDisable':null,'PidsLimit':null,'Ulimits':null,'CpuCount':0,'CpuPercent':0,"
     "'IOMaximumIOps':0,'IOMaximumBandwidth':0,'RestartPolicy':{'Name':'',"
     "'MaximumRetryCount':0}}",
     ""},
	{"docker 20.10 commit", &schema_commit, 41, "null", ""},
	{"docker 20.10 volume create", &schema_volume_create, 41,
     "{'Driver':'local','DriverOpts':{'type':'nfs'},'Labels':{},'Name':'v2'}", ""},
	{"docker 20.10 network create", &schema_network_create, 41,
     "{'CheckDuplicate':true,'Driver':'bridge','Scope':'','EnableIPv6':false,"
     "'IPAM':{'Driver':'default','Options':{},'Config':[]},'Internal':false,"
     "'Attachable':false,'Ingress':false,'ConfigOnly':false,'ConfigFrom':null,'Options':{},"
     "'Labels':{},'Name':'n'}",
     ""},
	{"docker 20.10 network create --subnet", &schema_network_create, 41,
     "{'CheckDuplicate':true,'Driver':'bridge','Scope':'','EnableIPv6':false,"
     "'IPAM':{'Driver':'default','Options':{},'Config':[{'Subnet':'10.1.0.0/16'}]},"
     "'Internal':false,'Attachable':false,'Ingress':false,'ConfigOnly':false,"
     "'ConfigFrom':null,'Options':{},'Labels':{},'Name':'n'}",
     ""},
	{"docker 20.10 network connect", &schema_network_connect, 41,
     "{'Container':'c','EndpointConfig':{'IPAMConfig':{},'Links':null,'Aliases':[],"
     "'NetworkID':'','EndpointID':'','Gateway':'','IPAddress':'','IPPrefixLen':0,"
     "'IPv6Gateway':'','GlobalIPv6Address':'','GlobalIPv6PrefixLen':0,'MacAddress':'',"
     "'DriverOpts':{}}}",
     ""},
	{"docker 20.10 network disconnect", &schema_network_disconnect, 41,
     "{'Container':'c','Force':true}", ""},
	{"docker 20.10 service create", &schema_service_spec, 41,
     "{'Name':'s','Labels':{},'TaskTemplate':{'ContainerSpec':{'Image':'bb:1','Args':['ls'],"
     "'Init':false,'DNSConfig':{}},'Resources':{'Limits':{},'Reservations':{}},'Placement':{},"
     "'ForceUpdate':0},'Mode':{'Replicated':{}},'EndpointSpec':{'Mode':'vip'}}",
     ""},
	{"docker 20.10 swarm init", &schema_swarm_init, 41,
     "{'ListenAddr':'0.0.0.0:2377','AdvertiseAddr':'','DataPathAddr':'','DataPathPort':0,"
     "'ForceNewCluster':false,'Spec':{'Labels':null,'Orchestration':{},"
     "'Raft':{'ElectionTick':0,'HeartbeatTick':0},'Dispatcher':{},'CAConfig':{},"
     "'TaskDefaults':{},'EncryptionConfig':{'AutoLockManagers':false}},"
     "'AutoLockManagers':false,'Availability':'','DefaultAddrPool':null,'SubnetSize':24}",
     "ListenAddr"},
	{"docker 20.10 swarm join", &schema_swarm_join, 41,
     "{'ListenAddr':'0.0.0.0:2377','AdvertiseAddr':'','DataPathAddr':'',"
     "'RemoteAddrs':['127.0.0.1:1'],'JoinToken':'t','Availability':''}",
     "JoinToken"},
	{"docker 20.10 swarm update", &schema_swarm_spec, 41,
     "{'Labels':null,'Orchestration':{},'Raft':{'ElectionTick':0,'HeartbeatTick':0},"
     "'Dispatcher':{},'CAConfig':{},'TaskDefaults':{},"
     "'EncryptionConfig':{'AutoLockManagers':true}}",
     "CAConfig"},
	{"docker 20.10 node update", &schema_node_spec, 41,
     "{'Labels':{},'Role':'worker','Availability':'drain'}", "Availability"},
	{"docker 20.10 secret create", &schema_secret_spec, 41,
     "{'Name':'s','Labels':{},'Data':'ZGF0YQo='}", ""},
	{"docker 28 create", &schema_container_create, 50,
     "{'Hostname':'','Domainname':'','User':'','AttachStdin':false,'AttachStdout':true,"
     "'AttachStderr':true,'Tty':false,'OpenStdin':false,'StdinOnce':false,'Env':null,"
     "'Cmd':['true'],'Image':'bb:1','Volumes':{},'WorkingDir':'','Entrypoint':null,"
     "'OnBuild':null,'Labels':{},'HostConfig':{'Binds':null,'ContainerIDFile':'',"
     "'LogConfig':{'Type':'','Config':{}},'NetworkMode':'default','PortBindings':{},"
     "'RestartPolicy':{'Name':'no','MaximumRetryCount':0},'AutoRemove':false,"
     "'VolumeDriver':'','VolumesFrom':null,'ConsoleSize':[0,0],'CapAdd':null,'CapDrop':null,"
     "'CgroupnsMode':'','Dns':[],'DnsOptions':[],'DnsSearch':[],'ExtraHosts':null,"
     "'GroupAdd':null,'IpcMode':'','Cgroup':'','Links':null,'OomScoreAdj':0,'PidMode':'',"
     "'Privileged':false,'PublishAllPorts':false,'ReadonlyRootfs':false,'SecurityOpt':null,"
     "'UTSMode':'','UsernsMode':'','ShmSize':0,'Isolation':'','CpuShares':0,'Memory':0,"
     "'NanoCpus':0,'CgroupParent':'','BlkioWeight':0,'BlkioWeightDevice':[],"
     "'BlkioDeviceReadBps':[],'BlkioDeviceWriteBps':[],'BlkioDeviceReadIOps':[],"
     "'BlkioDeviceWriteIOps':[],'CpuPeriod':0,'CpuQuota':0,'CpuRealtimePeriod':0,"
     "'CpuRealtimeRuntime':0,'CpusetCpus':'','CpusetMems':'','Devices':[],"
     "'DeviceCgroupRules':null,'DeviceRequests':null,'MemoryReservation':0,'MemorySwap':0,"
     "'MemorySwappiness':-1,'OomKillDisable':false,'PidsLimit':0,'Ulimits':[],'CpuCount':0,"
     "'CpuPercent':0,'IOMaximumIOps':0,'IOMaximumBandwidth':0,'MaskedPaths':null,"
     "'ReadonlyPaths':null},"
     "'NetworkingConfig':{'EndpointsConfig':{'default':{'IPAMConfig':null,'Links':null,"
     "'Aliases':null,'MacAddress':'','DriverOpts':null,'GwPriority':0,'NetworkID':'',"
     "'EndpointID':'','Gateway':'','IPAddress':'','IPPrefixLen':0,'IPv6Gateway':'',"
     "'GlobalIPv6Address':'','GlobalIPv6PrefixLen':0,'DNSNames':null}}}}",
     ""},
	{"docker 28 run", &schema_container_create, 50,
     "{'Hostname':'','Domainname':'','User':'','AttachStdin':true,'AttachStdout':true,"
     "'AttachStderr':true,'ExposedPorts':{'80/tcp':{}},'Tty':true,'OpenStdin':true,"
     "'StdinOnce':true,'Env':['A=1'],'Cmd':['sh','-c','echo hi'],"
     "'Healthcheck':{'Test':['CMD-SHELL','true']},'Image':'bb:1','Volumes':{},'WorkingDir':'',"
     "'Entrypoint':null,'OnBuild':null,'Labels':{'a':'b'},'HostConfig':{'Binds':['data:/d'],"
     "'ContainerIDFile':'','LogConfig':{'Type':'json-file','Config':{'max-size':'1m'}},"
     "'NetworkMode':'n','PortBindings':{'80/tcp':[{'HostIp':'','HostPort':'8080'}]},"
     "'RestartPolicy':{'Name':'always','MaximumRetryCount':0},'AutoRemove':false,"
     "'VolumeDriver':'','VolumesFrom':null,'ConsoleSize':[0,0],'CapAdd':['CAP_NET_ADMIN'],"
     "'CapDrop':null,'CgroupnsMode':'','Dns':[],'DnsOptions':[],'DnsSearch':[],"
     "'ExtraHosts':null,'GroupAdd':null,'IpcMode':'','Cgroup':'','Links':null,'OomScoreAdj':0,"
     "'PidMode':'','Privileged':false,'PublishAllPorts':false,'ReadonlyRootfs':false,"
     "'SecurityOpt':null,'Tmpfs':{'/t':''},'UTSMode':'','UsernsMode':'','ShmSize':0,"
     "'Isolation':'','CpuShares':0,'Memory':67108864,'NanoCpus':0,'CgroupParent':'',"
     "'BlkioWeight':0,'BlkioWeightDevice':[],'BlkioDeviceReadBps':[],'BlkioDeviceWriteBps':[],"
     "'BlkioDeviceReadIOps':[],'BlkioDeviceWriteIOps':[],'CpuPeriod':0,'CpuQuota':0,"
     "'CpuRealtimePeriod':0,'CpuRealtimeRuntime':0,'CpusetCpus':'','CpusetMems':'',"
     "'Devices':[{'PathOnHost':'/dev/null','PathInContainer':'/dev/null',"
     "'CgroupPermissions':'rwm'}],'DeviceCgroupRules':null,'DeviceRequests':[{'Driver':'',"
     "'Count':-1,'DeviceIDs':null,'Capabilities':[['gpu']],'Options':{}}],"
     "'MemoryReservation':0,'MemorySwap':0,'MemorySwappiness':-1,'OomKillDisable':false,"
     "'PidsLimit':0,'Ulimits':[{'Name':'nofile','Hard':2,'Soft':1}],'CpuCount':0,"
     "'CpuPercent':0,'IOMaximumIOps':0,'IOMaximumBandwidth':0,'Mounts':[{'Type':'bind',"
     "'Source':'/etc','Target':'/h','ReadOnly':true}],'MaskedPaths':null,'ReadonlyPaths':null,"
     "'Init':true},"
     "'NetworkingConfig':{'EndpointsConfig':{'n':{'IPAMConfig':{'IPv4Address':'10.0.0.5'},"
     "'Links':null,'Aliases':['a'],'MacAddress':'','DriverOpts':null,'GwPriority':0,"
     "'NetworkID':'','EndpointID':'','Gateway':'','IPAddress':'','IPPrefixLen':0,"
     "'IPv6Gateway':'','GlobalIPv6Address':'','GlobalIPv6PrefixLen':0,'DNSNames':null}}}}",
     ""},
	{"docker 28 network create", &schema_network_create, 50,
     "{'Driver':'bridge','Scope':'','IPAM':{'Driver':'default','Options':{},'Config':[]},"
     "'Internal':false,'Attachable':false,'Ingress':false,'ConfigOnly':false,"
     "'ConfigFrom':null,'Options':{},'Labels':{},'Name':'n'}",
     ""},
	{"docker 28 network connect", &schema_network_connect, 50,
     "{'Container':'c','EndpointConfig':{'IPAMConfig':{},'Links':null,'Aliases':[],"
     "'MacAddress':'','DriverOpts':{},'GwPriority':0,'NetworkID':'','EndpointID':'',"
     "'Gateway':'','IPAddress':'','IPPrefixLen':0,'IPv6Gateway':'','GlobalIPv6Address':'',"
     "'GlobalIPv6PrefixLen':0,'DNSNames':null}}",
     ""},
	{"docker-compose 1.29 volume", &schema_volume_create, 41,
     "{'Name':'pr_data','Labels':{'com.docker.compose.project':'pr',"
     "'com.docker.compose.volume':'data','com.docker.compose.version':'1.29.2'}}",
     ""},
	{"docker-compose 1.29 up", &schema_container_create, 41,
     "{'ExposedPorts':{'80/tcp':{}},'Tty':false,'OpenStdin':false,'StdinOnce':false,"
     "'AttachStdin':false,'AttachStdout':false,'AttachStderr':false,'Env':['A=1'],"
     "'Cmd':['true'],'Image':'bb:1','Volumes':{'/h':{},'/d':{}},'NetworkDisabled':false,"
     "'HostConfig':{'Memory':67108864,'NetworkMode':'pr_back','VolumesFrom':[],"
     "'Binds':['/etc:/h:ro','pr_data:/d:rw'],'PortBindings':{'80/tcp':[{'HostIp':'',"
     "'HostPort':'8080'}]},'Links':[],'LogConfig':{'Type':'','Config':{}}},"
     "'NetworkingConfig':{'EndpointsConfig':{'pr_back':{'Aliases':['web','w'],"
     "'IPAMConfig':{}}}},'Labels':{'com.docker.compose.project':'pr',"
     "'com.docker.compose.service':'web','com.docker.compose.oneoff':'False',"
     "'com.docker.compose.container-number':'1','com.docker.compose.version':'1.29.2'},"
     "'Healthcheck':{'Test':['CMD-SHELL','true'],'Interval':10000000000,'Timeout':null,"
     "'Retries':null,'StartPeriod':null}}",
     ""},
	{"python3-docker create", &schema_container_create, 41,
     "{'ExposedPorts':{'80/tcp':{}},'Tty':true,'OpenStdin':true,'StdinOnce':true,"
     "'AttachStdin':true,'AttachStdout':true,'AttachStderr':true,'Env':['A=1'],'Cmd':['sh'],"
     "'Image':'bb:1','Volumes':{'/d':{}},'NetworkDisabled':false,"
     "'HostConfig':{'Memory':67108864,'NetworkMode':'bridge','CapAdd':['NET_ADMIN'],"
     "'Binds':['/etc:/h:ro'],'PortBindings':{'80/tcp':[{'HostIp':'','HostPort':'8080'}]},"
     "'Ulimits':[{'Name':'nofile','Soft':1,'Hard':2}],'LogConfig':{'Type':'json-file',"
     "'Config':{}},'Tmpfs':{'/t':''},'Mounts':[{'Target':'/x','Source':'v','Type':'volume',"
     "'ReadOnly':false}],'DeviceRequests':[{'Driver':'','Count':-1,'DeviceIDs':[],"
     "'Capabilities':[['gpu']],'Options':{}}]},"
     "'NetworkingConfig':{'EndpointsConfig':{'n':{'Aliases':['a']}}},'Labels':{'a':'b'},"
     "'Healthcheck':{'Test':['CMD','true'],'Interval':1000000000,'Timeout':null,"
     "'Retries':null,'StartPeriod':null}}",
     ""},
	{"python3-docker containers.run", &schema_container_create, 41,
     "{'Tty':false,'OpenStdin':false,'StdinOnce':false,'AttachStdin':false,"
     "'AttachStdout':false,'AttachStderr':false,'Cmd':['true'],'Image':'bb:1',"
     "'NetworkDisabled':false,'HostConfig':{'Memory':67108864,'NetworkMode':'n',"
     "'Runtime':'runc'},'NetworkingConfig':{'n':null}}",
     ""},
	{"python3-docker exec", &schema_exec_create, 41,
     "{'Container':'c','User':'','Privileged':false,'Tty':false,'AttachStdin':false,"
     "'AttachStdout':true,'AttachStderr':true,'Cmd':['ls']}",
     ""},
	{"python3-docker update", &schema_container_update, 41, "{'Memory':67108864}", ""},
	{"python3-docker network with a pool", &schema_network_create, 41,
     "{'Name':'n2','IPAM':{'Driver':'default','Config':[{'Subnet':'10.0.0.0/8','IPRange':null,"
     "'Gateway':null,'AuxiliaryAddresses':null}]},'Labels':{'a':'b'},'Internal':true}",
     ""},
	{"python3-docker login", &schema_auth, 41,
     "{'username':'u','password':'p','serveraddress':'r:5000'}", ""},
	{"dockerode createContainer", &schema_container_create, 41,
     "{'name':'web','platform':'linux/amd64','Image':'bb:1','Cmd':['true'],"
     "'HostConfig':{'AutoRemove':true}}",
     ""},
	{"dockerode run", &schema_container_create, 41,
     "{'Hostname':'','User':'','AttachStdin':false,'AttachStdout':true,'AttachStderr':true,"
     "'Tty':true,'OpenStdin':false,'StdinOnce':false,'Env':null,'Cmd':['true'],'Image':'bb:1',"
     "'Volumes':{},'VolumesFrom':[]}",
     ""},
	{"dockerode exec.start", &schema_exec_start, 41,
     "{'hijack':true,'stdin':true,'Tty':false,'Detach':false}", ""},
	{"dockerode commit", &schema_commit, 41,
     "{'repo':'x','tag':'1','container':'c','changes':'CMD x','pause':false}", ""},
};

#endif
