#include "CCurl.h"
#include <CWipe.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FUNCTIONS(each) \
    each(global_init_mem) each(easy_init) each(easy_cleanup) each(easy_setopt) each(easy_getinfo) \
    each(easy_pause) \
    each(slist_append) each(slist_free_all) each(multi_init) each(multi_cleanup) \
    each(multi_setopt) each(multi_add_handle) each(multi_remove_handle) each(multi_perform) \
    each(multi_poll) each(multi_wakeup) each(multi_info_read)

#define MEMBER(name) __typeof__(curl_##name) *name;
static struct { FUNCTIONS(MEMBER) } library;
static const char *objection;

// OpenSSL behind libcurl is not to be taken down when a program calls exit: the threads of transfers go on.
// The number is OPENSSL_INIT_NO_ATEXIT; which OpenSSL it is, only libcurl knows.
static void keep_openssl(void *file) {
    int (*prepare)(uint64_t, const void *) =
        (int (*)(uint64_t, const void *))dlsym(file, "OPENSSL_init_crypto");
    if (prepare) prepare(0x00080000, NULL);
}

static void load(void) {
    void *file = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!file) {
        objection = "libcurl.so.4 is not installed";
        return;
    }
#define FIND(name) \
    library.name = (__typeof__(library.name))dlsym(file, "curl_" #name); \
    if (!library.name) objection = "libcurl.so.4 is too old: it has no curl_" #name;
    FUNCTIONS(FIND)
    keep_openssl(file);
    if (!objection &&
        library.global_init_mem(
            CURL_GLOBAL_DEFAULT, malloc, cwipe_free, cwipe_resize, strdup, calloc))
        objection = "libcurl.so.4 cannot be initialised";
}

const char *ccurl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return objection;
}

CURL *ccurl_easy_init(void) { return library.easy_init(); }
void ccurl_easy_cleanup(CURL *easy) { library.easy_cleanup(easy); }

CURLcode ccurl_easy_setopt_long(CURL *easy, CURLoption option, long value) {
    return library.easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return library.easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_setopt_text(CURL *easy, CURLoption option, const char *value) {
    return library.easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return library.easy_setopt(easy, option, value);
}
CURLcode ccurl_easy_setopt_blob(
    CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return library.easy_setopt(easy, option, &blob);
}
CURLcode ccurl_easy_setopt_callback(CURL *easy, CURLoption option, ccurl_callback value) {
    return library.easy_setopt(easy, option, value);
}

CURLcode ccurl_easy_pause(CURL *easy, int standing) { return library.easy_pause(easy, standing); }

static int count_sending(void *count, char *there, char *here, int their_port, int our_port) {
    (void)there, (void)here, (void)their_port, (void)our_port;
    return (*(int *)count)++ == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}
CURLcode ccurl_easy_send_once(CURL *easy, int *count) {
    CURLcode result = library.easy_setopt(easy, CURLOPT_PREREQDATA, count);
    return result ? result : library.easy_setopt(easy, CURLOPT_PREREQFUNCTION, count_sending);
}

// What IANA has set aside: for this machine, for networks behind a router, for one link, for documentation.
static int is_public_4(uint32_t a) {
    static const struct { uint32_t net, bits; } reserved[] = {
        {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},
        {0xA9FE0000, 16}, {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24},
        {0xC0586300, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24},
        {0xCB007100, 24}, {0xE0000000, 3},
    };
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if ((a ^ reserved[i].net) >> (32 - reserved[i].bits) == 0) return 0;
    return 1;
}

static uint32_t word(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int is_public_6(const unsigned char *a) {
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    static const unsigned char translated[12] = {0x00, 0x64, 0xFF, 0x9B};
    // What stands for an IPv4 address leads where that does.
    if (!memcmp(a, mapped, 12) || !memcmp(a, translated, 12)) return is_public_4(word(a + 12));
    if (a[0] == 0x20 && a[1] == 0x02) return is_public_4(word(a + 2));
    // Global unicast is 2000::/3; 2001::/23 is for protocols, 2001:db8::/32 and 3fff::/20 for documentation.
    if (a[0] >> 5 != 1) return 0;
    if (a[0] == 0x20 && a[1] == 0x01 && (a[2] < 0x02 || (a[2] == 0x0D && a[3] == 0xB8))) return 0;
    return !(a[0] == 0x3F && a[1] == 0xFF && a[2] < 0x10);
}

int ccurl_is_public(const char *text) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) return is_public_4(word(bytes));
    return inet_pton(AF_INET6, text, bytes) == 1 && is_public_6(bytes);
}

static curl_socket_t open_public(void *count, curlsocktype purpose, struct curl_sockaddr *address) {
    int is_public = 0;
    if (address->family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&address->addr;
        is_public = is_public_4(ntohl(four->sin_addr.s_addr));
    } else if (address->family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address->addr;
        is_public = is_public_6(six->sin6_addr.s6_addr);
    }
    if (purpose != CURLSOCKTYPE_IPCXN || !is_public) {
        (*(int *)count)++;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}
CURLcode ccurl_easy_public_only(CURL *easy, int *count) {
    CURLcode result = library.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, count);
    return result ? result : library.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
}

long ccurl_easy_getinfo_long(CURL *easy, CURLINFO info) {
    long value = 0;
    return library.easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}
curl_off_t ccurl_easy_getinfo_offset(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    return library.easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *text) {
    return library.slist_append(list, text);
}

void ccurl_slist_free_all(struct curl_slist *list) { library.slist_free_all(list); }

CURLM *ccurl_multi_init(void) { return library.multi_init(); }
void ccurl_multi_cleanup(CURLM *multi) { library.multi_cleanup(multi); }
CURLMcode ccurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return library.multi_setopt(multi, option, value);
}
CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *easy) {
    return library.multi_add_handle(multi, easy);
}
CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *easy) {
    return library.multi_remove_handle(multi, easy);
}
CURLMcode ccurl_multi_perform(CURLM *multi) {
    int running;
    return library.multi_perform(multi, &running);
}
CURLMcode ccurl_multi_poll(CURLM *multi, int milliseconds) {
    return library.multi_poll(multi, NULL, 0, milliseconds, NULL);
}
CURLMcode ccurl_multi_wakeup(CURLM *multi) { return library.multi_wakeup(multi); }

CURL *ccurl_multi_next_done(CURLM *multi, CURLcode *result) {
    int left;
    for (CURLMsg *message; (message = library.multi_info_read(multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
