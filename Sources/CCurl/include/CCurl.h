// The door to libcurl, which is opened when it is first needed: loading it takes longer than the
// whole of a command that finds its token in the store. Nothing links against it; the headers
// still check the types of every call. Each function is called like the original, with `ccurl_`
// for `curl_`; the variadic ones, which Swift does not import, exist once per type of argument.
#pragma once
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/// Loads libcurl, once per process, and has it wipe all memory that it gives back: header fields and
/// contents may be credentials. NULL, or why it cannot be used.
const char *_Nullable ccurl_load(void);

CURL *_Nullable ccurl_easy_init(void);
void ccurl_easy_cleanup(CURL *_Nonnull easy);

typedef size_t (*ccurl_callback)(
    char *_Nonnull bytes, size_t size, size_t count, void *_Nonnull context);
CURLcode ccurl_easy_setopt_long(CURL *_Nonnull easy, CURLoption option, long value);
CURLcode ccurl_easy_setopt_offset(CURL *_Nonnull easy, CURLoption option, curl_off_t value);
CURLcode ccurl_easy_setopt_text(CURL *_Nonnull easy, CURLoption option, const char *_Nullable value);
CURLcode ccurl_easy_setopt_pointer(CURL *_Nonnull easy, CURLoption option, void *_Nullable value);
/// libcurl keeps a copy, which is wiped with the handle and the connection.
CURLcode ccurl_easy_setopt_blob(
    CURL *_Nonnull easy, CURLoption option, const void *_Nonnull bytes, size_t count);
CURLcode ccurl_easy_setopt_callback(
    CURL *_Nonnull easy, CURLoption option, ccurl_callback _Nonnull value);

/// Stops and lets go on: a sum of CURLPAUSE_RECV and CURLPAUSE_SEND names what stands still. Callbacks may run.
CURLcode ccurl_easy_pause(CURL *_Nonnull easy, int standing);

/// Has the transfer fail instead of sending its request a second time, as libcurl else does by itself when a
/// connection that was kept turns out dead. `count` is 0 before, and outlives the handle.
CURLcode ccurl_easy_send_once(CURL *_Nonnull easy, int *_Nonnull count);

/// Has the transfer fail instead of connecting to an address that is not of the public internet: looked at for
/// each address when its socket is made, whatever the name service has said before. `count` is 0 before, counts what was
/// refused, and outlives the handle.
CURLcode ccurl_easy_public_only(CURL *_Nonnull easy, int *_Nonnull count);

/// Whether an address in text, IPv4 or IPv6, is of the public internet. What cannot be read is not.
int ccurl_is_public(const char *_Nonnull text);

/// 0 where libcurl has no answer.
long ccurl_easy_getinfo_long(CURL *_Nonnull easy, CURLINFO info);
curl_off_t ccurl_easy_getinfo_offset(CURL *_Nonnull easy, CURLINFO info);

struct curl_slist *_Nullable ccurl_slist_append(
    struct curl_slist *_Nullable list, const char *_Nonnull text);
void ccurl_slist_free_all(struct curl_slist *_Nullable list);

CURLM *_Nullable ccurl_multi_init(void);
void ccurl_multi_cleanup(CURLM *_Nonnull multi);
CURLMcode ccurl_multi_setopt_long(CURLM *_Nonnull multi, CURLMoption option, long value);
CURLMcode ccurl_multi_add_handle(CURLM *_Nonnull multi, CURL *_Nonnull easy);
CURLMcode ccurl_multi_remove_handle(CURLM *_Nonnull multi, CURL *_Nonnull easy);
CURLMcode ccurl_multi_perform(CURLM *_Nonnull multi);
CURLMcode ccurl_multi_poll(CURLM *_Nonnull multi, int milliseconds);
CURLMcode ccurl_multi_wakeup(CURLM *_Nonnull multi);
/// The next transfer that is done, and how it ended; NULL when there is none.
CURL *_Nullable ccurl_multi_next_done(CURLM *_Nonnull multi, CURLcode *_Nonnull result);
