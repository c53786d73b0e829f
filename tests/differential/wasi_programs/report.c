// Reads numbers from a JSON file, sorts them, writes a report, lists the folder, looks at the clock.
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NUMBERS_MAX 64

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// The numbers of an array under a key.
static int numbers_of(const char *text, const char *key, double *found) {
    const char *at = strstr(text, key);
    int count = 0;
    if (at == NULL || (at = strchr(at, '[')) == NULL) return 0;
    for (at++; *at != '\0' && *at != ']' && count < NUMBERS_MAX; at++) {
        char *end;
        found[count] = strtod(at, &end);
        if (end == at) continue;
        count++;
        at = end - 1;
    }
    return count;
}

static void list(const char *path) {
    char *names[NUMBERS_MAX];
    int count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL && count < NUMBERS_MAX;)
        names[count++] = strdup(entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof names[0], by_name);
    for (int i = 0; i < count; i++) {
        char full[512];
        struct stat known;
        snprintf(full, sizeof full, "%s/%s", path, names[i]);
        int failed = stat(full, &known);
        printf("  %s %s %lld\n", names[i], failed ? "gone" : S_ISDIR(known.st_mode) ? "dir" : "file",
               failed || S_ISDIR(known.st_mode) ? 0LL : (long long)known.st_size);
        free(names[i]);
    }
}

int main(int argc, char **argv) {
    double numbers[NUMBERS_MAX], sum = 0;
    static char text[4096];
    for (int i = 1; i < argc; i++) printf("argument %s\n", argv[i]);
    printf("HOME is %s\n", getenv("HOME") ? getenv("HOME") : "not set");

    FILE *input = fopen("/data/input.json", "r");
    if (input == NULL) {
        perror("input.json");
        return 3;
    }
    fread(text, 1, sizeof text - 1, input);
    fclose(input);
    int count = numbers_of(text, "\"numbers\"", numbers);
    qsort(numbers, count, sizeof numbers[0], by_value);
    for (int i = 0; i < count; i++) {
        sum += sqrt(fabs(numbers[i]));
        printf("%g%c", numbers[i], i + 1 < count ? ' ' : '\n');
    }
    printf("sum of roots %.17g, sine %.17g\n", sum, sin(sum));

    mkdir("/data/out", 0777);
    FILE *output = fopen("/data/out/report.txt", "w+");
    fprintf(output, "%d numbers\nsum %.3f\n", count, sum);
    fseek(output, 0, SEEK_SET);
    while (fgets(text, sizeof text, output) != NULL) printf("> %s", text);
    fclose(output);
    output = fopen("/data/out/report.txt", "a");
    fprintf(output, "appended\n");
    printf("position %ld\n", ftell(output));
    fclose(output);
    printf("rename %d\n", rename("/data/out/report.txt", "/data/out/final.txt"));
    printf("symlink %d\n", symlink("out/final.txt", "/data/latest"));
    printf("escape %s\n", fopen("/data/../etc/passwd", "r") ? "open" : "refused");
    printf("unlink %d %d\n", unlink("/data/remove.me"), rmdir("/data/out"));
    list("/data");
    list("/data/out");

    struct timespec first, second;
    clock_gettime(CLOCK_MONOTONIC, &first);
    struct timespec nap = {0, 2000000};
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &second);
    long long passed = (second.tv_sec - first.tv_sec) * 1000000000LL + second.tv_nsec - first.tv_nsec;
    printf("slept %s, year %s\n", passed >= 2000000 ? "enough" : "too little",
           time(NULL) > 1600000000 ? "after 2020" : "before");

    char line[100];
    while (fgets(line, sizeof line, stdin) != NULL) printf("read %s", line);
    fprintf(stderr, "done\n");
    return count;
}
