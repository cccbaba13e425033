/* JSONFloor FILE SECONDS   What json-bench does, with yajl's tree, a C parser: MB a second, and the members found. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yajl/yajl_tree.h>

static double processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    FILE *file = count == 3 ? fopen(arguments[1], "r") : NULL;
    if (!file) {
        fputs("usage: JSONFloor FILE SECONDS\n", stderr);
        return 2;
    }
    static char text[64 << 20];
    size_t length = fread(text, 1, sizeof text - 1, file), members = 0;
    double seconds = atof(arguments[2]), start = processor_time(), bytes = 0;
    while (processor_time() - start < seconds) {
        for (size_t round = 0; round < 1 + 65536 / (length + 1); round++) {
            yajl_val tree = yajl_tree_parse(text, NULL, 0);
            if (!tree) return 1;
            members = YAJL_IS_OBJECT(tree) ? tree->u.object.len : 0;
            yajl_tree_free(tree);
            bytes += length;
        }
    }
    printf("%.0f %zu\n", bytes / (processor_time() - start) / 1e6, members);
    return 0;
}
