/* Times searches in a directory: search_probe URL FOLDER RUNS. Each line of the input is looked
 * for RUNS times, after one time that does not count. For each the output has the median in
 * microseconds and how many were found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "directory/contact.h"

#define RUNS_MAX 1000

static int compare(const void *a, const void *b)
{
    int64_t one = *(const int64_t *) a;
    int64_t other = *(const int64_t *) b;
    return one < other ? -1 : one > other;
}

static bool probe(Db *db, const char *words, size_t runs, GError **err)
{
    int64_t times[RUNS_MAX];
    guint found = 0;
    for (size_t i = 0; i <= runs; i++) {
        int64_t began = g_get_monotonic_time();
        g_autoptr(GPtrArray) contacts = contact_search(db, words, err);
        if (contacts == NULL)
            return false;
        if (i > 0)
            times[i - 1] = g_get_monotonic_time() - began;
        found = contacts->len;
    }
    qsort(times, runs, sizeof times[0], compare);
    printf("%" G_GINT64_FORMAT "\t%u\n", times[runs / 2], found);
    return true;
}

static bool probe_all(Db *db, size_t runs, GError **err)
{
    char line[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (!probe(db, line, runs, err))
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Db) db = NULL;
    guint64 runs = 0;

    if (argc != 4 || !g_ascii_string_to_unsigned(argv[3], 10, 1, RUNS_MAX, &runs, NULL)) {
        fprintf(stderr, "usage: search_probe URL FOLDER RUNS\n");
        return EXIT_FAILURE;
    }
    if (!db_open(argv[1], argv[2], false, &db, &err) || !probe_all(db, (size_t) runs, &err)) {
        fprintf(stderr, "search_probe: %s\n", err->message);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
