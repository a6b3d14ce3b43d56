/* The way through an archive: headers, what follows them, the end. What a header says is tar_header.c's;
 * which entries are fit to be where they are is decided here. */
#include "policy/tar_scan.h"

#include "policy/tar_header.h"
#include "policy/tar_links.h"
#include "policy/text.h"

#include <stdlib.h>
#include <string.h>

enum { META_BYTES_MAX = 128 * 1024 };

enum state {
	IN_HEADER, /* collecting a block */
	IN_DATA,   /* of an entry, to be kept or not */
	IN_META,   /* of a header about the next entry, to be kept */
	IN_PADDING,
	AFTER_END,
	REFUSED
};

struct wanted {
	const char *name;
	char *bytes; /* terminated; NULL until it comes */
	size_t size, len;
	bool whole;
};

struct tar_scan {
	enum tar_kind kind;
	enum state state;
	const char *error;
	unsigned char block[TAR_BLOCK_SIZE];
	size_t filled;  /* of the block */
	bool zero_seen; /* the last block was the first of an end marker */
	uint64_t left;  /* of the data, then of its padding */
	size_t padding;
	struct tar_header header;
	/* What was said about the next entry. */
	enum tar_type meta;
	char *meta_bytes;
	size_t meta_len;
	bool has_pax, has_long_name, has_long_link;
	char long_name[TAR_NAME_SIZE];
	/* Files that are looked for. */
	struct wanted wanted[TAR_WANTED_MAX];
	size_t wanted_count;
	size_t keeping; /* 1 + the place of the one whose data comes; 0: the data is passed over */
	char path[TAR_NAME_SIZE];
	struct tar_links links; /* that are there so far */
	struct tar_listener listener;
	bool heard; /* the listener is being told of a file */
};

static bool refuse(struct tar_scan *scan, const char *error)
{
	scan->state = REFUSED;
	scan->error = error;
	return false;
}

/* What the listener says. */
static bool take_word(struct tar_scan *scan, const char *wrong)
{
	return wrong == NULL || refuse(scan, wrong);
}

/* ---- what an entry may be ---- */

static bool is_link(enum tar_type type)
{
	return type == TAR_HARD_LINK || type == TAR_SYMBOLIC_LINK;
}

static bool check_image_entry(struct tar_scan *scan)
{
	if (tar_path_is_below_layer(scan->path))
		return refuse(scan, "has something below a layer");
	if (scan->header.type == TAR_FILE || scan->header.type == TAR_DIRECTORY ||
	    (scan->header.type == TAR_SYMBOLIC_LINK && tar_path_is_layer(scan->path)))
		return true;
	return refuse(scan, "has a link or device, which an archive of images has not");
}

static bool check_context_entry(struct tar_scan *scan)
{
	if (tar_links_lead_to(&scan->links, scan->path))
		return refuse(scan, "has an entry that leads through a link");
	if (!is_link(scan->header.type) || tar_links_add(&scan->links, scan->path))
		return true;
	return refuse(scan, "has more links than can be looked at");
}

/* True when PATH is a directory that NAME is in. */
static bool is_above(const char *path, const char *name)
{
	size_t len = strlen(path);

	return len > 0 && strncmp(path, name, len) == 0 && name[len] == '/';
}

static bool start_keeping(struct tar_scan *scan, size_t place)
{
	struct wanted *wanted = &scan->wanted[place];

	if (scan->header.type == TAR_DIRECTORY)
		return true; /* there is no file then, for the daemon either */
	if (scan->header.type != TAR_FILE)
		return refuse(scan, "has something else than a file where one is looked for");
	if (wanted->bytes != NULL)
		return refuse(scan, "has a file twice that is looked for");
	if (scan->header.size > TAR_FILE_BYTES_MAX)
		return refuse(scan, "has a file that is too large to be looked into");
	wanted->bytes = malloc((size_t)scan->header.size + 1);
	if (wanted->bytes == NULL)
		return refuse(scan, "needs too much memory to be looked into");
	wanted->bytes[0] = '\0';
	wanted->size = (size_t)scan->header.size;
	scan->keeping = place + 1;
	return true;
}

static bool check_wanted(struct tar_scan *scan)
{
	scan->keeping = 0;
	for (size_t i = 0; i < scan->wanted_count; i++) {
		struct wanted *wanted = &scan->wanted[i];

		if (is_above(scan->path, wanted->name) && scan->header.type != TAR_DIRECTORY)
			return refuse(scan, "has something else where a directory is looked for");
		if (strcmp(scan->path, wanted->name) == 0 && !start_keeping(scan, i))
			return false;
	}
	return true;
}

/* ---- entries ---- */

static size_t padding_of(uint64_t size)
{
	return (size_t)(-size & (TAR_BLOCK_SIZE - 1));
}

/* Data that is kept is whole when its last byte has come. */
static void end_data(struct tar_scan *scan)
{
	bool heard = scan->heard;

	if (scan->keeping != 0)
		scan->wanted[scan->keeping - 1].whole = true;
	scan->keeping = 0;
	scan->heard = false;
	scan->left = scan->padding;
	scan->state = scan->left > 0 ? IN_PADDING : IN_HEADER;
	if (heard)
		take_word(scan, scan->listener.end(scan->listener.owner));
}

static void start_data(struct tar_scan *scan, enum state state)
{
	scan->left = scan->header.size;
	scan->padding = padding_of(scan->header.size);
	scan->state = state;
}

static bool start_meta(struct tar_scan *scan)
{
	if (scan->header.size > META_BYTES_MAX)
		return refuse(scan, "has a header that is too large");
	if (scan->meta_bytes == NULL)
		scan->meta_bytes = malloc(META_BYTES_MAX);
	if (scan->meta_bytes == NULL)
		return refuse(scan, "needs too much memory to be looked into");
	scan->meta = scan->header.type;
	scan->meta_len = 0;
	start_data(scan, IN_META);
	return true;
}

/* Go reads several headers about one entry, of different sorts, in its own way. */
static bool check_meta(struct tar_scan *scan)
{
	bool gnu = scan->has_long_name || scan->has_long_link;

	switch (scan->header.type) {
	case TAR_PAX:
		if (scan->has_pax || gnu)
			return refuse(scan, "has two headers about one entry");
		return start_meta(scan);
	case TAR_LONG_NAME:
	case TAR_LONG_LINK:
		if (scan->has_pax ||
		    (scan->header.type == TAR_LONG_NAME ? scan->has_long_name : scan->has_long_link))
			return refuse(scan, "has two headers about one entry");
		return start_meta(scan);
	case TAR_PAX_GLOBAL:
		if (scan->has_pax || gnu)
			return refuse(scan, "has a global header where an entry should be");
		start_data(scan, IN_DATA);
		return true;
	case TAR_FILE:
	case TAR_HARD_LINK:
	case TAR_SYMBOLIC_LINK:
	case TAR_DEVICE:
	case TAR_DIRECTORY:
		break;
	}
	return refuse(scan, "has a header that is none");
}

/* What came before the entry's header counts more than what that says. */
static bool complete_header(struct tar_scan *scan)
{
	const char *wrong = NULL;

	if (scan->has_pax)
		wrong = tar_pax_apply(scan->meta_bytes, scan->meta_len, &scan->header);
	if (scan->has_long_name)
		memcpy(scan->header.name, scan->long_name, sizeof scan->long_name);
	scan->has_pax = scan->has_long_name = scan->has_long_link = false;
	return wrong == NULL || refuse(scan, wrong);
}

/* Readers differ about data behind what has none, and about files that are called like directories. */
static bool check_size(struct tar_scan *scan)
{
	bool called_directory = text_ends_with(scan->header.name, "/");

	if (scan->header.type == TAR_FILE && called_directory)
		return refuse(scan, "has a file that is called like a directory");
	if (scan->header.type != TAR_FILE && scan->header.size > 0)
		return refuse(scan, "has an entry with data that has none");
	return true;
}

/* In the old form a directory is a file whose name ends with a slash. */
static void read_old_directory(struct tar_scan *scan)
{
	enum { TYPE_AT = 156 };

	if (scan->block[TYPE_AT] == '\0' && text_ends_with(scan->header.name, "/"))
		scan->header.type = TAR_DIRECTORY;
}

static bool start_entry(struct tar_scan *scan)
{
	if (!complete_header(scan))
		return false;
	read_old_directory(scan);
	if (!check_size(scan))
		return false;
	if (!tar_path_clean(scan->header.name, scan->path))
		return refuse(scan, "has an entry that leads out of it");
	if (scan->path[0] == '\0' && scan->header.type != TAR_DIRECTORY)
		return refuse(scan, "has an entry without a name");
	if (!(scan->kind == TAR_OF_IMAGES ? check_image_entry(scan) : check_context_entry(scan)) ||
	    !check_wanted(scan))
		return false;
	start_data(scan, IN_DATA);
	scan->heard = scan->header.type == TAR_FILE && scan->listener.begin != NULL;
	return !scan->heard || take_word(scan, scan->listener.begin(scan->listener.owner, scan->path,
	                                                            scan->header.size));
}

static bool is_entry(enum tar_type type)
{
	return type == TAR_FILE || is_link(type) || type == TAR_DEVICE || type == TAR_DIRECTORY;
}

static bool take_block(struct tar_scan *scan)
{
	const char *wrong;

	scan->filled = 0;
	if (tar_block_is_zero(scan->block)) {
		if (scan->has_pax || scan->has_long_name || scan->has_long_link)
			return refuse(scan, "ends where an entry should be");
		if (scan->zero_seen)
			scan->state = AFTER_END;
		scan->zero_seen = true;
		return true;
	}
	if (scan->zero_seen)
		return refuse(scan, "goes on after a block of zeros");
	wrong = tar_header_read(scan->block, &scan->header);
	if (wrong != NULL)
		return refuse(scan, wrong);
	if (!(is_entry(scan->header.type) ? start_entry(scan) : check_meta(scan)))
		return false;
	if (scan->left == 0 && scan->state == IN_DATA)
		end_data(scan);
	return true;
}

/* A name ends at its first NUL, and has one. */
static bool end_meta(struct tar_scan *scan)
{
	size_t len = scan->meta_len;
	const char *end = len > 0 ? memchr(scan->meta_bytes, '\0', len) : NULL;

	scan->left = scan->padding;
	scan->state = scan->left > 0 ? IN_PADDING : IN_HEADER;
	if (scan->meta == TAR_PAX) {
		scan->has_pax = true;
		return true;
	}
	if (end != NULL)
		len = (size_t)(end - scan->meta_bytes);
	if (len == 0 || len >= sizeof scan->long_name)
		return refuse(scan, "has a name that is too long, or none");
	if (scan->meta == TAR_LONG_LINK) {
		scan->has_long_link = true;
		return true;
	}
	scan->has_long_name = true;
	memcpy(scan->long_name, scan->meta_bytes, len);
	scan->long_name[len] = '\0';
	return true;
}

/* ---- bytes ---- */

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

static size_t take_header(struct tar_scan *scan, const char *bytes, size_t len)
{
	size_t part = smaller(TAR_BLOCK_SIZE - scan->filled, len);

	memcpy(scan->block + scan->filled, bytes, part);
	scan->filled += part;
	if (scan->filled == TAR_BLOCK_SIZE)
		take_block(scan);
	return part;
}

static size_t take_data(struct tar_scan *scan, const char *bytes, size_t len)
{
	size_t part = smaller(scan->left, len);

	if (scan->keeping != 0) {
		struct wanted *keeping = &scan->wanted[scan->keeping - 1];

		memcpy(keeping->bytes + keeping->len, bytes, part);
		keeping->len += part;
		keeping->bytes[keeping->len] = '\0';
	}
	scan->left -= part;
	if (scan->heard && !take_word(scan, scan->listener.data(scan->listener.owner, bytes, part)))
		return part;
	if (scan->left == 0)
		end_data(scan);
	return part;
}

static size_t take_meta(struct tar_scan *scan, const char *bytes, size_t len)
{
	size_t part = smaller(scan->left, len);

	memcpy(scan->meta_bytes + scan->meta_len, bytes, part);
	scan->meta_len += part;
	scan->left -= part;
	if (scan->left == 0)
		end_meta(scan);
	return part;
}

static size_t take_padding(struct tar_scan *scan, size_t len)
{
	size_t part = smaller(scan->left, len);

	scan->left -= part;
	if (scan->left == 0)
		scan->state = IN_HEADER;
	return part;
}

/* Archives are padded with zeros to the size of a record. */
static size_t take_rest(struct tar_scan *scan, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0) {
			refuse(scan, "goes on after its end");
			break;
		}
	}
	return len;
}

bool tar_scan_feed(struct tar_scan *scan, const char *bytes, size_t len)
{
	while (len > 0 && scan->state != REFUSED) {
		size_t taken = 0;

		switch (scan->state) {
		case IN_HEADER:
			taken = take_header(scan, bytes, len);
			break;
		case IN_DATA:
			taken = take_data(scan, bytes, len);
			break;
		case IN_META:
			taken = take_meta(scan, bytes, len);
			break;
		case IN_PADDING:
			taken = take_padding(scan, len);
			break;
		case AFTER_END:
			taken = take_rest(scan, bytes, len);
			break;
		case REFUSED:
			break;
		}
		bytes += taken;
		len -= taken;
	}
	return scan->state != REFUSED;
}

void tar_scan_listen(struct tar_scan *scan, const struct tar_listener *listener)
{
	scan->listener = *listener;
}

bool tar_scan_has_end(const struct tar_scan *scan)
{
	return scan->zero_seen;
}

/* Without an end marker an archive may end where the next header would be, as it may for Go. */
bool tar_scan_finish(struct tar_scan *scan)
{
	bool between = scan->state == IN_HEADER && scan->filled == 0;

	if (scan->state == REFUSED)
		return false;
	if (scan->state == AFTER_END)
		return true;
	if (!between || scan->has_pax || scan->has_long_name || scan->has_long_link)
		return refuse(scan, "is cut short");
	return true;
}

const char *tar_scan_error(const struct tar_scan *scan)
{
	return scan->error;
}

const char *tar_scan_file(const struct tar_scan *scan, size_t index, size_t *len)
{
	const struct wanted *wanted = &scan->wanted[index];

	if (index >= scan->wanted_count || !wanted->whole)
		return NULL;
	*len = wanted->len;
	return wanted->bytes;
}

size_t tar_scan_bytes(const struct tar_scan *scan)
{
	size_t bytes = sizeof *scan + scan->links.room * sizeof *scan->links.table;

	for (size_t i = 0; i < scan->wanted_count; i++)
		bytes += scan->wanted[i].bytes != NULL ? scan->wanted[i].size + 1 : 0;
	return bytes + (scan->meta_bytes != NULL ? META_BYTES_MAX : 0);
}

struct tar_scan *tar_scan_new(enum tar_kind kind, const char *const *names, size_t count)
{
	struct tar_scan *scan = count <= TAR_WANTED_MAX ? calloc(1, sizeof *scan) : NULL;

	if (scan == NULL)
		return NULL;
	scan->kind = kind;
	scan->wanted_count = count;
	for (size_t i = 0; i < count; i++)
		scan->wanted[i].name = names[i];
	return scan;
}

void tar_scan_free(struct tar_scan *scan)
{
	if (scan == NULL)
		return;
	for (size_t i = 0; i < scan->wanted_count; i++)
		free(scan->wanted[i].bytes);
	free(scan->meta_bytes);
	tar_links_free(&scan->links);
	free(scan);
}
