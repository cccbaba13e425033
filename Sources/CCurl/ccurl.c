#include "CCurl.h"
#include <CWipe.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(each) \
    each(global_init_mem) each(easy_init) each(easy_cleanup) each(easy_setopt) each(easy_getinfo) \
    each(easy_pause) \
    each(slist_append) each(slist_free_all) each(multi_init) each(multi_cleanup) \
    each(multi_setopt) each(multi_add_handle) each(multi_remove_handle) each(multi_perform) \
    each(multi_poll) each(multi_wakeup) each(multi_info_read)

#define MEMBER(name) __typeof__(curl_##name) *name;
static struct { FUNCTIONS(MEMBER) } library;
static const char *objection;

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
