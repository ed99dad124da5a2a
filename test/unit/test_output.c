#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

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

/* A terminal obeys some characters that JSON does not ask to be escaped. */
static void test_json_has_nothing_unseen(void)
{
    static const char HOSTILE[] = "a\xc2\x9b"
                                  "2J\u202eb\u2028\u200c\U000e0041\x7f\u00e9";
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    g_autoptr(Output) output = output_new(file, true);
    output_document(output, json_pack("[s]", HOSTILE));
    (void) fclose(file);

    g_assert_nonnull(
        strstr(text, "a\\u009b2J\\u202eb\\u2028\\u200c\\udb40\\udc41\\u007f\u00e9"));
    json_t *array = json_loads(text, 0, NULL);
    g_assert_cmpstr(json_string_value(json_array_get(array, 0)), ==, HOSTILE);
    json_decref(array);
    free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/output/table", test_table_is_aligned_by_what_a_terminal_shows);
    g_test_add_func("/output/json", test_json_keeps_the_values);
    g_test_add_func("/output/json-unseen", test_json_has_nothing_unseen);
    return g_test_run();
}
