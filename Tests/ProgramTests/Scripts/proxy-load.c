// Sends requests through proxies as fast as they answer. Only `make bench` uses it.
//
//     proxy-load rounds ROUNDS 'LABEL|PORT|PATH'…
//         In each round, each subject in turn: one kept connection, then 32 at once, a GET after the other.
//         Prints the median of the rounds, the time of single requests, and the ratio to the first.
//     proxy-load stream ROUNDS 'LABEL|PORT|PATH|PIDS'…
//         In each round, each subject in turn: one answer, taken as fast as it comes. Prints bytes per second,
//         the ratio to the first, and the most memory (RSS) that the subject's processes have had meanwhile.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

enum { MODES = 2, MANY = 32, SUBJECTS = 8, ANSWER = 16384 };
static const char *const modes[MODES] = {"one connection, kept", "32 connections at once"};
static const int requests[MODES] = {2000, 6400};

struct client { int socket; size_t received; double asked; char answer[ANSWER]; };
struct subject {
    const char *label, *path, *pids;
    int port;
    double *rates[MODES], *times[MODES], *speeds;
    size_t count[MODES];
    long memory;
};

static void fail(const char *what) {
    fprintf(stderr, "proxy-load: %s: %s\n", what, errno ? strerror(errno) : "unexpected");
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

static int join(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (number < 0 || connect(number, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return number;
}

static void ask(struct client *client, const struct subject *subject) {
    char text[512];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", subject->path, subject->port);
    client->received = 0;
    client->asked = now();
    if (send(client->socket, text, (size_t)length, MSG_NOSIGNAL) != length) fail("send");
}

// The length behind a head that is whole, else -1. Anything but a 200 with a length ends the run.
static long content_length(const char *answer, const char *end) {
    const char *length = strcasestr(answer, "\r\nContent-Length:");
    if (strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && length != NULL && length < end) return strtol(length + 17, NULL, 10);
    fprintf(stderr, "%s\n", answer);
    errno = 0;
    fail("the answer");
    return -1;
}

// Takes what has come; 1 when the answer is whole.
static int take(struct client *client) {
    ssize_t count = recv(client->socket, client->answer + client->received, ANSWER - 1 - client->received, 0);
    if (count <= 0) fail("receive");
    client->received += (size_t)count;
    client->answer[client->received] = 0;
    char *end = strstr(client->answer, "\r\n\r\n");
    if (end == NULL) return 0;
    return client->received >= (size_t)(end + 4 - client->answer) + (size_t)content_length(client->answer, end);
}

static void note(struct subject *subject, int mode, double time) { subject->times[mode][subject->count[mode]++] = time; }

static void run_one(struct subject *subject) {
    static struct client client;
    client.socket = join(subject->port);
    for (int i = 0; i < requests[0]; i++) {
        ask(&client, subject);
        while (!take(&client)) {}
        note(subject, 0, now() - client.asked);
    }
    close(client.socket);
}

static void run_many(struct subject *subject) {
    static struct client clients[MANY];
    int poller = epoll_create1(EPOLL_CLOEXEC), asked = MANY, answered = 0;
    for (int i = 0; i < MANY; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        clients[i].socket = join(subject->port);
        if (epoll_ctl(poller, EPOLL_CTL_ADD, clients[i].socket, &event) != 0) fail("epoll_ctl");
    }
    for (int i = 0; i < MANY; i++) ask(&clients[i], subject);
    while (answered < requests[1]) {
        struct epoll_event events[MANY];
        int ready = epoll_wait(poller, events, MANY, 30000);
        if (ready <= 0) fail("no answer for 30 seconds");
        for (int i = 0; i < ready; i++) {
            struct client *client = &clients[events[i].data.u32];
            if (!take(client)) continue;
            note(subject, 1, now() - client->asked);
            answered++;
            if (asked++ < requests[1]) ask(client, subject);
        }
    }
    for (int i = 0; i < MANY; i++) close(clients[i].socket);
    close(poller);
}

static long resident(const char *pids) {
    long sum = 0;
    char list[256];
    snprintf(list, sizeof list, "%s", pids);
    for (char *pid = strtok(list, " "); pid != NULL; pid = strtok(NULL, " ")) {
        char path[64];
        long size, pages = 0;
        snprintf(path, sizeof path, "/proc/%s/statm", pid);
        FILE *file = fopen(path, "r");
        if (file == NULL) continue;
        if (fscanf(file, "%ld %ld", &size, &pages) == 2) sum += pages * (sysconf(_SC_PAGESIZE) / 1024);
        fclose(file);
    }
    return sum;
}

static void run_stream(struct subject *subject, int round) {
    static char room[1 << 18];
    struct client client = {.socket = join(subject->port)};
    double begin = now();
    long left = -1, looked = 0;
    ask(&client, subject);
    while (left != 0) {
        if (left < 0) {
            ssize_t count = recv(client.socket, client.answer + client.received, ANSWER - 1 - client.received, 0);
            if (count <= 0) fail("receive");
            client.received += (size_t)count;
            client.answer[client.received] = 0;
            char *end = strstr(client.answer, "\r\n\r\n");
            if (end != NULL) left = content_length(client.answer, end) - (long)(client.received - (size_t)(end + 4 - client.answer));
            continue;
        }
        ssize_t count = recv(client.socket, room, sizeof room, 0);
        if (count <= 0) fail("receive");
        left -= count;
        // Each 16 MiB.
        if (left >> 24 != looked) {
            looked = left >> 24;
            long memory = resident(subject->pids);
            if (memory > subject->memory) subject->memory = memory;
        }
    }
    char *length = strcasestr(client.answer, "\r\nContent-Length:");
    subject->speeds[round] = strtod(length + 17, NULL) / (now() - begin);
    close(client.socket);
}

static void print_rounds(struct subject *subjects, int count, int rounds) {
    for (int mode = 0; mode < MODES; mode++) {
        printf("%-40s%12s%10s%10s%8s\n", modes[mode], "requests/s", "p50 us", "p99 us", "ratio");
        double first = percentile(subjects[0].rates[mode], (size_t)rounds, 0.5);
        for (int i = 0; i < count; i++) {
            struct subject *it = &subjects[i];
            double rate = percentile(it->rates[mode], (size_t)rounds, 0.5);
            printf("  %-38s%12.0f%10.1f%10.1f%8.2f\n", it->label, rate, percentile(it->times[mode], it->count[mode], 0.5),
                   percentile(it->times[mode], it->count[mode], 0.99), rate / first);
        }
    }
}

int main(int count, char **words) {
    static struct subject subjects[SUBJECTS];
    int rounds = count > 2 ? atoi(words[2]) : 0, number = count - 3;
    int streams = count > 1 && strcmp(words[1], "stream") == 0;
    if (number < 1 || number > SUBJECTS || rounds < 1) {
        fputs("usage: proxy-load rounds|stream ROUNDS 'LABEL|PORT|PATH|PIDS'…\n", stderr);
        return 2;
    }
    for (int i = 0; i < number; i++) {
        subjects[i].label = strtok(words[i + 3], "|");
        subjects[i].port = atoi(strtok(NULL, "|"));
        subjects[i].path = strtok(NULL, "|");
        subjects[i].pids = strtok(NULL, "|");
        if (subjects[i].pids == NULL) subjects[i].pids = "";
        subjects[i].speeds = calloc((size_t)rounds, sizeof(double));
        for (int mode = 0; mode < MODES; mode++) {
            subjects[i].rates[mode] = calloc((size_t)rounds, sizeof(double));
            subjects[i].times[mode] = calloc((size_t)rounds * (size_t)requests[mode], sizeof(double));
        }
    }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < number; i++) {
            if (streams) { run_stream(&subjects[i], round); continue; }
            for (int mode = 0; mode < MODES; mode++) {
                double begin = now();
                if (mode == 0) run_one(&subjects[i]); else run_many(&subjects[i]);
                subjects[i].rates[mode][round] = requests[mode] / (now() - begin) * 1e6;
            }
        }
    if (!streams) { print_rounds(subjects, number, rounds); return 0; }
    printf("%-40s%12s%8s%14s\n", "one answer", "MB/s", "ratio", "most RSS, KiB");
    double first = percentile(subjects[0].speeds, (size_t)rounds, 0.5);
    for (int i = 0; i < number; i++) {
        double speed = percentile(subjects[i].speeds, (size_t)rounds, 0.5);
        printf("  %-38s%12.0f%8.2f%14ld\n", subjects[i].label, speed, speed / first, subjects[i].memory);
    }
    return 0;
}
