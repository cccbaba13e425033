// Preloaded into a broker: lets the n-th change of a file fail, or ends the process at it.
//
//   FAULT_PREFIX  what the paths of the files that count begin with; their folder's sync counts too
//   FAULT_AT      n, from 1
//   FAULT_ERRNO   the error from the n-th on; SIGKILL without it
//   FAULT_WHILE   a file: while it is there, there are faults. `.struck` behind its name is made
//                 when the first one strikes
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int counts(const char *path, int is_open) {
    const char *prefix = getenv("FAULT_PREFIX");
    if (!prefix || !path) return 0;
    if (strncmp(path, prefix, strlen(prefix)) == 0) return 1;
    const char *slash = strrchr(prefix, '/');
    return is_open && slash && strlen(path) == (size_t)(slash - prefix)
        && strncmp(path, prefix, slash - prefix) == 0;
}

// Whether this operation fails; errno is set then.
static int fails_for(const char *path, int is_open) {
    static long count;
    int former = errno;
    if (!counts(path, is_open)) return 0;
    const char *at = getenv("FAULT_AT"), *code = getenv("FAULT_ERRNO");
    const char *lasts = getenv("FAULT_WHILE");
    pthread_mutex_lock(&mutex);
    int strikes = at && ++count >= atol(at);
    pthread_mutex_unlock(&mutex);
    if (strikes && !code) syscall(SYS_kill, getpid(), SIGKILL);
    if (strikes && lasts && syscall(SYS_access, lasts, F_OK) == 0) {
        char mark[4096];
        snprintf(mark, sizeof mark, "%s.struck", lasts);
        syscall(SYS_close, syscall(SYS_open, mark, O_CREAT | O_WRONLY, 0600));
        errno = atoi(code);
        return 1;
    }
    errno = former;
    return 0;
}

static int fails(const char *path) { return fails_for(path, 0); }

static int fails_at(int descriptor) {
    char link[64], path[4096];
    int former = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = former;
    if (length < 0) return 0;
    path[length] = 0;
    return fails_for(path, 1);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define BY_DESCRIPTOR(result, name, parameters, arguments)                                         \
    result name parameters {                                                                       \
        if (fails_at(descriptor)) return -1;                                                       \
        return REAL(name) arguments;                                                               \
    }
#define BY_PATH(name, parameters, arguments)                                                       \
    int name parameters {                                                                          \
        if (fails(path)) return -1;                                                                \
        return REAL(name) arguments;                                                               \
    }
#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        mode_t mode = 0;                                                                           \
        if (flags & O_CREAT) {                                                                     \
            va_list rest;                                                                          \
            va_start(rest, flags);                                                                 \
            mode = va_arg(rest, mode_t);                                                           \
            va_end(rest);                                                                          \
            if (fails(path)) return -1;                                                            \
        }                                                                                          \
        return REAL(name)(path, flags, mode);                                                      \
    }

BY_DESCRIPTOR(ssize_t, write, (int descriptor, const void *bytes, size_t count),
              (descriptor, bytes, count))
BY_DESCRIPTOR(ssize_t, pwrite, (int descriptor, const void *bytes, size_t count, off_t at),
              (descriptor, bytes, count, at))
BY_DESCRIPTOR(ssize_t, pwrite64, (int descriptor, const void *bytes, size_t count, off64_t at),
              (descriptor, bytes, count, at))
BY_DESCRIPTOR(int, fsync, (int descriptor), (descriptor))
BY_DESCRIPTOR(int, fdatasync, (int descriptor), (descriptor))
BY_DESCRIPTOR(int, ftruncate, (int descriptor, off_t size), (descriptor, size))
BY_DESCRIPTOR(int, ftruncate64, (int descriptor, off64_t size), (descriptor, size))
BY_DESCRIPTOR(int, fchmod, (int descriptor, mode_t mode), (descriptor, mode))
BY_PATH(unlink, (const char *path), (path))
BY_PATH(rename, (const char *path, const char *to), (path, to))
BY_PATH(renameat2, (int from, const char *path, int folder, const char *to, unsigned flags),
        (from, path, folder, to, flags))
BY_PATH(link, (const char *path, const char *to), (path, to))
BY_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
OPEN(open)
OPEN(open64)
