// Asks a broker for the same things at a steady pace, for as long as it is told. Only `make soak` uses it.
//
//     soak-load SECONDS RATE SOCKET PID PATH…
//         RATE requests a second, the paths in turn: one half over one connection that is kept, the other over a
//         new one each. Every minute one line: what was asked and what failed, how long the median and the slowest
//         hundredth took, and what the process with that PID holds in memory and in descriptors.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 1 << 20, MOST = 1 << 20 };
static char answer[ANSWER];
static double times[MOST];

static void fail(const char *what) {
    fprintf(stderr, "soak-load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int join(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) fail(path);
    strcpy(address.sun_path, path);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 30};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (client < 0 || connect(client, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    return client;
}

// 1 for a whole answer of status 200.
static int ask(int client, const char *path) {
    char text[512];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: sesame\r\n\r\n", path);
    if (send(client, text, (size_t)length, MSG_NOSIGNAL) != length) return 0;
    size_t received = 0;
    for (;;) {
        ssize_t count = recv(client, answer + received, ANSWER - 1 - received, 0);
        if (count <= 0) return 0;
        received += (size_t)count;
        answer[received] = 0;
        char *end = strstr(answer, "\r\n\r\n"), *field = strcasestr(answer, "\r\nContent-Length:");
        if (end == NULL) continue;
        if (field == NULL || field > end) return 0;
        if (received >= (size_t)(end + 4 - answer) + strtoul(field + 17, NULL, 10))
            return strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
    }
}

static long resident(int pid) {
    char path[64], line[256];
    long kibibytes = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) fail("the broker has ended");
    while (fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld", &kibibytes);
    fclose(file);
    return kibibytes;
}

static int descriptors(int pid) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

int main(int count, char **words) {
    if (count < 6) {
        fputs("usage: soak-load SECONDS RATE SOCKET PID PATH…\n", stderr);
        return 2;
    }
    double seconds = atof(words[1]), rate = atof(words[2]), begin = now(), minute = 60;
    const char *socket = words[3];
    int pid = atoi(words[4]), paths = count - 5, kept = join(socket);
    long asked = 0, failed = 0, allFailed = 0, total = 0;
    printf("%8s%12s%9s%10s%10s%12s%13s\n", "minute", "requests", "failed", "p50 us", "p99 us", "RSS KiB", "descriptors");
    while (now() - begin < seconds) {
        double due = begin + (double)total / rate, wait = due - now();
        if (wait > 0) {
            struct timespec pause = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
            nanosleep(&pause, NULL);
        }
        const char *path = words[5 + total % paths];
        int isKept = (total / paths) % 2 == 0, good;
        double start = now();
        int client = isKept ? kept : join(socket);
        good = ask(client, path);
        if (!isKept) close(client);
        if (!good && isKept) { close(kept); kept = join(socket); }
        if (asked < MOST) times[asked] = now() - start;
        asked++;
        total++;
        failed += !good;
        if (now() - begin >= minute || now() - begin >= seconds) {
            long kept_times = asked < MOST ? asked : MOST;
            qsort(times, (size_t)kept_times, sizeof *times, compare);
            printf("%8.0f%12ld%9ld%10.0f%10.0f%12ld%13d\n", minute / 60, asked, failed, times[kept_times / 2] * 1e6,
                   times[(size_t)(0.99 * (double)(kept_times - 1))] * 1e6, resident(pid), descriptors(pid));
            fflush(stdout);
            allFailed += failed;
            asked = failed = 0;
            minute += 60;
        }
    }
    printf("%ld requests in %.0f seconds, %ld failed\n", total, now() - begin, allFailed + failed);
    return allFailed + failed > 0;
}
