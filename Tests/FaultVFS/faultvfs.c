#include "FaultVFS.h"
#include "disk.h"
#include <stdlib.h>
#include <string.h>

pthread_mutex_t faultvfs_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct folder *folders;
static sqlite3_vfs *real_vfs;
static sqlite3_vfs fault_vfs;

// A file of a watched folder; SQLite's own file follows it in memory.
struct file {
    sqlite3_file base;
    struct folder *folder;
    struct node *node;
};

static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((struct file *)file + 1); }
static struct folder *folder_of(sqlite3_file *file) { return ((struct file *)file)->folder; }

// Plans.

// Counts an operation, and returns the code to fail with, or 0.
static int strikes(struct folder *folder, int kind, int usual) {
    struct plan *plan = &folder->plan;
    if (plan->loses_power && plan->has_struck) return usual;
    if (!(plan->kinds & kind)) return SQLITE_OK;
    int64_t number = ++plan->count;
    if (number != plan->strike && !(plan->again && plan->has_struck)) return SQLITE_OK;
    plan->has_struck = 1;
    return plan->code ? plan->code : usual;
}

static int enter(struct folder *folder, int kind, int usual) {
    pthread_mutex_lock(&faultvfs_mutex);
    int was_struck = folder->plan.has_struck;
    int result = strikes(folder, kind, usual);
    if (result && folder->plan.loses_power && !was_struck)
        disk_take_image(folder, folder->plan.image, folder->plan.keeps, folder->plan.seed);
    pthread_mutex_unlock(&faultvfs_mutex);
    return result;
}

#define FAIL(folder, kind, usual)                                                                  \
    do {                                                                                           \
        int failure = enter(folder, kind, usual);                                                  \
        if (failure) return failure;                                                               \
    } while (0)

// Methods of a file.

static void release(struct folder *folder) {
    pthread_mutex_lock(&faultvfs_mutex);
    folder->open_files--;
    if (!folder->is_watched && folder->open_files == 0) disk_free(folder);
    pthread_mutex_unlock(&faultvfs_mutex);
}

static int x_close(sqlite3_file *file) {
    int result = real(file)->pMethods->xClose(real(file));
    release(folder_of(file));
    return result;
}

static int x_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 at) {
    FAIL(folder_of(file), faultvfs_read, SQLITE_IOERR_READ);
    return real(file)->pMethods->xRead(real(file), bytes, count, at);
}

static int x_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    struct folder *folder = folder_of(file);
    pthread_mutex_lock(&faultvfs_mutex);
    struct plan *plan = &folder->plan;
    // The write that the power fails in may have reached the disk in part.
    int is_last = plan->loses_power && !plan->has_struck && (plan->kinds & faultvfs_write)
        && plan->count + 1 == plan->strike;
    pthread_mutex_unlock(&faultvfs_mutex);
    if (is_last) real(file)->pMethods->xWrite(real(file), bytes, count, at);
    FAIL(folder, faultvfs_write, SQLITE_IOERR_WRITE);
    return real(file)->pMethods->xWrite(real(file), bytes, count, at);
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size) {
    FAIL(folder_of(file), faultvfs_truncate, SQLITE_IOERR_TRUNCATE);
    return real(file)->pMethods->xTruncate(real(file), size);
}

static int x_sync(sqlite3_file *file, int flags) {
    (void)flags;
    FAIL(folder_of(file), faultvfs_sync, SQLITE_IOERR_FSYNC);
    pthread_mutex_lock(&faultvfs_mutex);
    disk_note_sync(((struct file *)file)->node, real(file));
    pthread_mutex_unlock(&faultvfs_mutex);
    return SQLITE_OK;
}

static int x_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    FAIL(folder_of(file), faultvfs_look, SQLITE_IOERR_FSTAT);
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int x_lock(sqlite3_file *file, int level) {
    FAIL(folder_of(file), faultvfs_lock, SQLITE_IOERR_LOCK);
    return real(file)->pMethods->xLock(real(file), level);
}

// Locks are always given back: a dead process has none.
static int x_unlock(sqlite3_file *file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int x_check_reserved_lock(sqlite3_file *file, int *result) {
    FAIL(folder_of(file), faultvfs_lock, SQLITE_IOERR_CHECKRESERVEDLOCK);
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int x_file_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int x_sector_size(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}

static int x_device_characteristics(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int x_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out) {
    FAIL(folder_of(file), faultvfs_shared_memory, SQLITE_IOERR_SHMMAP);
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, out);
}

static int x_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    if (flags & SQLITE_SHM_LOCK)
        FAIL(folder_of(file), faultvfs_shared_memory, SQLITE_IOERR_SHMLOCK);
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void x_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }

static int x_shm_unmap(sqlite3_file *file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

// Version 2: no memory mapping of the file itself, which would go past the other methods.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_file_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_check_reserved_lock,
    .xFileControl = x_file_control,
    .xSectorSize = x_sector_size,
    .xDeviceCharacteristics = x_device_characteristics,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

// Methods of the layer.

static struct folder *folder_at(const char *path) {
    struct folder *found = NULL;
    if (!path) return NULL;
    pthread_mutex_lock(&faultvfs_mutex);
    for (struct folder *folder = folders; folder && !found; folder = folder->next) {
        size_t length = strlen(folder->path);
        if (strncmp(path, folder->path, length) == 0 && path[length] == '/') found = folder;
    }
    pthread_mutex_unlock(&faultvfs_mutex);
    return found;
}

static int x_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *out, int flags, int *got) {
    (void)vfs;
    struct folder *folder = folder_at(path);
    if (!folder) return real_vfs->xOpen(real_vfs, path, out, flags, got);
    struct file *file = (struct file *)out;
    file->base.pMethods = NULL;
    FAIL(folder, faultvfs_open, SQLITE_CANTOPEN);
    int result = real_vfs->xOpen(real_vfs, path, real(out), flags, got);
    // SQLite closes what has methods, even after a failure.
    if (!real(out)->pMethods) return result;
    pthread_mutex_lock(&faultvfs_mutex);
    file->base.pMethods = &methods;
    file->folder = folder;
    file->node = result == SQLITE_OK ? disk_node(folder, path) : NULL;
    folder->open_files++;
    pthread_mutex_unlock(&faultvfs_mutex);
    return result;
}

static int x_delete(sqlite3_vfs *vfs, const char *path, int syncs) {
    (void)vfs;
    struct folder *folder = folder_at(path);
    if (folder) FAIL(folder, faultvfs_delete, SQLITE_IOERR_DELETE);
    return real_vfs->xDelete(real_vfs, path, folder ? 0 : syncs);
}

static int x_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    struct folder *folder = folder_at(path);
    if (folder) FAIL(folder, faultvfs_look, SQLITE_IOERR_ACCESS);
    return real_vfs->xAccess(real_vfs, path, flags, result);
}

int faultvfs_install(void) {
    static int is_installed;
    pthread_mutex_lock(&faultvfs_mutex);
    int result = SQLITE_OK;
    if (!is_installed) {
        real_vfs = sqlite3_vfs_find(NULL);
        // The rest (names, time, randomness) needs nothing of `pAppData` but what is copied.
        fault_vfs = *real_vfs;
        fault_vfs.zName = "fault";
        fault_vfs.pNext = NULL;
        fault_vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
        fault_vfs.xOpen = x_open;
        fault_vfs.xDelete = x_delete;
        fault_vfs.xAccess = x_access;
        result = sqlite3_vfs_register(&fault_vfs, 0);
        is_installed = result == SQLITE_OK;
    }
    pthread_mutex_unlock(&faultvfs_mutex);
    return result;
}

// What tests call.

void *faultvfs_watch(const char *path) {
    struct folder *folder = calloc(1, sizeof *folder);
    folder->path = strdup(path);
    folder->is_watched = 1;
    pthread_mutex_lock(&faultvfs_mutex);
    folder->next = folders;
    folders = folder;
    pthread_mutex_unlock(&faultvfs_mutex);
    return folder;
}

static void set_plan(struct folder *folder, struct plan plan) {
    pthread_mutex_lock(&faultvfs_mutex);
    free(folder->plan.image);
    folder->plan = plan;
    pthread_mutex_unlock(&faultvfs_mutex);
}

void faultvfs_unwatch(void *watch) {
    struct folder *folder = watch;
    set_plan(folder, (struct plan){0});
    pthread_mutex_lock(&faultvfs_mutex);
    struct folder **place = &folders;
    while (*place != folder) place = &(*place)->next;
    *place = folder->next;
    folder->is_watched = 0;
    if (folder->open_files == 0) disk_free(folder);
    pthread_mutex_unlock(&faultvfs_mutex);
}

void faultvfs_fail(void *watch, int kinds, int64_t strike, int code, int again) {
    set_plan(
        watch, (struct plan){.kinds = kinds, .strike = strike, .code = code, .again = again});
}

void faultvfs_lose_power(
    void *watch, int64_t strike, const char *image, int keeps, uint64_t seed) {
    // Only what changes the disk counts; between two changes every moment is the same.
    int kinds = faultvfs_open | faultvfs_write | faultvfs_sync | faultvfs_truncate | faultvfs_delete;
    set_plan(
        watch, (struct plan){.kinds = kinds, .strike = strike, .loses_power = 1,
                   .image = strdup(image), .keeps = keeps, .seed = seed});
}

void faultvfs_repair(void *watch) { set_plan(watch, (struct plan){0}); }

int faultvfs_take_image(void *watch, const char *image, int keeps, uint64_t seed) {
    pthread_mutex_lock(&faultvfs_mutex);
    int result = disk_take_image(watch, image, keeps, seed);
    pthread_mutex_unlock(&faultvfs_mutex);
    return result;
}

int64_t faultvfs_count(void *watch) {
    pthread_mutex_lock(&faultvfs_mutex);
    int64_t count = ((struct folder *)watch)->plan.count;
    pthread_mutex_unlock(&faultvfs_mutex);
    return count;
}

int faultvfs_has_struck(void *watch) {
    pthread_mutex_lock(&faultvfs_mutex);
    int has_struck = ((struct folder *)watch)->plan.has_struck;
    pthread_mutex_unlock(&faultvfs_mutex);
    return has_struck;
}
