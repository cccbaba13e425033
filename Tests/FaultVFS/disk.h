// What a disk would hold if the power went now.
#pragma once
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>

// A file by its inode: it keeps its state when it gets another name.
struct node {
    struct node *next;
    uint64_t device, inode;
    int64_t born_seconds, born_nanoseconds;
    unsigned char *durable;
    int64_t size;
};

struct plan {
    int kinds, code, again, loses_power, keeps, has_struck;
    int64_t strike, count;
    uint64_t seed;
    char *image;
};

struct folder {
    struct folder *next;
    char *path;
    struct node *nodes;
    struct plan plan;
    int open_files, is_watched;
};

extern pthread_mutex_t faultvfs_mutex;

// All of these want the mutex.
struct node *disk_node(struct folder *folder, const char *path);
void disk_note_sync(struct node *node, sqlite3_file *file);
int disk_take_image(struct folder *folder, const char *image, int keeps, uint64_t seed);
void disk_free(struct folder *folder);
