// Linux calls that Swift's Glibc overlay does not import, or imports in a shape Swift cannot use
// (variadic functions, macros, functions behind _GNU_SOURCE). Nothing here has logic of its own.
// _GNU_SOURCE stays undefined: mixing it between C modules breaks debug builds.
#pragma once
#include <stdint.h>
// No sys/ headers here: types that they define would then belong to this module in Swift's eyes.
// pid_t is int, uid_t, gid_t and mode_t are unsigned int on Linux.

/// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK; the address is not wanted.
int clinux_accept(int listener);

/// The peer of a UNIX socket by SO_PEERCRED; -1 where the socket is of another family (on TCP the
/// kernel answers with pid 0 and uid 4294967295 instead of failing).
int clinux_peer(int socket, int32_t *_Nonnull pid, uint32_t *_Nonnull uid, uint32_t *_Nonnull gid);

/// The user whose socket is at the other end of a TCP connection within this machine, by sock_diag(7);
/// -1 and errno where the kernel does not tell, or that socket is closed already.
int clinux_tcp_peer_user(int socket, uint32_t *_Nonnull uid);

/// open(2) is variadic. O_CLOEXEC is always added.
int clinux_open(const char *_Nonnull path, int flags, uint32_t mode);
int clinux_openat(int directory, const char *_Nonnull name, int flags, uint32_t mode);

/// fcntl(2) is variadic.
int clinux_set_nonblocking(int descriptor, int on);
int clinux_set_close_on_exec(int descriptor, int on);
/// A duplicate (close-on-exec) that is at least `lowest`.
int clinux_duplicate(int descriptor, int lowest);

/// pipe2(2) with O_CLOEXEC: the reading end, then the writing end.
int clinux_pipe(int ends[_Nonnull 2]);

/// prctl(2) is variadic. Forbids core dumps and ptrace by the same user.
int clinux_forbid_dump(void);

/// mallopt(3), which the Glibc module does not have: blocks from `mapped` bytes on go back to the kernel when they are
/// freed, and so does the end of the heap from `trimmed` bytes on. Both are fixed by that.
void clinux_give_memory_back(int mapped, int trimmed);

/// Dies with the parent: PR_SET_PDEATHSIG.
int clinux_die_with_parent(int signal_number);

/// pidfd_open(2), which this glibc has no wrapper for; the kernel sets close-on-exec. -1 without it.
int clinux_process_handle(int process);

/// posix_spawn_file_actions_addclosefrom_np(3): `actions` is a posix_spawn_file_actions_t.
int clinux_spawn_close_from(void *_Nonnull actions, int lowest);

/// ioctl(2) is variadic. Columns of a terminal, or 0.
int clinux_terminal_width(int descriptor);

/// pthread_setname_np(3) for the calling thread; at most 15 bytes.
void clinux_name_thread(const char *_Nonnull name);

/// stat(2) fields under one name each; 0 on success.
struct clinux_status {
    uint64_t device, inode, links, size;
    uint32_t mode, owner, group;
    int64_t modified_seconds, modified_nanoseconds;
    /// When anything about the file changed, its time of modification included: nobody sets this one.
    int64_t changed_seconds, changed_nanoseconds;
};
int clinux_fstat(int descriptor, struct clinux_status *_Nonnull out);
int clinux_stat(const char *_Nonnull path, struct clinux_status *_Nonnull out);
int clinux_lstat(const char *_Nonnull path, struct clinux_status *_Nonnull out);

/// The process's environment, as environ(7) lists it; a C global that Swift 6 will not read.
char *_Nullable *_Nonnull clinux_environment(void);

/// epoll(7) and eventfd(2), which the overlay does not import. Level-triggered; `interest` is a sum of 1
/// (readable), 2 (writable) and 4 (the other side has ended its output).
enum { clinux_watch_add = 1, clinux_watch_remove = 2, clinux_watch_change = 3 };
struct clinux_event {
    uint64_t id;
    int32_t is_gone, has_ended, is_readable;
};
int clinux_epoll_create(void);
int clinux_epoll_control(int poller, int operation, int descriptor, int interest, uint64_t id);
int clinux_epoll_wait(int poller, struct clinux_event *_Nonnull out, int capacity, int milliseconds);
int clinux_eventfd(void);
/// flock(2) shares its name with a structure: an exclusive lock, without waiting.
int clinux_lock(int descriptor);

/// renameat2(2) with RENAME_NOREPLACE is behind _GNU_SOURCE. Where the file system cannot do it, a
/// rename after a look.
int clinux_rename_new(const char *_Nonnull from, const char *_Nonnull to);

/// flock(2): an exclusive lock, waited for. Closing the descriptor gives it back.
int clinux_lock_wait(int descriptor);
int clinux_unlock(int descriptor);


/// Keys of type `user` (keyrings(7), keyctl(2), add_key(2)): a key's number, or -1 and errno.
enum { clinux_thread_keyring = -1, clinux_user_keyring = -4 };
int32_t clinux_key_add(
    const char *_Nonnull description, const void *_Nullable payload, uint64_t length, int32_t keyring);
int32_t clinux_key_search(int32_t keyring, const char *_Nonnull description);
/// The length of the payload, of which at most `capacity` bytes were written; -1 and errno.
int64_t clinux_key_read(int32_t key, void *_Nullable room, uint64_t capacity);
int clinux_key_set_permissions(int32_t key, uint32_t permissions);
int clinux_key_set_timeout(int32_t key, uint32_t seconds);
int clinux_key_link(int32_t key, int32_t keyring);
int clinux_key_unlink(int32_t key, int32_t keyring);
int clinux_key_invalidate(int32_t key);
/// Gives the calling thread a new session keyring that links nothing.
int clinux_key_join_new_session(void);

/// getrandom(2), which the overlay does not import; waits until the kernel has gathered enough.
int64_t clinux_random(void *_Nonnull out, uint64_t count);
