// crowd SOCKET COUNT PATH   Connects that often before it reads anything, asks for PATH on each, and
// counts the answers: a line "STATUS TIMES" for each status (0: closed without one), and at the end
// how many different contents came with 200. It keeps the connections until its input ends.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static char first[65536];
static int statuses[600], contents;

static void count_answer(int client) {
    static char answer[65536];
    size_t length = 0;
    for (;;) {
        ssize_t got = read(client, answer + length, sizeof answer - 1 - length);
        if (got <= 0) break;
        length += (size_t)got;
        answer[length] = 0;
        char *end = strstr(answer, "\r\n\r\n"), *field = strstr(answer, "Content-Length: ");
        if (end && field && strlen(end + 4) >= (size_t)atoi(field + 16)) break;
    }
    answer[length] = 0;
    int status = length > 12 ? atoi(answer + 9) : 0;
    statuses[status < 0 || status > 599 ? 0 : status]++;
    if (status != 200 || !strcmp(first, answer)) return;
    contents++;
    strcpy(first, answer);
}

int main(int arguments, char **argument) {
    if (arguments != 4) return 2;
    int count = atoi(argument[2]);
    struct rlimit limit = {(rlim_t)count + 16, (rlim_t)count + 16}, now;
    if (getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur < limit.rlim_cur) setrlimit(RLIMIT_NOFILE, &limit);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, argument[1], sizeof address.sun_path - 1);
    char request[1024];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: sesame\r\n\r\n", argument[3]);
    struct timeval patience = {60, 0};
    int *clients = calloc((size_t)count, sizeof *clients);
    for (int i = 0; i < count; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        setsockopt(clients[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(clients[i], (struct sockaddr *)&address, sizeof address) != 0) { perror("connect"); return 1; }
        // Whoever was turned away at once cannot send any more.
        send(clients[i], request, (size_t)length, MSG_NOSIGNAL);
    }
    for (int i = 0; i < count; i++) count_answer(clients[i]);
    for (int status = 0; status < 600; status++)
        if (statuses[status]) printf("%d %d\n", status, statuses[status]);
    printf("contents %d\n", contents);
    fflush(stdout);
    while (read(0, request, sizeof request) > 0) {}
    return 0;
}
