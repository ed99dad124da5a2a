#include "cli/output.h"

#include <string.h>

#include "base/err.h"

static const OutputColumn COLUMNS[] = { { "name", "name" }, { "n", "number" }, { "ok", "ok" } };

/* What a table of two rows, one of them hostile, looks like. */
static char *print(bool is_json)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    g_autoptr(Output) output = output_new(file, is_json);
    json_t *rows = json_pack("[{s:s, s:i, s:b}, {s:s, s:i, s:n}]", "name", "日本 Ann", "n", 7,
                             "ok", 1, "name", "a\x1b[2Jb\nc", "n", 123, "ok");
    output_table(output, rows, COLUMNS, G_N_ELEMENTS(COLUMNS));
    g_assert_true(output_finish(output, NULL));
    (void) fclose(file);
    return text;
}

static void test_table_is_aligned_by_what_a_terminal_shows(void)
{
    g_autofree char *text = print(false);
    g_assert_cmpstr(text, ==,
                    "name            number  ok\n"
                    "日本 Ann             7  yes\n"
                    "a\\x1b[2Jb\\x0ac     123  -\n");
}

static void test_json_keeps_the_values(void)
{
    g_autofree char *text = print(true);
    json_t *rows = json_loads(text, 0, NULL);
    g_assert_cmpstr(json_string_value(json_object_get(json_array_get(rows, 1), "name")), ==,
                    "a\x1b[2Jb\nc");
    g_assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "ok")));
    json_decref(rows);
}

static void test_full_disk_is_an_error(void)
{
    g_autoptr(GError) err = NULL;
    FILE *full = fopen("/dev/full", "w");
    g_autoptr(Output) output = output_new(full, false);
    output_line(output, "%s", "x");
    g_assert_false(output_finish(output, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_TEMPORARY);
    (void) fclose(full);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/output/table", test_table_is_aligned_by_what_a_terminal_shows);
    g_test_add_func("/output/json", test_json_keeps_the_values);
    g_test_add_func("/output/full-disk", test_full_disk_is_an_error);
    return g_test_run();
}
