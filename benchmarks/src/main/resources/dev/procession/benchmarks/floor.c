/* What a look at all processes costs at least: the list of /proc, and of each process the files that are named. */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char list[64 * 1024], *content, pattern[256];
static size_t room = 4096;

struct entry {
    unsigned long inode;
    long offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

static long look(int folder, const char *pid, const char *file) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", pid, file);
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    size_t length = 0;
    ssize_t n;
    while ((n = read(fd, content + length, room - length)) > 0) {
        length += n;
        if (length == room) {
            content = realloc(content, room *= 2);
        }
    }
    close(fd);
    return memmem(content, length, pattern, strlen(pattern)) != NULL;
}

static long scan(int files, char **names) {
    long found = 0, n;
    int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while ((n = syscall(SYS_getdents64, folder, list, sizeof list)) > 0) {
        for (long at = 0; at < n; at += ((struct entry *)(list + at))->length) {
            const char *pid = ((struct entry *)(list + at))->name;
            for (int i = 0; i < files && isdigit(*pid); i++) {
                found += look(folder, pid, names[i]);
            }
        }
    }
    close(folder);
    return found;
}

/* For each line of input: one look for that text, and a line with its nanoseconds and how often it was found. */
int main(int count, char **names) {
    content = malloc(room);
    while (fgets(pattern, sizeof pattern, stdin)) {
        pattern[strcspn(pattern, "\n")] = 0;
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        long found = scan(count - 1, names + 1);
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("%ld %ld\n", (end.tv_sec - start.tv_sec) * 1000000000L + end.tv_nsec - start.tv_nsec, found);
        fflush(stdout);
    }
    return 0;
}
