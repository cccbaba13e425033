// A layer below SQLite whose disk fails on command, in the manner of SQLite's own tests
// (https://sqlite.org/testing.html, "I/O Error Testing" and "Crash Testing").
//
// Files of folders that are not watched go straight to the unix layer of SQLite.
#pragma once
#include <stdint.h>

/// Kinds of operations; a plan counts those of its mask.
enum {
    faultvfs_open = 1,
    faultvfs_read = 2,
    faultvfs_write = 4,
    faultvfs_sync = 8,
    faultvfs_truncate = 16,
    faultvfs_delete = 32,
    faultvfs_lock = 64,
    faultvfs_shared_memory = 128,
    /// Size and existence of a file.
    faultvfs_look = 256,
    faultvfs_everything = 511,
};

/// What a loss of power leaves of the writes that were not synced.
enum {
    /// All: the process died, the machine did not.
    faultvfs_keeps_all = 0,
    /// Nothing.
    faultvfs_keeps_nothing = 1,
    /// Each sector of 512 bytes, and the length, by lot.
    faultvfs_keeps_some = 2,
};

/// Makes the layer known to SQLite as "fault". Repeating it does nothing.
int faultvfs_install(void);

/// Watches the files of a folder; its path has no symbolic links and no slash at the end.
///
/// In a watched folder a sync is noted and not carried out: what matters is what the layer knows.
void *_Nullable faultvfs_watch(const char *_Nonnull folder);
/// Ends that, once the last of its files is closed. Until then it is sound.
void faultvfs_unwatch(void *_Nonnull watch);

/// Lets the `strike`th operation of these kinds fail, and each later one too if `again`.
/// - Parameter code: of SQLite; 0 is the SQLITE_IOERR that belongs to the operation.
void faultvfs_fail(void *_Nonnull watch, int kinds, int64_t strike, int code, int again);
/// Takes the power away at the `strike`th operation: the folder as a disk would have it then is written
/// to `image`, and everything from there on fails.
void faultvfs_lose_power(
    void *_Nonnull watch, int64_t strike, const char *_Nonnull image, int keeps, uint64_t seed);
/// Makes the disk sound again.
void faultvfs_repair(void *_Nonnull watch);

/// Writes the folder to `image` as a loss of power in this moment would leave it.
/// - Returns: 0 on success.
int faultvfs_take_image(
    void *_Nonnull watch, const char *_Nonnull image, int keeps, uint64_t seed);

/// Operations counted since the plan was made.
int64_t faultvfs_count(void *_Nonnull watch);
/// Whether the plan has struck.
int faultvfs_has_struck(void *_Nonnull watch);
