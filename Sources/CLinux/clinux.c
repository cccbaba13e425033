#define _POSIX_C_SOURCE 200809L
#include "CLinux.h"
#include <malloc.h>
#include <pthread.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <errno.h>

// Declared by hand: glibc shows these only under _GNU_SOURCE.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int pthread_setname_np(pthread_t, const char *);
extern int pipe2(int *, int);
struct clinux_ucred { pid_t pid; uid_t uid; gid_t gid; };
enum { CLINUX_SO_PEERCRED = 17 };

int clinux_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int clinux_peer(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return -1;
    if (address.ss_family != AF_UNIX) { errno = EAFNOSUPPORT; return -1; }
    struct clinux_ucred peer;
    length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, CLINUX_SO_PEERCRED, &peer, &length) != 0) return -1;
    *pid = peer.pid; *uid = peer.uid; *gid = peer.gid;
    return 0;
}

// The two addresses of a connection, as the socket at its other end has them.
static int find_other_end(int descriptor, struct inet_diag_req_v2 *request) {
    struct sockaddr_storage here = {0}, there = {0};
    socklen_t length = sizeof here;
    if (getsockname(descriptor, (struct sockaddr *)&here, &length) != 0) return -1;
    length = sizeof there;
    if (getpeername(descriptor, (struct sockaddr *)&there, &length) != 0) return -1;
    if (here.ss_family != there.ss_family) { errno = EAFNOSUPPORT; return -1; }
    request->sdiag_family = (uint8_t)here.ss_family;
    request->sdiag_protocol = IPPROTO_TCP;
    request->idiag_states = UINT32_MAX;
    request->id.idiag_cookie[0] = request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (here.ss_family == AF_INET) {
        const struct sockaddr_in *own = (void *)&here, *other = (void *)&there;
        request->id.idiag_sport = other->sin_port;
        request->id.idiag_dport = own->sin_port;
        memcpy(request->id.idiag_src, &other->sin_addr, sizeof other->sin_addr);
        memcpy(request->id.idiag_dst, &own->sin_addr, sizeof own->sin_addr);
    } else if (here.ss_family == AF_INET6) {
        const struct sockaddr_in6 *own = (void *)&here, *other = (void *)&there;
        request->id.idiag_sport = other->sin6_port;
        request->id.idiag_dport = own->sin6_port;
        memcpy(request->id.idiag_src, &other->sin6_addr, sizeof other->sin6_addr);
        memcpy(request->id.idiag_dst, &own->sin6_addr, sizeof own->sin6_addr);
    } else { errno = EAFNOSUPPORT; return -1; }
    return 0;
}

int clinux_tcp_peer_user(int descriptor, uint32_t *uid) {
    struct { struct nlmsghdr head; struct inet_diag_req_v2 body; } request = {0};
    struct { struct nlmsghdr head; struct inet_diag_msg body; char rest[512]; } answer = {0};
    struct sockaddr_nl from = {0};
    socklen_t length = sizeof from;
    if (find_other_end(descriptor, &request.body) != 0) return -1;
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.head.nlmsg_flags = NLM_F_REQUEST;
    int kernel = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (kernel < 0) return -1;
    // The kernel has answered when the question is sent.
    ssize_t count = send(kernel, &request, sizeof request, 0);
    if (count == (ssize_t)sizeof request)
        count = recvfrom(kernel, &answer, sizeof answer, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
    close(kernel);
    errno = ENOENT;
    if (count < (ssize_t)(sizeof answer.head + sizeof answer.body) || from.nl_pid != 0
        || answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY
        || answer.body.id.idiag_sport != request.body.id.idiag_sport
        || answer.body.id.idiag_dport != request.body.id.idiag_dport)
        return -1;
    // Of a socket that its process has closed the kernel says user 0 and inode 0: that is nobody, not root.
    enum { established = 1 };
    if (answer.body.idiag_state != established || answer.body.idiag_inode == 0) return -1;
    *uid = answer.body.idiag_uid;
    return 0;
}

int clinux_open(const char *path, int flags, uint32_t mode) { return open(path, flags | O_CLOEXEC, mode); }
int clinux_openat(int directory, const char *name, int flags, uint32_t mode) {
    return openat(directory, name, flags | O_CLOEXEC, mode);
}

static int change_flags(int descriptor, int get, int set, int bit, int on) {
    int flags = fcntl(descriptor, get);
    if (flags < 0) return -1;
    return fcntl(descriptor, set, on ? flags | bit : flags & ~bit);
}
int clinux_set_nonblocking(int descriptor, int on) {
    return change_flags(descriptor, F_GETFL, F_SETFL, O_NONBLOCK, on);
}
int clinux_set_close_on_exec(int descriptor, int on) {
    return change_flags(descriptor, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}
int clinux_duplicate(int descriptor, int lowest) { return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest); }
int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_forbid_dump(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
void clinux_give_memory_back(int mapped, int trimmed) {
    mallopt(M_MMAP_THRESHOLD, mapped);
    mallopt(M_TRIM_THRESHOLD, trimmed);
}
int clinux_die_with_parent(int signal_number) { return prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0); }

extern long syscall(long, ...);
enum { CLINUX_PIDFD_OPEN = 434 };  // The same number on every architecture.
int clinux_process_handle(int process) { return (int)syscall(CLINUX_PIDFD_OPEN, process, 0); }

extern int posix_spawn_file_actions_addclosefrom_np(void *, int);
int clinux_spawn_close_from(void *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int clinux_terminal_width(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static int copy_status(int result, const struct stat *from, struct clinux_status *to) {
    if (result != 0) return result;
    to->device = from->st_dev; to->inode = from->st_ino; to->links = from->st_nlink;
    to->size = (uint64_t)from->st_size; to->mode = from->st_mode; to->owner = from->st_uid; to->group = from->st_gid;
    to->modified_seconds = from->st_mtim.tv_sec; to->modified_nanoseconds = from->st_mtim.tv_nsec;
    to->changed_seconds = from->st_ctim.tv_sec; to->changed_nanoseconds = from->st_ctim.tv_nsec;
    return 0;
}
int clinux_fstat(int descriptor, struct clinux_status *out) {
    struct stat status;
    return copy_status(fstat(descriptor, &status), &status, out);
}
int clinux_stat(const char *path, struct clinux_status *out) {
    struct stat status;
    return copy_status(stat(path, &status), &status, out);
}
int clinux_lstat(const char *path, struct clinux_status *out) {
    struct stat status;
    return copy_status(lstat(path, &status), &status, out);
}

extern char **environ;
char **clinux_environment(void) { return environ; }

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
int clinux_epoll_control(int poller, int operation, int descriptor, int interest, uint64_t id) {
    struct epoll_event event = {.data.u64 = id};
    if (interest & 1) event.events |= EPOLLIN;
    if (interest & 2) event.events |= EPOLLOUT;
    if (interest & 4) event.events |= EPOLLRDHUP;
    return epoll_ctl(poller, operation, descriptor, &event);
}
int clinux_epoll_wait(int poller, struct clinux_event *out, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(poller, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int i = 0; i < count; i++) {
        out[i].id = events[i].data.u64;
        out[i].is_gone = (events[i].events & (EPOLLHUP | EPOLLERR)) != 0;
        out[i].has_ended = (events[i].events & EPOLLRDHUP) != 0;
        out[i].is_readable = (events[i].events & EPOLLIN) != 0;
    }
    return count;
}
int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
int clinux_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

extern int renameat2(int, const char *, int, const char *, unsigned int);
int clinux_rename_new(const char *from, const char *to) {
    enum { no_replace = 1 };
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, no_replace) == 0) return 0;
    if (errno != EINVAL) return -1;
    // A file system without that flag. A second name is never given over an existing one, either.
    // Whoever looks at the file meanwhile may take its first name away.
    if (link(from, to) == 0) return unlink(from) == 0 || errno == ENOENT ? 0 : -1;
    if (errno != EPERM && errno != EOPNOTSUPP) return -1;
    struct stat status;
    if (lstat(to, &status) == 0) { errno = EEXIST; return -1; }
    return rename(from, to);
}

int clinux_lock_wait(int descriptor) { return flock(descriptor, LOCK_EX); }
int clinux_unlock(int descriptor) { return flock(descriptor, LOCK_UN); }

// Keyrings: keyctl(2) and add_key(2) have no wrapper in glibc.
#include <sys/syscall.h>
enum {
    CLINUX_JOIN_SESSION = 1, CLINUX_SET_PERMISSIONS = 5, CLINUX_LINK = 8, CLINUX_UNLINK = 9,
    CLINUX_SEARCH = 10, CLINUX_READ = 11, CLINUX_SET_TIMEOUT = 15, CLINUX_INVALIDATE = 21,
};
int32_t clinux_key_add(const char *description, const void *payload, uint64_t length, int32_t keyring) {
    return (int32_t)syscall(SYS_add_key, "user", description, payload, (size_t)length, keyring);
}
int32_t clinux_key_search(int32_t keyring, const char *description) {
    return (int32_t)syscall(SYS_keyctl, CLINUX_SEARCH, keyring, "user", description, 0);
}
int64_t clinux_key_read(int32_t key, void *room, uint64_t capacity) {
    return syscall(SYS_keyctl, CLINUX_READ, key, room, (size_t)capacity);
}
int clinux_key_set_permissions(int32_t key, uint32_t permissions) {
    return (int)syscall(SYS_keyctl, CLINUX_SET_PERMISSIONS, key, permissions);
}
int clinux_key_set_timeout(int32_t key, uint32_t seconds) {
    return (int)syscall(SYS_keyctl, CLINUX_SET_TIMEOUT, key, seconds);
}
int clinux_key_link(int32_t key, int32_t keyring) { return (int)syscall(SYS_keyctl, CLINUX_LINK, key, keyring); }
int clinux_key_unlink(int32_t key, int32_t keyring) {
    return (int)syscall(SYS_keyctl, CLINUX_UNLINK, key, keyring);
}
int clinux_key_invalidate(int32_t key) { return (int)syscall(SYS_keyctl, CLINUX_INVALIDATE, key); }
int clinux_key_join_new_session(void) { return (int)syscall(SYS_keyctl, CLINUX_JOIN_SESSION, NULL); }

int64_t clinux_random(void *out, uint64_t count) { return getrandom(out, count, 0); }
