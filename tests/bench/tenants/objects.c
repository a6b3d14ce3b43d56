/* Owns the texts of objects, in the shape that dockerd 20.10 gives them. */
#include "tests/bench/tenants/objects.h"

#include "policy/hold.h"
#include "policy/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 4096, LABELS_SIZE = 512, FIRST_OF_IDS = 10 };
enum { NETWORKS = 2, IMAGES = 3 }; /* among the kinds */

static const enum object_kind kinds[OBJECT_KINDS] = {OBJECT_CONTAINER, OBJECT_VOLUME,
                                                     OBJECT_NETWORK, OBJECT_IMAGE};

/* One object. */
struct one {
	unsigned kind; /* its index */
	unsigned tenant, number;
	char owner[16], labels[LABELS_SIZE], hold[HOLD_SIZE];
	char id[OBJECT_ID_DIGITS + 1], image[OBJECT_ID_DIGITS + 1], network[OBJECT_ID_DIGITS + 1];
};

enum object_kind objects_kind(size_t index)
{
	return kinds[index];
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static size_t write_text(char text[OBJECT_TEXT_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static size_t write_text(char text[OBJECT_TEXT_SIZE], const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, OBJECT_TEXT_SIZE, format, arguments);
	va_end(arguments);
	if (len < 0 || len >= OBJECT_TEXT_SIZE)
		die("an object is too long");
	return (size_t)len;
}

static void print_id(unsigned kind, unsigned tenant, unsigned number, char id[OBJECT_ID_DIGITS + 1])
{
	snprintf(id, OBJECT_ID_DIGITS + 1, "%08x%08x%048x", tenant, number, kind + FIRST_OF_IDS);
}

/* As quaymaster seals what is made through it. */
static void seal(const struct objects *objects, struct one *one)
{
	struct world world = {.tenant = one->owner, .key = &objects->key};
	json_t *labels = json_pack("{s:s, s:s}", "com.docker.compose.project", "project",
	                           "com.docker.compose.service", "web");
	char image[OBJECT_ID_DIGITS + 8], name[64];
	size_t len;

	snprintf(world.nonce, sizeof world.nonce, "%08x%08x%016x", one->kind, one->tenant, one->number);
	snprintf(image, sizeof image, "sha256:%s", one->image);
	snprintf(name, sizeof name, "docker.io/%s/%u:latest", one->owner, one->number);
	if (labels == NULL || !world_label(&world, kinds[one->kind], image, labels) ||
	    !hold_make(&objects->key, one->owner, image, name, one->hold))
		die("seal");
	len = json_dumpb(labels, one->labels, sizeof one->labels - 1, JSON_COMPACT);
	if (len == 0 || len >= sizeof one->labels)
		die("labels are too long");
	one->labels[len] = '\0';
	json_decref(labels);
}

static struct one find(const struct objects *objects, unsigned kind, unsigned tenant,
                       unsigned number)
{
	struct one one = {.kind = kind, .tenant = tenant, .number = number};

	snprintf(one.owner, sizeof one.owner, "t%u", tenant);
	print_id(kind, tenant, number, one.id);
	print_id(IMAGES, tenant, number, one.image);
	print_id(NETWORKS, tenant, 0, one.network);
	seal(objects, &one);
	return one;
}

static size_t write_container(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"Id\":\"%s\",\"Names\":[\"/%s-%u\"],\"Image\":\"%s/%u\",\"ImageID\":\"sha256:%s\","
		"\"Command\":\"docker-entrypoint.sh postgres\",\"Created\":1700000000,\"Ports\":[{"
		"\"PrivatePort\":5432,\"Type\":\"tcp\"}],\"Labels\":%s,\"State\":\"running\",\"Status\":"
		"\"Up 3 days\",\"HostConfig\":{\"NetworkMode\":\"%s-0\"},\"NetworkSettings\":{\"Networks\":{"
		"\"%s-0\":{\"IPAMConfig\":null,\"Links\":null,\"Aliases\":null,\"NetworkID\":\"%s\","
		"\"EndpointID\":\"%s\",\"Gateway\":\"172.18.0.1\",\"IPAddress\":\"172.18.0.2\","
		"\"IPPrefixLen\":16,\"IPv6Gateway\":\"\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":"
		"0,\"MacAddress\":\"02:42:ac:12:00:02\",\"DriverOpts\":null}}},\"Mounts\":[{\"Type\":"
		"\"volume\",\"Name\":\"%s-%u\",\"Source\":\"\",\"Destination\":\"/data\",\"Driver\":"
		"\"local\",\"Mode\":\"z\",\"RW\":true,\"Propagation\":\"\"}]}",
		one->id, one->owner, one->number, one->owner, one->number, one->image, one->labels,
		one->owner, one->owner, one->network, one->id, one->owner, one->number);
}

static size_t write_volume(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"CreatedAt\":\"2026-01-01T00:00:00Z\",\"Driver\":\"local\",\"Labels\":%s,\"Mountpoint\":"
		"\"/var/lib/docker/volumes/%s-%u/_data\",\"Name\":\"%s-%u\",\"Options\":null,\"Scope\":"
		"\"local\"}",
		one->labels, one->owner, one->number, one->owner, one->number);
}

static size_t write_network(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"Name\":\"%s-%u\",\"Id\":\"%s\",\"Created\":\"2026-01-01T00:00:00Z\",\"Scope\":\"local\","
		"\"Driver\":\"bridge\",\"EnableIPv6\":false,\"IPAM\":{\"Driver\":\"default\",\"Options\":null,"
		"\"Config\":[{\"Subnet\":\"172.18.0.0/16\",\"Gateway\":\"172.18.0.1\"}]},\"Internal\":false,"
		"\"Attachable\":false,\"Ingress\":false,\"ConfigFrom\":{\"Network\":\"\"},\"ConfigOnly\":"
		"false,\"Containers\":{},\"Options\":{},\"Labels\":%s}",
		one->owner, one->number, one->id, one->labels);
}

static size_t write_image(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"Containers\":-1,\"Created\":1700000000,\"Id\":\"sha256:%s\",\"Labels\":%s,"
		"\"ParentId\":\"\",\"RepoDigests\":null,\"RepoTags\":[\"%s/%u:latest\",\"%s\"],"
		"\"SharedSize\":-1,\"Size\":72800000,\"VirtualSize\":72800000}",
		one->id, one->labels, one->owner, one->number, one->hold);
}

static size_t write_element(const struct one *one, char *text)
{
	static size_t (*const writers[OBJECT_KINDS])(const struct one *,
	                                             char *) = {write_container, write_volume,
	                                                        write_network, write_image};

	return writers[one->kind](one, text);
}

/* --- lists ----------------------------------------------------------------------------------------------------- */

static void make_list(struct objects *objects, unsigned kind)
{
	size_t total = objects->tenants * objects->each, size = total * 1536 + OBJECT_TEXT_SIZE, at = 0;
	char *list = malloc(size);
	size_t *begins = calloc(objects->tenants + 1, sizeof *begins);

	if (list == NULL || begins == NULL)
		die("malloc");
	for (size_t i = 0; i < total; i++) {
		const struct one one =
			find(objects, kind, (unsigned)(i / objects->each), (unsigned)(i % objects->each));

		if (i % objects->each == 0)
			begins[one.tenant] = at;
		if (size - at < OBJECT_TEXT_SIZE)
			die("objects are longer than was thought");
		at += write_element(&one, list + at);
		list[at++] = ',';
	}
	begins[objects->tenants] = at;
	objects->lists[kind] = list;
	objects->begins[kind] = begins;
}

static void read_key(const char *file, struct seal_key *key)
{
	char secret[KEY_SIZE];
	FILE *stream = fopen(file, "r");
	size_t len = stream != NULL ? fread(secret, 1, sizeof secret, stream) : 0;

	if (len < SEAL_KEY_MIN)
		die(file);
	fclose(stream);
	seal_key_make(secret, len, key);
}

struct objects *objects_make(const char *file, size_t tenants, size_t each)
{
	struct objects *objects = calloc(1, sizeof *objects);

	if (objects == NULL)
		die("calloc");
	read_key(file, &objects->key);
	objects->tenants = tenants;
	objects->each = each;
	for (unsigned kind = 0; kind < OBJECT_KINDS; kind++)
		make_list(objects, kind);
	return objects;
}

/* --- inspections ----------------------------------------------------------------------------------------------- */

static size_t inspect_container(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"Id\":\"%s\",\"Name\":\"/%s-%u\",\"Created\":\"2026-01-01T00:00:00Z\",\"Path\":\"sh\","
		"\"Args\":[],\"State\":{\"Status\":\"running\",\"Running\":true,\"Paused\":false,\"Pid\":7},"
		"\"Image\":\"sha256:%s\",\"HostConfig\":{\"NetworkMode\":\"%s-0\",\"Memory\":0},"
		"\"Mounts\":[{\"Type\":\"volume\",\"Name\":\"%s-%u\",\"Source\":\"\",\"Destination\":\"/data\","
		"\"Driver\":\"local\",\"Mode\":\"z\",\"RW\":true,\"Propagation\":\"\"}],\"Config\":{\"Image\":"
		"\"%s/%u\",\"Labels\":%s},\"NetworkSettings\":{\"Networks\":{\"%s-0\":{\"NetworkID\":"
		"\"%s\"}}}}",
		one->id, one->owner, one->number, one->image, one->owner, one->owner, one->number,
		one->owner, one->number, one->labels, one->owner, one->network);
}

static size_t inspect_image(const struct one *one, char *text)
{
	return write_text(
		text,
		"{\"Id\":\"sha256:%s\",\"RepoTags\":[\"%s/%u:latest\",\"%s\"],\"RepoDigests\":[],\"Config\":{"
		"\"Labels\":{},\"Volumes\":null},\"Os\":\"linux\",\"Architecture\":\"amd64\",\"Size\":1}",
		one->id, one->owner, one->number, one->hold);
}

/* "t7-3", "t7/3:latest", or an id, which begins with both numbers. */
static int read_name(const char *name, unsigned *tenant, unsigned *number)
{
	if (strncmp(name, "sha256:", 7) == 0)
		name += 7;
	if (strlen(name) == OBJECT_ID_DIGITS)
		return sscanf(name, "%8x%8x", tenant, number) == 2;
	return sscanf(name, "t%u%*[-/]%u", tenant, number) == 2;
}

size_t objects_inspect(const struct objects *objects, unsigned index, const char *name,
                       char text[OBJECT_TEXT_SIZE])
{
	unsigned tenant, number;

	if (!read_name(name, &tenant, &number) || tenant >= objects->tenants || number >= objects->each)
		return 0;
	const struct one one = find(objects, index, tenant, number);

	if (kinds[index] == OBJECT_CONTAINER)
		return inspect_container(&one, text);
	if (kinds[index] == OBJECT_IMAGE)
		return inspect_image(&one, text);
	return write_element(&one, text);
}
