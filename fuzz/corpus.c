/* Runs one fuzzer over the files of its corpus, a TAP test per file. */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static GPtrArray *names_in(const char *folder)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &err);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (dir == NULL)
        g_error("%s", err->message);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return g_steal_pointer(&names);
}

static void test_law_holds(const void *path)
{
    g_autofree char *bytes = NULL;
    size_t size = 0;
    g_autoptr(GError) err = NULL;

    g_file_get_contents(path, &bytes, &size, &err);
    g_assert_no_error(err);
    /* A copy of the exact size, so that the sanitizer sees a read past the end; never NULL. */
    g_autofree char *exact = g_malloc(MAX(size, 1));
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput((const uint8_t *) exact, size);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (argc != 2)
        g_error("usage: %s CORPUS", argv[0]);

    g_autoptr(GPtrArray) names = names_in(argv[1]);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *test = g_strdup_printf("/%s", (const char *) names->pdata[i]);
        char *path = g_build_filename(argv[1], names->pdata[i], NULL);
        g_ptr_array_add(paths, path);
        g_test_add_data_func(test, path, test_law_holds);
    }
    return g_test_run();
}
