// Preloaded into Sesame's programs: notes whom they speak to on the network, and what they say.
//
//   NETWORK_LOG  the file that gets a line of five words for each call:
//
//       PROGRAM connect DESCRIPTOR DESTINATION -
//       PROGRAM send    DESCRIPTOR DESTINATION BYTES   in hexadecimal; what the kernel has taken
//       PROGRAM lookup  -1         NAME        -       which fails: no test asks a name server
//
// UNIX sockets do not count. Calls that the C library makes for itself do not come by here: its
// resolver makes them, hence the lines for names.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// One write for a whole line, so that lines of several threads and programs never mix. What cannot
// be noted must not happen unseen.
static void add_line(const char *line, size_t length) {
    const char *log = getenv("NETWORK_LOG");
    int file = log ? syscall(SYS_open, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || syscall(SYS_write, file, line, length) != (long)length) abort();
    syscall(SYS_close, file);
}

static void note(const char *call, int descriptor, const char *whom, const struct iovec *parts,
                 size_t count, size_t sent) {
    static const char digits[] = "0123456789abcdef";
    int former = errno;
    char *line = malloc(512 + 2 * sent);
    if (!line) abort();
    int start = snprintf(line, 512, "%s %s %d %s ", program_invocation_short_name, call, descriptor,
                         whom);
    if (start < 0 || start >= 510) abort();
    char *end = line + start;
    for (size_t part = 0; part < count; part++) {
        const unsigned char *bytes = parts[part].iov_base;
        for (size_t at = 0; at < parts[part].iov_len && sent > 0; at++, sent--) {
            *end++ = digits[bytes[at] >> 4];
            *end++ = digits[bytes[at] & 15];
        }
    }
    if (end == line + start) *end++ = '-';
    *end++ = '\n';
    add_line(line, end - line);
    free(line);
    errno = former;
}

// The address as text; 0 where it is none of the network.
static int spell(const void *bytes, socklen_t length, char text[80]) {
    struct sockaddr_storage address = {0};
    char host[INET6_ADDRSTRLEN] = "?";
    if (!bytes || length < sizeof(sa_family_t) || length > sizeof address) return 0;
    memcpy(&address, bytes, length);
    if (address.ss_family == AF_UNIX || address.ss_family == AF_UNSPEC) return 0;
    if (address.ss_family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)&address;
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        snprintf(text, 80, "%s:%d", host, ntohs(four->sin_port));
    } else if (address.ss_family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        snprintf(text, 80, "[%s]:%d", host, ntohs(six->sin6_port));
    } else {
        snprintf(text, 80, "family-%d", address.ss_family);
    }
    return 1;
}

static void note_destination(int descriptor, const void *address, socklen_t length) {
    char whom[80];
    if (spell(address, length, whom)) note("connect", descriptor, whom, NULL, 0, 0);
}

// To the address, or else to the other end of the socket.
static void note_bytes(int descriptor, const void *address, socklen_t length,
                       const struct iovec *parts, size_t count, ssize_t sent) {
    struct sockaddr_storage peer;
    socklen_t room = sizeof peer;
    char whom[80];
    int former = errno;
    int is_known = sent > 0 && spell(address, length, whom);
    if (sent > 0 && !is_known && getpeername(descriptor, (struct sockaddr *)&peer, &room) == 0)
        is_known = spell(&peer, room, whom);
    if (is_known) note("send", descriptor, whom, parts, count, sent);
    errno = former;
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    note_destination(descriptor, address, length);
    return REAL(connect)(descriptor, address, length);
}

ssize_t sendto(int descriptor, const void *bytes, size_t count, int flags,
               const struct sockaddr *address, socklen_t length) {
    struct iovec part = {(void *)bytes, count};
    note_destination(descriptor, address, length);
    ssize_t sent = REAL(sendto)(descriptor, bytes, count, flags, address, length);
    note_bytes(descriptor, address, length, &part, 1, sent);
    return sent;
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    note_destination(descriptor, message->msg_name, message->msg_namelen);
    ssize_t sent = REAL(sendmsg)(descriptor, message, flags);
    note_bytes(descriptor, message->msg_name, message->msg_namelen, message->msg_iov,
               message->msg_iovlen, sent);
    return sent;
}

int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned count, int flags) {
    for (unsigned at = 0; at < count; at++)
        note_destination(descriptor, messages[at].msg_hdr.msg_name,
                         messages[at].msg_hdr.msg_namelen);
    int sent = REAL(sendmmsg)(descriptor, messages, count, flags);
    for (int at = 0; at < sent; at++) {
        struct msghdr *message = &messages[at].msg_hdr;
        note_bytes(descriptor, message->msg_name, message->msg_namelen, message->msg_iov,
                   message->msg_iovlen, messages[at].msg_len);
    }
    return sent;
}

#define OF_BYTES(name, parameters, arguments)                                                      \
    ssize_t name parameters {                                                                      \
        struct iovec part = {(void *)bytes, count};                                                \
        ssize_t sent = REAL(name) arguments;                                                       \
        note_bytes(descriptor, NULL, 0, &part, 1, sent);                                           \
        return sent;                                                                               \
    }

OF_BYTES(send, (int descriptor, const void *bytes, size_t count, int flags),
         (descriptor, bytes, count, flags))
OF_BYTES(write, (int descriptor, const void *bytes, size_t count), (descriptor, bytes, count))

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    ssize_t sent = REAL(writev)(descriptor, parts, count);
    note_bytes(descriptor, NULL, 0, parts, count, sent);
    return sent;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    if (hints && hints->ai_flags & AI_NUMERICHOST)
        return REAL(getaddrinfo)(name, service, hints, result);
    note("lookup", -1, name ? name : "-", NULL, 0, 0);
    return EAI_NONAME;
}
