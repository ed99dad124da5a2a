#include "directory/csv.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

#define HEADING "tld,rank,given_name,family_name,mobile,primary,secondary\n"

static ImportFile read_bytes(const char *bytes, size_t size)
{
    g_autoptr(GError) err = NULL;
    ImportFile file = { 0 };
    csv_read(bytes, size, &file, &err);
    g_assert_no_error(err);
    return file;
}

/* Every line as "number:tld/rank/given/family/mobile/primary/secondary" or "number!fault". */
static char *show(const ImportFile *file)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < file->lines->len; i++) {
        const ImportLine *line = file->lines->pdata[i];
        g_string_append_printf(text, "%s%d", i == 0 ? "" : "|", (int) line->number);
        if (line->fault != NULL)
            g_string_append_printf(text, "!%s", line->fault);
        for (int k = IMPORT_TLD; k <= IMPORT_SECONDARY && line->fault == NULL; k++)
            g_string_append_printf(text, "%s%s", k == IMPORT_TLD ? ":" : "/",
                                   line->fields[k] != NULL ? line->fields[k] : "-");
    }
    return g_string_free(text, FALSE);
}

static void test_records_are_read(void)
{
    static const struct {
        const char *text;
        const char *want;
    } CASES[] = {
        /* clang-format off */
        { HEADING "ca,1,Jane,Doe,+1 613 555 0100,jane@nic.ca,jane@mail.example\n",
          "2:ca/1/Jane/Doe/+1 613 555 0100/jane@nic.ca/jane@mail.example" },
        { HEADING "ca,,Jane,Doe,,jane@nic.ca,", "2:ca//Jane/Doe//jane@nic.ca/" },
        { HEADING "ca,1,Jane,Doe,1,j@x\r\n\r\nfr,1,Zoë,王,2,z@x\r\n", "2:ca/1/Jane/Doe/1/j@x/-|4:fr/1/Zoë/王/2/z@x/-" },
        { HEADING "ca,1,J,D,1,j@x\rfr,1,Z,D,2,z@x\r", "2:ca/1/J/D/1/j@x/-|3:fr/1/Z/D/2/z@x/-" },
        { "\xef\xbb\xbf" HEADING "ca,1,J,D,1,j@x,\n", "2:ca/1/J/D/1/j@x/" },
        { HEADING "ca,1,\"Doe, \"\"J\"\"\",\"a\nb\",1,j@x,\nfr,1,Z,D,2,z@x,\n",
          "2:ca/1/Doe, \"J\"/a\nb/1/j@x/|4:fr/1/Z/D/2/z@x/" },
        { HEADING "ca,1,\"a\r\nb\",\"c\rd\",1,j@x,\nfr,1,Z,D,2,z@x,\n",
          "2:ca/1/a\r\nb/c\rd/1/j@x/|5:fr/1/Z/D/2/z@x/" },
        { HEADING "\n,,,,,,\n , ,\nca,1,J,D,1,j@x,\n\n", "5:ca/1/J/D/1/j@x/" },
        { HEADING "ca,1,J \"x\" y,D,1,j@x,\n", "2:ca/1/J \"x\" y/D/1/j@x/" },
        { "Primary;TLD;\"Given_Name\"; family_name ;mobile;Notes\nj@x;ca;J;D;1;hello\n", "2:ca/-/J/D/1/j@x/-" },
        { "primary\ttld\tgiven_name\tfamily_name\tmobile\nj@x\tca\tJ, K\tD\t1\n", "2:ca/-/J, K/D/1/j@x/-" },
        { HEADING, "" },
        /* Faults: the lines after one are read. */
        { HEADING "ca,1,\"J,D,1,j@x,\nfr,1,Z,D,2,z@x,\n", "2!a quoted field does not end|3:fr/1/Z/D/2/z@x/" },
        { HEADING "ca,1,\"J\"x,D,1,j@x,\nfr,1,Z,D,2,z@x,\n", "2!text stands after a closing quote|3:fr/1/Z/D/2/z@x/" },
        { HEADING "ca,1,J,D,1,j@x,,more\n", "2!it has more fields than the heading" },
        { HEADING "ca,1,J,D,1,j@x,,,,\n", "2:ca/1/J/D/1/j@x/" },
        { HEADING "ca,1,J\xff,D,1,j@x,\nfr,1,Z,D,2,z@x,\n", "2!it is not valid UTF-8|3:fr/1/Z/D/2/z@x/" },
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_auto(ImportFile) file = read_bytes(CASES[i].text, strlen(CASES[i].text));
        g_autofree char *got = show(&file);
        g_test_message("case %zu", i);
        g_assert_cmpstr(got, ==, CASES[i].want);
    }
}

static void test_a_nul_is_a_fault_of_its_line(void)
{
    static const char TEXT[] = HEADING "ca,1,J\0K,D,1,j@x,\nfr,1,Z,D,2,z@x,\n";
    g_auto(ImportFile) file = read_bytes(TEXT, sizeof TEXT - 1);
    g_autofree char *got = show(&file);
    g_assert_cmpstr(got, ==, "2!a NUL is in it|3:fr/1/Z/D/2/z@x/");
}

static void test_a_long_field_is_a_fault_of_its_line(void)
{
    for (int is_quoted = 0; is_quoted < 2; is_quoted++) {
        g_autofree char *field = g_strnfill(IMPORT_LINE_MAX + 1, 'a');
        g_autofree char *text = g_strdup_printf(
            HEADING "ca,1,%s%s%s,D,1,j@x,\nfr,1,Z,D,2,z@x,\n", is_quoted ? "\"" : "", field,
            is_quoted ? "\"" : "");
        g_auto(ImportFile) file = read_bytes(text, strlen(text));
        const ImportLine *first = file.lines->pdata[0];
        g_assert_cmpuint(file.lines->len, ==, 2);
        g_assert_nonnull(first->fault);
        g_assert_null(((ImportLine *) file.lines->pdata[1])->fault);
    }
}

static void test_columns_that_are_not_read_are_named(void)
{
    static const char TEXT[] =
        "tld,given_name,family_name,mobile,primary,Fax,\"Notes\nof 2018\",\nca,J,D,1,j@x,,,\n";
    g_auto(ImportFile) file = read_bytes(TEXT, strlen(TEXT));
    g_assert_cmpuint(file.notices->len, ==, 2);
    g_assert_cmpstr(file.notices->pdata[0], ==, "the column \"Fax\" is not read");
    g_assert_cmpstr(file.notices->pdata[1], ==, "the column \"Notes\\x0aof 2018\" is not read");
}

static void test_wrong_files_are_refused(void)
{
    static const struct {
        const char *text;
        const char *reason;
    } CASES[] = {
        { "", "the heading lacks: tld, given_name, family_name, mobile, primary" },
        { "tld,rank,given_name,family_name,primary\n", "the heading lacks: mobile" },
        { "ca,1,Jane,Doe,+1 613 555 0100,jane@nic.ca,\n", "the heading lacks: tld" },
        { "tld,TLD,given_name,family_name,mobile,primary\n", "\"TLD\" stands there twice" },
        { "tld,\"rank\n", "the heading cannot be read: a quoted field does not end" },
        { "\xff\xfet", "UTF-16" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        ImportFile file = { 0 };
        g_test_message("case %zu", i);
        g_assert_false(csv_read(CASES[i].text, strlen(CASES[i].text), &file, &err));
        g_assert_true(err_is(err, ERR_INVALID));
        g_assert_nonnull(strstr(err->message, CASES[i].reason));
        g_assert_null(file.lines);
    }
}

static void test_a_huge_file_is_refused(void)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *text = g_strnfill(IMPORT_SIZE_MAX + 1, '\n');
    ImportFile file = { 0 };
    g_assert_false(csv_read(text, IMPORT_SIZE_MAX + 1, &file, &err));
    g_assert_true(err_is(err, ERR_LIMIT));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv/records", test_records_are_read);
    g_test_add_func("/csv/nul", test_a_nul_is_a_fault_of_its_line);
    g_test_add_func("/csv/long_field", test_a_long_field_is_a_fault_of_its_line);
    g_test_add_func("/csv/other_columns", test_columns_that_are_not_read_are_named);
    g_test_add_func("/csv/wrong_files", test_wrong_files_are_refused);
    g_test_add_func("/csv/huge", test_a_huge_file_is_refused);
    return g_test_run();
}
