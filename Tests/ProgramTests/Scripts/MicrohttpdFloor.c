// The floor below the broker's answers: libmicrohttpd on a UNIX socket, which gives one constant answer
// from its own thread with epoll. Only `make bench` uses it.
//
//     microhttpd-floor SOCKET BYTES    answers every GET with a JSON text of that many bytes, until it is killed
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct MHD_Response *constant;

static enum MHD_Result answer(void *unused, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *body, size_t *length, void **state) {
    (void)unused; (void)path; (void)version; (void)body;
    // The first call for a request comes before its body: it is answered in the second, as the manual says.
    static int seen;
    if (*state == NULL) { *state = &seen; return MHD_YES; }
    if (*length != 0 || strcmp(method, "GET") != 0) return MHD_NO;
    return MHD_queue_response(connection, MHD_HTTP_OK, constant);
}

int main(int count, char **words) {
    size_t bytes = count == 3 ? (size_t)strtoul(words[2], NULL, 10) : 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (bytes < 32 || strlen(words[1]) >= sizeof address.sun_path) {
        fputs("usage: microhttpd-floor SOCKET BYTES\n", stderr);
        return 2;
    }
    strcpy(address.sun_path, words[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0) {
        perror("microhttpd-floor");
        return 1;
    }
    char *text = malloc(bytes + 1);
    int used = snprintf(text, bytes + 1, "{\"access_token\":\"");
    memset(text + used, 'a', bytes - (size_t)used);
    memcpy(text + bytes - 2, "\"}", 2);
    constant = MHD_create_response_from_buffer(bytes, text, MHD_RESPMEM_MUST_FREE);
    // The same fields as the broker's.
    MHD_add_response_header(constant, "Content-Type", "application/json");
    MHD_add_response_header(constant, "Cache-Control", "no-store");
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_LIMIT, 2048u, MHD_OPTION_END);
    if (daemon == NULL) {
        fputs("microhttpd-floor: libmicrohttpd does not start\n", stderr);
        return 1;
    }
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
