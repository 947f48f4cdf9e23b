// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what reads images and stores: configs and manifests, states,
 * overlays, databases of bbolt, content and its cache.
 *	image_test --bolt FILE BUCKET KEY	prints a value of a real database
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../userspace/image/bolt.h"
#include "../../userspace/image/cache.h"
#include "../../userspace/image/content.h"
#include "../../userspace/image/image.h"
#include "../../userspace/image/overlay.h"
#include "../../userspace/image/walk.h"
#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/oci/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A16 "0123456789abcdef"
#define A64 A16 A16 A16 A16
#define B64 A16 A16 A16 "fedcba9876543210"

static unsigned int tests, failed;

static void claim(bool holds, const char *name)
{
	failed += !holds;
	printf("%sok %u - %s\n", holds ? "" : "not ", ++tests, name);
}

/* Whether @text is refused with @fault, or taken when that is NULL. */
static bool ends(int r, const struct ctguard_error *error, const char *fault)
{
	bool holds = fault ? r < 0 && error->status == CTGUARD_EXIT_MALFORMED &&
				     strstr(error->text, fault) :
			     !r;

	if (!holds)
		printf("# %s\n", r < 0 ? error->text : "it is taken");
	return holds;
}

static const struct {
	const char *claim;
	const char *text;
	const char *fault;
} configs[] = {
	{ "a config has layers",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64
	  "\",\"sha256:" B64 "\"]}}",
	  NULL },
	{ "a config may have none",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}", NULL },
	{ "a config has a rootfs", "{}",
	  "x: found no \"rootfs\", expected an object" },
	{ "a rootfs is an object", "{\"rootfs\":[]}",
	  "found something else in \"rootfs\"" },
	{ "a rootfs is of layers",
	  "{\"rootfs\":{\"type\":\"x\",\"diff_ids\":[]}}",
	  "found another rootfs.type" },
	{ "a diff_id has its algorithm",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64
	  "\",\"" A64 "\"]}}",
	  "number 1 of rootfs.diff_ids" },
	{ "a diff_id is in lower case",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A16 A16 A16
	  "0123456789ABCDEF\"]}}",
	  "number 0 of rootfs.diff_ids" },
	{ "a key that stands twice is refused",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[],\"diff_ids\":[\"sha256:" A64
	  "\"]}}",
	  "x:1:" },
	{ "what is cut short is refused",
	  "{\"rootfs\":", "found what is not JSON" },
	{ "what follows is refused",
	  "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}} {}",
	  "found what is not JSON" },
	{ "nothing is no config", "", "found what is not JSON" },
};

static void test_configs(void)
{
	struct ctguard_error error;

	for (size_t i = 0; i < COUNT(configs); i++) {
		CTGUARD_MEASURED struct ctguard_measured image = { 0 };

		claim(ends(ctguard_spec_config("x", configs[i].text,
					       strlen(configs[i].text), &image,
					       &error),
			   &error, configs[i].fault),
		      configs[i].claim);
	}
}

#define MANIFEST(config, layers)                                       \
	"{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:" config \
	"\"},\"layers\":[" layers "]}"

static const struct {
	const char *claim;
	const char *text;
	const char *fault;
} manifests[] = {
	{ "a manifest names a config and layers",
	  MANIFEST(A64, "{\"digest\":\"sha256:" B64 "\"}"), NULL },
	{ "version 1 is refused", "{\"schemaVersion\":1}",
	  "another schemaVersion" },
	{ "an index is no manifest", "{\"schemaVersion\":2,\"manifests\":[]}",
	  "found an index" },
	{ "a layer has a digest", MANIFEST(A64, "{}"), "no \"digest\"" },
	{ "a digest is of sha256",
	  MANIFEST(A64, "{\"digest\":\"sha512:" A64 A64 "\"}"),
	  "in \"digest\", expected \"sha256:\"" },
	{ "a layer is an object", MANIFEST(A64, "7"), "no \"digest\"" },
};

static void test_manifests(void)
{
	static const char config[] =
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64
		"\"]}}";
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	CTGUARD_FREE char *right = NULL, *wrong = NULL, *none = NULL;
	char hex[CTGUARD_DIGEST_TEXT];
	struct ctguard_error error;

	for (size_t i = 0; i < COUNT(manifests); i++) {
		struct ctguard_manifest manifest = { .layers = NULL };

		claim(ends(ctguard_spec_manifest("x", manifests[i].text,
						 strlen(manifests[i].text),
						 &manifest, &error),
			   &error, manifests[i].fault),
		      manifests[i].claim);
		free(manifest.layers);
	}
	ctguard_spec_config("x", config, strlen(config), &image, &error);
	ctguard_digest_text(image.config, hex);
	right = ctguard_alloc_format(
		"{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:%s\"},\"layers\":[{\"digest\":\"sha256:%s\"}]}",
		hex, B64);
	wrong = ctguard_alloc_format(
		MANIFEST(B64, "{\"digest\":\"sha256:%s\"}"), A64);
	none = ctguard_alloc_format(
		"{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:%s\"},\"layers\":[]}",
		hex);
	claim(ends(ctguard_spec_link("x", wrong, strlen(wrong), &image, &error),
		   &error, "found the config sha256:" B64 " in it") &&
		      !image.has_manifest,
	      "a manifest of another config is refused");
	claim(ends(ctguard_spec_link("x", none, strlen(none), &image, &error),
		   &error, "found 0 layers in it, expected the 1"),
	      "a manifest has as many layers as its config");
	claim(ends(ctguard_spec_link("x", right, strlen(right), &image, &error),
		   &error, NULL) &&
		      image.has_manifest,
	      "the config's own manifest is taken");
}

static void test_chain(void)
{
	static const char config[] =
		"{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" A64
		"\",\"sha256:" B64 "\"]}}";
	static const char text[] = "sha256:" A64 " sha256:" B64;
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	uint8_t chain[CTGUARD_DIGEST_SIZE], digest[CTGUARD_DIGEST_SIZE];
	struct ctguard_error error;
	bool holds;

	ctguard_spec_config("x", config, strlen(config), &image, &error);
	ctguard_digest_make(text, strlen(text), digest, &error);
	ctguard_spec_chain(&image, 0, chain);
	holds = !memcmp(chain, image.layers[0].diff_id, sizeof(chain));
	ctguard_spec_chain(&image, 1, chain);
	claim(holds && !memcmp(chain, digest, sizeof(chain)),
	      "chain ids are those of the OCI image specification");
}

static const struct {
	const char *claim;
	const char *text;
	const char *fault;
} states[] = {
	{ "a state of crun",
	  "{\"ociVersion\":\"1.0\",\"id\":\"a\",\"pid\":7,\"root\":\"/x\",\"bundle\":\"/b\",\"status\":\"created\",\"annotations\":{\"id\":\"z\"}}",
	  NULL },
	{ "a state of runc",
	  "{\"id\":\"a\",\"status\":\"creating\",\"pid\":7,\"bundle\":\"/b\"}",
	  NULL },
	{ "a state has an id", "{\"pid\":7,\"bundle\":\"/b\"}",
	  "found no \"id\"" },
	{ "an id is no path", "{\"id\":\"../a\",\"pid\":7,\"bundle\":\"/b\"}",
	  "found no name as \"id\"" },
	{ "a bundle is absolute", "{\"id\":\"a\",\"pid\":7,\"bundle\":\"b\"}",
	  "found no absolute path" },
	{ "a process has a number above 0",
	  "{\"id\":\"a\",\"pid\":0,\"bundle\":\"/b\"}", "found no process" },
	{ "and a number of 31 bits",
	  "{\"id\":\"a\",\"pid\":4294967303,\"bundle\":\"/b\"}",
	  "found no process" },
	{ "a number is no text",
	  "{\"id\":\"a\",\"pid\":\"7\",\"bundle\":\"/b\"}",
	  "something else in \"pid\"" },
	{ "one pid", "{\"id\":\"a\",\"pid\":7,\"pid\":8,\"bundle\":\"/b\"}",
	  "found what is not JSON" },
	{ "an id without NUL",
	  "{\"id\":\"a\\u0000b\",\"pid\":7,\"bundle\":\"/b\"}",
	  "found what is not JSON" },
};

static void test_states(void)
{
	struct ctguard_error error;

	for (size_t i = 0; i < COUNT(states); i++) {
		struct ctguard_state state = { 0 };
		int r = ctguard_state_parse(
			states[i].text, strlen(states[i].text), &state, &error);

		claim(ends(r, &error, states[i].fault) &&
			      (r < 0 ||
			       (state.pid == 7 && !strcmp(state.id, "a") &&
				!strcmp(state.bundle, "/b"))),
		      states[i].claim);
		ctguard_state_clear(&state);
	}
}

/* Directories of an overlay, "|" between them, the upper one first. */
static const struct {
	const char *claim;
	const char *options;
	const char *expected; /* NULL: refused */
} overlays[] = {
	{ "one lower directory", "rw,lowerdir=/a,upperdir=/u,workdir=/w",
	  "/u|/a" },
	{ "many, top first", "ro,lowerdir=/a:l/B:/c,upperdir=/u",
	  "/u|/a|l/B|/c" },
	{ "none that can be written", "ro,lowerdir=/a:/b", "-|/a|/b" },
	{ "a colon in a name",
	  "rw,lowerdir=/a\\134:b:/c,upperdir=/u\\072,workdir=/w",
	  "/u:|/a:b|/c" },
	{ "a comma and a blank in a name",
	  "rw,lowerdir=/a\\054b:/c\\040d,upperdir=/u", "/u|/a,b|/c d" },
	{ "a name that looks like an option",
	  "rw,lowerdir=/a\\054upperdir=/x,upperdir=/u", "/u|/a,upperdir=/x" },
	{ "directories one by one",
	  "rw,lowerdir+=/a,lowerdir+=/b:c,upperdir=/u", "/u|/a|/b:c" },
	{ "no lower directory is refused", "rw,upperdir=/u", NULL },
	{ "an empty one is refused", "rw,lowerdir=/a::/b", NULL },
	{ "two lists are refused", "rw,lowerdir=/a,lowerdir=/b", NULL },
	{ "two upper ones are refused",
	  "rw,lowerdir=/a,upperdir=/u,upperdir=/v", NULL },
	{ "directories of data only are refused", "rw,lowerdir+=/a,datadir+=/d",
	  NULL },
};

static void test_overlays(void)
{
	for (size_t i = 0; i < COUNT(overlays); i++) {
		CTGUARD_OVERLAY struct ctguard_overlay overlay = { 0 };
		CTGUARD_FREE char *text = NULL;
		bool taken =
			ctguard_overlay_options(overlays[i].options, &overlay);

		text = ctguard_alloc_format(
			"%s", overlay.upper ? overlay.upper : "-");
		for (size_t j = 0; j < overlay.lower_count; j++) {
			CTGUARD_FREE char *before = text;

			text = ctguard_alloc_format("%s|%s", before,
						    overlay.lower[j]);
		}
		if (taken)
			printf("# %s\n", text);
		claim(overlays[i].expected ?
			      taken && !strcmp(text, overlays[i].expected) :
			      !taken,
		      overlays[i].claim);
	}
}

/*
 * Databases of bbolt, made by hand
 */
#define PAGE 4096

struct db {
	uint8_t bytes[8 * PAGE];
};

static void put(struct db *db, size_t at, const void *bytes, size_t size)
{
	memcpy(db->bytes + at, bytes, size);
}

static void put_page(struct db *db, uint64_t id, uint16_t flags, uint16_t count)
{
	put(db, id * PAGE, &id, 8);
	put(db, id * PAGE + 8, &flags, 2);
	put(db, id * PAGE + 10, &count, 2);
}

static void put_u32(struct db *db, size_t at, uint32_t value)
{
	put(db, at, &value, sizeof(value));
}

static void put_u64(struct db *db, size_t at, uint64_t value)
{
	put(db, at, &value, sizeof(value));
}

static void put_meta(struct db *db, uint64_t id, uint64_t root,
		     uint64_t version)
{
	const size_t at = id * PAGE + 16;
	uint64_t sum = UINT64_C(14695981039346656037);

	put_page(db, id, 4, 0);
	put_u32(db, at, 0xed0cdaed);
	put_u32(db, at + 4, 2);
	put_u32(db, at + 8, PAGE);
	put_u64(db, at + 16, root);
	put_u64(db, at + 40, 8);
	put_u64(db, at + 48, version);
	for (size_t i = 0; i < 56; i++)
		sum = (sum ^ db->bytes[at + i]) * UINT64_C(1099511628211);
	put_u64(db, at + 56, sum);
}

/* Element @i of the leaf at @page, its bytes at @data of the page. */
static void put_leaf(struct db *db, size_t page, unsigned int i, uint32_t flags,
		     uint32_t data, const char *key, const void *value,
		     uint32_t size)
{
	const size_t at = page + 16 + 16 * i;

	put_u32(db, at, flags);
	put_u32(db, at + 4, (uint32_t)(page + data - at));
	put_u32(db, at + 8, (uint32_t)strlen(key));
	put_u32(db, at + 12, size);
	put(db, page + data, key, strlen(key));
	put(db, page + data + strlen(key), value, size);
}

/*
 * Page 2: a branch to 3 and 4. 3: "a" is a bucket on page 5, 4: "m" is one
 * inside. 5: "k" is "old" and "l" is "value". Page 6 is an older root.
 */
static void make_db(struct db *db)
{
	uint8_t inside[16 + 64] = { 0 };
	uint64_t root[2] = { 5, 0 };
	uint16_t leaf = 2, one = 1;
	uint32_t number;

	memset(db, 0, sizeof(*db));
	put_meta(db, 0, 6, 7);
	put_meta(db, 1, 2, 8);
	put_page(db, 2, 1, 2);
	for (unsigned int i = 0; i < 2; i++) {
		put_u32(db, 2 * PAGE + 16 + 16 * i, 100 - 16 * i + i);
		put_u32(db, 2 * PAGE + 20 + 16 * i, 1);
		put_u64(db, 2 * PAGE + 24 + 16 * i, 3 + i);
	}
	put(db, 2 * PAGE + 116, "am", 2);
	put_page(db, 3, 2, 1);
	put_leaf(db, 3 * PAGE, 0, 1, 200, "a", root, sizeof(root));
	/* A bucket inside: its header, a page header, one leaf element. */
	memcpy(inside + 16 + 8, &leaf, 2);
	memcpy(inside + 16 + 10, &one, 2);
	number = 16;
	memcpy(inside + 16 + 16 + 4, &number, 4);
	number = 1;
	memcpy(inside + 16 + 16 + 8, &number, 4);
	number = 2;
	memcpy(inside + 16 + 16 + 12, &number, 4);
	memcpy(inside + 16 + 32, "xyz", 3);
	put_page(db, 4, 2, 1);
	put_leaf(db, 4 * PAGE, 0, 1, 300, "m", inside, sizeof(inside));
	put_page(db, 5, 2, 2);
	put_leaf(db, 5 * PAGE, 0, 0, 400, "k", "old", 3);
	put_leaf(db, 5 * PAGE, 1, 0, 500, "l", "value", 5);
	put_page(db, 6, 2, 0);
}

/* What stands under @bucket and @key: the value, "-" for nothing, "!" */
static char *value_of(const struct db *db, size_t size, const char *bucket,
		      const char *key)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct ctguard_bolt bolt = { .path = "db" };
	struct ctguard_bolt_bucket at;
	struct ctguard_bolt_value value;
	struct ctguard_error error;
	char *text = NULL;
	int r;

	memcpy(copy, db->bytes, size);
	r = ctguard_bolt_take(&bolt, copy, size, &error) < 0 ?
		    -1 :
		    ctguard_bolt_bucket(&bolt,
					(const char *const[]){ bucket, NULL },
					&at, &error);
	if (r > 0)
		r = ctguard_bolt_get(&bolt, &at, key, &value, &error);
	if (r > 0)
		text = ctguard_alloc_string((const char *)value.bytes,
					    value.size);
	else
		text = ctguard_alloc_string(r ? "!" : "-", 1);
	ctguard_bolt_close(&bolt);
	return text;
}

static bool has(const struct db *db, const char *bucket, const char *key,
		const char *expected)
{
	CTGUARD_FREE char *found = value_of(db, sizeof(db->bytes), bucket, key);

	if (strcmp(found, expected))
		printf("# %s/%s: %s\n", bucket, key, found);
	return !strcmp(found, expected);
}

static void test_bolt(void)
{
	struct db *db = malloc(sizeof(*db));
	unsigned int taken = 0;
	size_t i;

	make_db(db);
	claim(has(db, "a", "k", "old") && has(db, "a", "l", "value"),
	      "a bucket of its own page");
	claim(has(db, "m", "x", "yz"), "a bucket inside of a page");
	claim(has(db, "a", "j", "-") && has(db, "a", "kk", "-") &&
		      has(db, "a", "", "-") && has(db, "b", "k", "-") &&
		      has(db, "z", "k", "-") && has(db, "", "k", "-"),
	      "what is not there is not found");
	put_meta(db, 1, 2, 6);
	claim(has(db, "a", "k", "-"), "the newest version is looked at");
	make_db(db);
	db->bytes[PAGE + 16 + 30]++;
	claim(has(db, "a", "k", "-"), "a broken newest one is not");
	db->bytes[16]++;
	claim(has(db, "a", "k", "!"), "without a good one there is none");
	make_db(db);
	put_u64(db, 2 * PAGE + 24, 2);
	claim(has(db, "a", "k", "!"), "pages in a circle are refused");
	make_db(db);
	put_u64(db, 2 * PAGE + 24, 99);
	claim(has(db, "a", "k", "!"), "a page that is not there is refused");
	make_db(db);
	put_u32(db, 5 * PAGE + 20, 0xfffffff0);
	claim(has(db, "a", "k", "!"), "a key out of its page is refused");
	make_db(db);
	put_u32(db, 5 * PAGE + 28, PAGE);
	claim(has(db, "a", "k", "!"), "a value out of its page is refused");
	/* Whatever is changed: never out of the bytes that there are. */
	for (i = 0; i < sizeof(db->bytes) - PAGE; i++) {
		CTGUARD_FREE char *a = NULL, *m = NULL;

		if (i % PAGE >= 600)
			continue;
		make_db(db);
		db->bytes[i] ^= 0xff;
		a = value_of(db, sizeof(db->bytes), "a", "l");
		m = value_of(db, sizeof(db->bytes), "m", "x");
		taken += *a == 'v' && *m == 'y';
	}
	make_db(db);
	for (i = 0; i <= sizeof(db->bytes); i += 64)
		free(value_of(db, i, "a", "l"));
	claim(taken, "no changed byte, and no end, is read past");
	free(db);
}

/*
 * Content, on the disk that the test runs on
 */
struct tree {
	char path[64];
	char *cache;
	struct ctguard_measured image;
	struct ctguard_layer layer;
	struct ctguard_walk_figures figures;
};

static void tree_file(const struct tree *tree, const char *name,
		      const char *text)
{
	CTGUARD_FREE char *path =
		ctguard_alloc_format("%s/l/%s", tree->path, name);
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

static void tree_make(struct tree *tree)
{
	CTGUARD_FREE char *layer = NULL, *directory = NULL;

	memset(tree, 0, sizeof(*tree));
	strcpy(tree->path, "build/image-test.XXXXXX");
	if (!mkdtemp(tree->path))
		abort();
	layer = ctguard_alloc_format("%s/l", tree->path);
	directory = ctguard_alloc_format("%s/l/d", tree->path);
	if (mkdir(layer, 0755) || mkdir(directory, 0755))
		abort();
	tree->cache = ctguard_alloc_format("%s/cache", tree->path);
	tree->layer.path = layer;
	layer = NULL;
	tree->image.layers = &tree->layer;
	tree->image.layer_count = 1;
	tree_file(tree, "a", "one");
	tree_file(tree, "d/b", "two");
}

static void tree_remove(struct tree *tree)
{
	CTGUARD_FREE char *command =
		ctguard_alloc_format("rm -rf '%s'", tree->path);

	if (system(command))
		abort();
	free(tree->cache);
	free(tree->layer.path);
}

static bool walk(struct tree *tree)
{
	struct ctguard_error error;

	if (!ctguard_walk_image(&tree->image, tree->cache, 2, &tree->figures,
				&error))
		return true;
	printf("# %s\n", error.text);
	return false;
}

/* Whether the content is another than before; measured without the cache. */
static bool differs(struct tree *tree, const uint8_t *before)
{
	return walk(tree) &&
	       memcmp(tree->image.content, before, CTGUARD_DIGEST_SIZE);
}

static void test_content(void)
{
	uint8_t before[CTGUARD_DIGEST_SIZE];
	CTGUARD_FREE char *a = NULL, *link = NULL, *other = NULL;
	struct tree tree;

	tree_make(&tree);
	a = ctguard_alloc_format("%s/l/a", tree.path);
	link = ctguard_alloc_format("%s/l/link", tree.path);
	other = ctguard_alloc_format("%s/l/other", tree.path);
	claim(walk(&tree) && tree.figures.files == 2 && tree.figures.bytes == 6,
	      "a tree is measured");
	memcpy(before, tree.image.content, sizeof(before));
	utimensat(AT_FDCWD, a, (struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0);
	claim(!differs(&tree, before), "times are no content");
	chmod(a, 0600);
	claim(differs(&tree, before), "a mode is content");
	chmod(a, 0644);
	claim(!differs(&tree, before), "and may be put back");
	tree_file(&tree, "a", "onE");
	claim(differs(&tree, before), "a byte is content");
	tree_file(&tree, "a", "one");
	rename(a, other);
	claim(differs(&tree, before), "a name is content");
	rename(other, a);
	if (symlink("a", link))
		abort();
	claim(differs(&tree, before), "a link is content");
	memcpy(before, tree.image.content, sizeof(before));
	unlink(link);
	if (symlink("b", link))
		abort();
	claim(differs(&tree, before), "its target is");
	unlink(link);
	memcpy(before, (walk(&tree), tree.image.content), sizeof(before));
	if (!geteuid() && !mknod(link, S_IFCHR, 0)) {
		claim(differs(&tree, before), "a whiteout is content");
		unlink(link);
		if (chown(a, 1, 0))
			abort();
		claim(differs(&tree, before), "an owner is content");
	}
	tree_remove(&tree);
}

/* Waits until what was changed before is settled. */
static void settle(void)
{
	usleep(2100000);
}

static void test_cache(void)
{
	uint8_t before[CTGUARD_DIGEST_SIZE];
	CTGUARD_FREE char *a = NULL;
	struct tree tree;
	struct stat st;
	bool trusted;
	char *map;
	int fd;

	tree_make(&tree);
	a = ctguard_alloc_format("%s/l/a", tree.path);
	fd = open(a, O_RDWR);
	trusted = ctguard_cache_trusts(fd);
	walk(&tree);
	claim(walk(&tree) && tree.figures.hashed == 2 && !tree.figures.cached,
	      "a file that was changed just now is not kept");
	settle();
	walk(&tree);
	memcpy(before, tree.image.content, sizeof(before));
	claim(walk(&tree) &&
		      (!trusted ||
		       (!tree.figures.hashed && tree.figures.cached == 3)) &&
		      !memcmp(before, tree.image.content, sizeof(before)),
	      "what is settled is known, and the same");
	/* The same size, and the time of modification put back. */
	fstat(fd, &st);
	if (pwrite(fd, "two", 3, 0) != 3)
		abort();
	futimens(fd, (struct timespec[2]){ st.st_atim, st.st_mtim });
	claim(differs(&tree, before),
	      "a change of content whose time was put back is seen");
	if (pwrite(fd, "one", 3, 0) != 3)
		abort();
	settle();
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		abort();
	map[0] = 'o'; /* the page is writable from now on */
	settle();
	claim(walk(&tree) &&
		      !memcmp(before, tree.image.content, sizeof(before)),
	      "a file that is mapped is measured");
	map[0] = 'X';
	claim(differs(&tree, before), "a store to a mapping is seen");
	munmap(map, 4096);
	close(fd);
	settle();
	walk(&tree);
	memcpy(before, tree.image.content, sizeof(before));
	/* A cache that somebody else could have written. */
	chmod(tree.cache, 0666);
	claim(walk(&tree) && !tree.figures.cached &&
		      !memcmp(before, tree.image.content, sizeof(before)),
	      "a cache that others may write to is not looked at");
	settle();
	walk(&tree);
	fd = open(tree.cache, O_RDWR);
	if (fd >= 0) {
		if (pwrite(fd, "\377", 1, 120) != 1)
			abort();
		close(fd);
	}
	claim(walk(&tree) && !tree.figures.cached &&
		      !memcmp(before, tree.image.content, sizeof(before)),
	      "nor is one with a changed byte");
	tree_remove(&tree);
}

static int print_value(const char *path, const char *bucket, const char *key)
{
	struct ctguard_bolt_bucket at;
	struct ctguard_bolt_value value;
	struct ctguard_error error;
	struct ctguard_bolt bolt;
	int r = ctguard_bolt_open(&bolt, path, &error);

	if (!r)
		r = ctguard_bolt_bucket(&bolt,
					(const char *const[]){ bucket, NULL },
					&at, &error);
	if (r > 0)
		r = ctguard_bolt_get(&bolt, &at, key, &value, &error);
	if (r > 0)
		printf("%.*s\n", (int)value.size, (const char *)value.bytes);
	else if (r < 0)
		printf("%s\n", error.text);
	ctguard_bolt_close(&bolt);
	return r > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--bolt"))
		return print_value(argv[2], argv[3], argv[4]);
	test_configs();
	test_manifests();
	test_chain();
	test_states();
	test_overlays();
	test_bolt();
	test_content();
	test_cache();
	printf("1..%u\n", tests);
	return failed != 0;
}
