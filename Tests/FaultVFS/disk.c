#define _GNU_SOURCE
#include "disk.h"
#include "FaultVFS.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t sector = 512;

// Closing a database file drops the POSIX locks that this process has on it. Here that is no loss:
// SQLite knows its own connections without them, and no other process looks into a watched folder.
static unsigned char *contents(const char *path, int64_t *size) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    *size = 0;
    if (descriptor < 0) return NULL;
    unsigned char *bytes = fstat(descriptor, &status) == 0 ? malloc(status.st_size + 1) : NULL;
    while (bytes && *size < status.st_size) {
        ssize_t count = pread(descriptor, bytes + *size, status.st_size - *size, *size);
        if (count <= 0) break;
        *size += count;
    }
    close(descriptor);
    return bytes;
}

// The time of birth too: an inode number comes back.
static int identify(const char *path, struct node *out) {
    struct statx status;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &status) != 0)
        return -1;
    out->device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
    out->inode = status.stx_ino;
    int knows_birth = status.stx_mask & STATX_BTIME;
    out->born_seconds = knows_birth ? status.stx_btime.tv_sec : 0;
    out->born_nanoseconds = knows_birth ? status.stx_btime.tv_nsec : 0;
    return S_ISREG(status.stx_mode) ? 0 : -1;
}

static struct node *find(struct folder *folder, const struct node *wanted) {
    for (struct node *node = folder->nodes; node; node = node->next)
        if (node->device == wanted->device && node->inode == wanted->inode
            && node->born_seconds == wanted->born_seconds
            && node->born_nanoseconds == wanted->born_nanoseconds)
            return node;
    return NULL;
}

// What a file holds when it is first seen counts as durable.
struct node *disk_node(struct folder *folder, const char *path) {
    struct node wanted = {0};
    if (identify(path, &wanted) != 0) return NULL;
    struct node *node = find(folder, &wanted);
    if (node) return node;
    node = malloc(sizeof *node);
    *node = wanted;
    node->durable = contents(path, &node->size);
    node->next = folder->nodes;
    folder->nodes = node;
    return node;
}

void disk_note_sync(struct node *node, sqlite3_file *file) {
    sqlite3_int64 size = 0;
    if (!node || file->pMethods->xFileSize(file, &size) != SQLITE_OK) return;
    unsigned char *bytes = malloc(size + 1);
    if (file->pMethods->xRead(file, bytes, (int)size, 0) != SQLITE_OK) {
        free(bytes);
        return;
    }
    free(node->durable);
    node->durable = bytes;
    node->size = size;
}

// SplitMix64.
static uint64_t next(uint64_t *state) {
    uint64_t mixed = *state += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Takes what is durable in the place of what is there.
static void lose(
    unsigned char **bytes, int64_t *size, const struct node *node, int keeps, uint64_t *lots) {
    int64_t former = node->size;
    int64_t length = keeps == faultvfs_keeps_nothing || next(lots) & 1 ? former : *size;
    // What lies behind the end of a file reads as zeros when the file grows over it.
    unsigned char *mixed = calloc(1, length + 1);
    for (int64_t at = 0; at < length; at += sector) {
        int takes_former = keeps == faultvfs_keeps_nothing || next(lots) & 1;
        // Cutting a file off happens or not: what lay behind the new end is there as it was, if it is there.
        if (at >= *size) takes_former = 1;
        const unsigned char *source = takes_former ? node->durable : *bytes;
        int64_t count = smaller(sector, smaller(length, takes_former ? former : *size) - at);
        if (source && count > 0) memcpy(mixed + at, source + at, count);
    }
    free(*bytes);
    *bytes = mixed;
    *size = length;
}

static int write_file(const char *path, const unsigned char *bytes, int64_t size) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return -1;
    int64_t done = 0;
    while (done < size) {
        ssize_t count = write(descriptor, bytes + done, size - done);
        if (count <= 0) break;
        done += count;
    }
    return close(descriptor) == 0 && done == size ? 0 : -1;
}

static int copy(
    struct folder *folder, const char *name, const char *image, int keeps, uint64_t *lots) {
    char from[4096], to[4096];
    struct node wanted = {0};
    snprintf(from, sizeof from, "%s/%s", folder->path, name);
    snprintf(to, sizeof to, "%s/%s", image, name);
    if (identify(from, &wanted) != 0) return 0;
    int64_t size;
    unsigned char *bytes = contents(from, &size);
    if (!bytes) return -1;
    const struct node *node = find(folder, &wanted);
    if (node && keeps != faultvfs_keeps_all) lose(&bytes, &size, node, keeps, lots);
    int result = write_file(to, bytes, size);
    free(bytes);
    return result;
}

// SQLite's shared memory does not survive.
static int is_shared_memory(const char *name) {
    size_t length = strlen(name);
    return length >= 4 && strcmp(name + length - 4, "-shm") == 0;
}

int disk_take_image(struct folder *folder, const char *image, int keeps, uint64_t seed) {
    // By name: the order in which a folder is read must not decide who draws which lot.
    struct dirent **entries;
    int count = scandir(folder->path, &entries, NULL, alphasort), result = count < 0 ? -1 : 0;
    uint64_t lots = seed;
    for (int index = 0; index < count; index++) {
        const char *name = entries[index]->d_name;
        if (!is_shared_memory(name) && copy(folder, name, image, keeps, &lots) != 0) result = -1;
        free(entries[index]);
    }
    if (count >= 0) free(entries);
    return result;
}

void disk_free(struct folder *folder) {
    while (folder->nodes) {
        struct node *node = folder->nodes;
        folder->nodes = node->next;
        free(node->durable);
        free(node);
    }
    free(folder->path);
    free(folder->plan.image);
    free(folder);
}
