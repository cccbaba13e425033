// Asks brokers for tokens as fast as they answer. Only `make bench` uses it.
//
//     broker-load rounds ROUNDS 'LABEL|SOCKET|PATH'…
//         In each round, each subject in turn: one connection that is kept; a new one for each request; 64
//         at once. Prints the median of the rounds, the time of single requests, and the ratio to the first.
//     broker-load stampede CLIENTS SOCKET PATH PORT
//         All clients ask; when all have that are let in, the practice server at the port gives the answer that it
//         holds back. Prints
//         how long it then takes until the first and the last client has its answer.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MODES = 3, MANY = 64, SUBJECTS = 8, ANSWER = 16384 };
static const char *const modes[MODES] = {"one connection, kept", "a new connection each time", "64 connections at once"};
static const int requests[MODES] = {2000, 1000, 6400};

struct client { int socket; size_t received; double asked; char answer[ANSWER]; };
struct subject { const char *label, *path; struct sockaddr_un address; double *rates[MODES], *times[MODES]; size_t count[MODES]; };

static void fail(const char *what) {
    fprintf(stderr, "broker-load: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double percentile(double *values, size_t count, double fraction) {
    qsort(values, count, sizeof *values, compare);
    return values[(size_t)(fraction * (double)(count - 1))];
}

static struct sockaddr_un place(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) fail(path);
    strcpy(address.sun_path, path);
    return address;
}

// 0 where it would have to wait to be let in.
static int try_to_join(struct client *client, const struct sockaddr_un *address, int flags) {
    client->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (client->socket < 0) fail("socket");
    if (connect(client->socket, (const struct sockaddr *)address, sizeof *address) == 0) return 1;
    if (errno != EAGAIN) fail("connect");
    close(client->socket);
    return 0;
}

static void join(struct client *client, const struct sockaddr_un *address) {
    if (!try_to_join(client, address, 0)) fail("connect");
}

static void ask(struct client *client, const char *path) {
    char text[512];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: sesame\r\nAccept: application/json\r\n\r\n", path);
    client->received = 0;
    client->asked = now();
    if (send(client->socket, text, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
}

// Takes what has come; 1 when the answer is whole. Anything but a 200 ends the run.
static int take(struct client *client) {
    ssize_t count = recv(client->socket, client->answer + client->received, ANSWER - 1 - client->received, 0);
    if (count <= 0) fail("receive");
    client->received += (size_t)count;
    client->answer[client->received] = 0;
    char *end = strstr(client->answer, "\r\n\r\n");
    if (end == NULL) return 0;
    char *length = strcasestr(client->answer, "\r\nContent-Length:");
    if (strncmp(client->answer, "HTTP/1.1 200 ", 13) != 0 || length == NULL || length > end) {
        fprintf(stderr, "%s\n", client->answer);
        errno = 0;
        fail("the answer");
    }
    return client->received >= (size_t)(end + 4 - client->answer) + strtoul(length + 17, NULL, 10);
}

static void note(struct subject *subject, int mode, double time) { subject->times[mode][subject->count[mode]++] = time; }

// One client: the next request when the last one has its answer.
static void run_one(struct subject *subject, int mode) {
    static struct client client;
    if (mode == 0) join(&client, &subject->address);
    for (int i = 0; i < requests[mode]; i++) {
        double begin = now();
        if (mode == 1) join(&client, &subject->address);
        ask(&client, subject->path);
        while (!take(&client)) {}
        if (mode == 1) close(client.socket);
        note(subject, mode, now() - begin);
    }
    if (mode == 0) close(client.socket);
}

static void watch(int poller, struct client *clients, int number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[number].socket, &event) != 0) fail("epoll_ctl");
}

// 64 clients, each of which asks again as soon as it has its answer.
static void run_many(struct subject *subject, int mode) {
    static struct client clients[MANY];
    int poller = epoll_create1(EPOLL_CLOEXEC), asked = MANY, answered = 0;
    for (int i = 0; i < MANY; i++) {
        join(&clients[i], &subject->address);
        watch(poller, clients, i);
    }
    for (int i = 0; i < MANY; i++) ask(&clients[i], subject->path);
    while (answered < requests[mode]) {
        struct epoll_event events[MANY];
        int ready = epoll_wait(poller, events, MANY, 30000);
        if (ready <= 0) fail("no answer for 30 seconds");
        for (int i = 0; i < ready; i++) {
            struct client *client = &clients[events[i].data.u32];
            if (!take(client)) continue;
            note(subject, mode, now() - client->asked);
            answered++;
            if (asked++ < requests[mode]) ask(client, subject->path);
        }
    }
    for (int i = 0; i < MANY; i++) close(clients[i].socket);
    close(poller);
}

static int compare_subjects(int rounds, int count, char **words) {
    static struct subject subjects[SUBJECTS];
    if (rounds < 1 || count < 1 || count > SUBJECTS) return 2;
    for (int i = 0; i < count; i++) {
        subjects[i].label = strtok(words[i], "|");
        const char *socket = strtok(NULL, "|");
        subjects[i].path = strtok(NULL, "|");
        if (socket == NULL || subjects[i].path == NULL) return 2;
        subjects[i].address = place(socket);
        for (int mode = 0; mode < MODES; mode++) {
            subjects[i].rates[mode] = calloc((size_t)rounds, sizeof(double));
            subjects[i].times[mode] = calloc((size_t)rounds * (size_t)requests[mode], sizeof(double));
        }
    }
    for (int round = 0; round < rounds; round++)
        for (int mode = 0; mode < MODES; mode++)
            for (int i = 0; i < count; i++) {
                double begin = now();
                if (mode == 2) run_many(&subjects[i], mode); else run_one(&subjects[i], mode);
                subjects[i].rates[mode][round] = requests[mode] / (now() - begin) * 1e6;
            }
    for (int mode = 0; mode < MODES; mode++) {
        printf("%-44s%12s%10s%10s%8s\n", modes[mode], "requests/s", "p50 us", "p99 us", "ratio");
        double first = percentile(subjects[0].rates[mode], (size_t)rounds, 0.5);
        for (int i = 0; i < count; i++) {
            struct subject *it = &subjects[i];
            double rate = percentile(it->rates[mode], (size_t)rounds, 0.5);
            printf("  %-42s%12.0f%10.1f%10.1f%8.2f\n", it->label, rate, percentile(it->times[mode], it->count[mode], 0.5),
                   percentile(it->times[mode], it->count[mode], 0.99), rate / first);
        }
    }
    return 0;
}

// Tells the practice server to let go of what it holds back.
static void release(int port) {
    static const char text[] = "POST /_control/release HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0
        || send(server, text, sizeof text - 1, MSG_NOSIGNAL) != sizeof text - 1) fail("the practice server");
}

static int stampede(int count, const char *socket, const char *path, int port) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct sockaddr_un address = place(socket);
    struct client *clients = calloc((size_t)count, sizeof *clients);
    struct epoll_event events[256];
    int poller = epoll_create1(EPOLL_CLOEXEC), asked = 0, early = 0, answered = 0;
    double first = 0, released = 0, begin = now(), took = 0;
    while (answered < count) {
        // The kernel keeps as many waiting as the broker's socket says; the others come as soon as they can.
        while (asked < count && try_to_join(&clients[asked], &address, SOCK_NONBLOCK)) {
            ask(&clients[asked], path);
            watch(poller, clients, asked);
            asked++;
        }
        if (!released) {
            took = clients[asked - 1].asked - begin;
            early = asked;
            // The one that began the renewal has to reach the server, which then holds its answer.
            if (epoll_wait(poller, events, 1, 1000) != 0) fail("an answer came before the server gave one");
            released = now();
            release(port);
        }
        int ready = epoll_wait(poller, events, 256, 30000);
        if (ready <= 0) fail("no answer for 30 seconds");
        for (int i = 0; i < ready; i++) {
            struct client *client = &clients[events[i].data.u32];
            if (!take(client)) continue;
            if (answered++ == 0) first = now() - released;
            // So that the next one is let in where the broker has few places.
            close(client->socket);
        }
    }
    printf("%d of %d clients had asked after %.1f ms; after the server's answer the first had its own in %.2f ms, the last in %.2f ms\n",
           early, count, took / 1e3, first / 1e3, (now() - released) / 1e3);
    return 0;
}

int main(int count, char **words) {
    int result = 2;
    if (count >= 4 && strcmp(words[1], "rounds") == 0) result = compare_subjects(atoi(words[2]), count - 3, words + 3);
    if (count == 6 && strcmp(words[1], "stampede") == 0) result = stampede(atoi(words[2]), words[3], words[4], atoi(words[5]));
    if (result == 2) fputs("usage: broker-load rounds ROUNDS 'LABEL|SOCKET|PATH'… | stampede CLIENTS SOCKET PATH PORT\n", stderr);
    return result;
}
