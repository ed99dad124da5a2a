#include "directory/mailman.h"

#include <string.h>

#include "base/config.h"
#include "base/err.h"
#include "base/limits.h"

/* The default of [import] name-pattern. */
static NamePattern *default_pattern(void)
{
    g_autoptr(GError) err = NULL;
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        if (!g_str_equal(settings[i].key, "name-pattern"))
            continue;
        NamePattern *pattern = name_pattern_new(settings[i].fallback, &err);
        g_assert_no_error(err);
        return pattern;
    }
    g_assert_not_reached();
}

typedef bool (*ReadFunc)(const char *bytes, size_t size, const NamePattern *pattern,
                         ImportFile *ret_file, GError **err);

/* Every line as "number:tld/rank/given/family/mobile/primary/secondary", "number!fault" or
 * "number+number of the line it belongs to". */
static char *read_and_show(ReadFunc read_file, const char *bytes, size_t size)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NamePattern) pattern = default_pattern();
    g_auto(ImportFile) file = { 0 };
    GString *text = g_string_new(NULL);
    read_file(bytes, size, pattern, &file, &err);
    g_assert_no_error(err);

    for (guint i = 0; i < file.lines->len; i++) {
        const ImportLine *line = file.lines->pdata[i];
        g_string_append_printf(text, "%s%d", i == 0 ? "" : "|", (int) line->number);
        if (line->fault != NULL)
            g_string_append_printf(text, "!%s", line->fault);
        else if (line->second_of != NULL)
            g_string_append_printf(text, "+%d", (int) line->second_of->number);
        else
            for (int k = IMPORT_TLD; k <= IMPORT_SECONDARY; k++)
                g_string_append_printf(text, "%s%s", k == IMPORT_TLD ? ":" : "/",
                                       line->fields[k] != NULL ? line->fields[k] : "-");
    }
    return g_string_free(text, FALSE);
}

typedef struct {
    const char *text;
    const char *want;
} Case;

static void run_cases(ReadFunc read_file, const Case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *got = read_and_show(read_file, cases[i].text, strlen(cases[i].text));
        g_test_message("%s", cases[i].text);
        g_assert_cmpstr(got, ==, cases[i].want);
    }
}

#define NO_NAME "there is an address but no name, so nothing says whose it is"

/* Names with dots are always quoted by Mailman 2, and so are all that begin with a TLD. */
static const Case MAILMAN2[] = {
    /* clang-format off */
    { "\".xx 1 Jane Doe +1 613 555 0100\" <jane@nic.example>\n",
      "1:xx/1/Jane/Doe/+1 613 555 0100/jane@nic.example/-" },
    { "xx 1 Jane Doe +1 613 555 0100 <jane@nic.example>\r\n",
      "1:xx/1/Jane/Doe/+1 613 555 0100/jane@nic.example/-" },
    { "\".xx 1 J?rg M?ller +44 1632 960001 ext 7\" <jm@nic.example>",
      "1:xx/1/J?rg/M?ller/+44 1632 960001 ext 7/jm@nic.example/-" },
    { "\".xx 1 J. \\\"Bob\\\" O'Neil +44 (0)7700 900001\" <bob@nic.example>",
      "1:xx/1/J. \"Bob\"/O'Neil/+44 (0)7700 900001/bob@nic.example/-" },
    { "\".xx 2 Doe, Jane\" <jane@nic.example>", "1:xx/2/Jane/Doe/-/jane@nic.example/-" },
    { "\".xx a\\\\b c\" <ab@nic.example>", "1:xx/-/a\\b/c/-/ab@nic.example/-" },
    { "\".xx 1 Jane Doe +1 613 555 0100 jane@mail.example\" <jane@nic.example>",
      "1:xx/1/Jane/Doe/+1 613 555 0100/jane@nic.example/jane@mail.example" },
    { "anne@example.com\n", "1!" NO_NAME },
    { "<anne@example.com>\n", "1!" NO_NAME },
    { "Anne <anne@example.com>\n", "1!the name pattern finds no TLD and name in \"Anne\"" },
    { "\"unclosed <anne@example.com>\n", "1!the name pattern finds no TLD and name in \"\"unclosed\"" },
    { "\n  \n# a remark\n\".xx Jane\" <jane@nic.example>\n\n", "4:xx/-/Jane/-/-/jane@nic.example/-" },
    { "\xef\xbb\xbf\".xx Jane\" <jane@nic.example>\n", "1:xx/-/Jane/-/-/jane@nic.example/-" },
    { "\".xx J\xff\" <jane@nic.example>\n\".xx Ann\" <ann@nic.example>",
      "1!it is not valid UTF-8|2:xx/-/Ann/-/-/ann@nic.example/-" },
    /* Digest members follow the others, sorted again. */
    { "\".xx Zoe\" <z@nic.example>\n\".yy Ann\" <a@nic.example>\n",
      "1:xx/-/Zoe/-/-/z@nic.example/-|2:yy/-/Ann/-/-/a@nic.example/-" },
    { "", "" },
    /* clang-format on */
};

static const Case MAILMAN3[] = {
    /* clang-format off */
    { ".xx 1 Jørgen Doe +1 613 555 0100 <jd@nic.example>\n",
      "1:xx/1/Jørgen/Doe/+1 613 555 0100/jd@nic.example/-" },
    { ".xn--p1ai 2 Иван Петров +44 1632 960003 <ivan@nic.example>",
      "1:xn--p1ai/2/Иван/Петров/+44 1632 960003/ivan@nic.example/-" },
    { ".рф 2 Иван Петров <иван@почта.example>", "1:рф/2/Иван/Петров/-/иван@почта.example/-" },
    { ".مصر 1 فاطمة الحسيني +44 1632 960004 <f@nic.example>",
      "1:مصر/1/فاطمة/الحسيني/+44 1632 960004/f@nic.example/-" },
    { ".xx Doe, Jane <jane@nic.example>", "1:xx/-/Jane/Doe/-/jane@nic.example/-" },
    { ".xx Jane \"J <D\" Doe <jane@nic.example>", "1:xx/-/Jane \"J <D\"/Doe/-/jane@nic.example/-" },
    { "\".xx Doe, Jane\" <jane@nic.example>", "1:xx/-/Jane/Doe/-/jane@nic.example/-" },
    { "jane@nic.example (.xx 1 Jane Doe)", "1:xx/1/Jane/Doe/-/jane@nic.example/-" },
    { "jane@nic.example", "1!" NO_NAME },
    { "tld-ops.lists.example.org has no members\n", "" },
    /* clang-format on */
};

static void test_mailman2_lines(void)
{
    run_cases(mailman2_read, MAILMAN2, G_N_ELEMENTS(MAILMAN2));
}

static void test_mailman3_lines(void)
{
    run_cases(mailman3_read, MAILMAN3, G_N_ELEMENTS(MAILMAN3));
}

/* What both ways of adding people twice come to. */
static void test_two_addresses_of_one_person_are_joined(void)
{
    static const Case CASES[] = {
        /* clang-format off */
        { ".ca 1 Jane Doe +1 613 555 0100 <jane@mail.example>\n"
          ".ca 1 Jane Doe +1 613 555 0100 <jane@nic.ca>\n",
          "1+2|2:ca/1/Jane/Doe/+1 613 555 0100/jane@nic.ca/jane@mail.example" },
        { ".CA 1 Jane Doe <jane@nic.ca>\n.ca 1 JANE Doe <jane@mail.example>\n",
          "1:CA/1/Jane/Doe/-/jane@nic.ca/jane@mail.example|2+1" },
        { ".ca 1 Doe, Jane <jane@nic.ca>\n.ca 1 Jane Doe <jane@mail.example>\n",
          "1:ca/1/Jane/Doe/-/jane@nic.ca/jane@mail.example|2+1" },
        { ".ca 1 Jane Doe <jane@a.example>\n.ca 1 Jane Doe <jane@b.example>\n",
          "1:ca/1/Jane/Doe/-/jane@a.example/jane@b.example|2+1" },
        { ".ca 1 Jane Doe <jane@nic.ca>\n.ca 2 Jane Doe <jane@mail.example>\n",
          "1:ca/1/Jane/Doe/-/jane@nic.ca/-|2:ca/2/Jane/Doe/-/jane@mail.example/-" },
        { ".ca 1 Jane Doe <jane@nic.ca>\n.fr 1 Jane Doe <jane@mail.example>\n",
          "1:ca/1/Jane/Doe/-/jane@nic.ca/-|2:fr/1/Jane/Doe/-/jane@mail.example/-" },
        { ".ca 1 Jane Doe <jane@nic.ca>\n.ca 1 Jane Doe <JANE@nic.ca>\n",
          "1:ca/1/Jane/Doe/-/jane@nic.ca/-|2:ca/1/Jane/Doe/-/JANE@nic.ca/-" },
        { ".ca 1 J D <a@a.example>\n.ca 1 J D <b@a.example>\n.ca 1 J D <c@a.example>\n",
          "1:ca/1/J/D/-/a@a.example/b@a.example|2+1|3:ca/1/J/D/-/c@a.example/-" },
        /* clang-format on */
    };
    run_cases(mailman3_read, CASES, G_N_ELEMENTS(CASES));
}

static void test_a_nul_and_a_long_line_are_faults(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_len(text, ".xx J\0K <j@x>\n", 14);
    for (int i = 0; i <= IMPORT_LINE_MAX; i++)
        g_string_append_c(text, 'a');
    g_string_append(text, " <j@x>\n.xx Ann <a@x>\n");
    g_autofree char *got = read_and_show(mailman3_read, text->str, text->len);
    g_assert_cmpstr(got, ==, "1!a NUL is in it|2!it is too long|3:xx/-/Ann/-/-/a@x/-");
}

static void test_patterns_of_their_own(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NamePattern) pattern = name_pattern_new(
        "^(?<family>.+), (?<given>.+) \\[(?<tld>[a-z]+)-(?<rank>\\d)\\]$", &err);
    g_assert_no_error(err);
    g_autoptr(ImportLine) line = import_line_new(1);
    name_pattern_read(pattern, "van der Berg, Jan [nl-2]", line);
    g_assert_null(line->fault);
    g_assert_cmpstr(line->fields[IMPORT_FAMILY_NAME], ==, "van der Berg");
    g_assert_cmpstr(line->fields[IMPORT_GIVEN_NAME], ==, "Jan");
    g_assert_cmpstr(line->fields[IMPORT_TLD], ==, "nl");
    g_assert_cmpstr(line->fields[IMPORT_RANK], ==, "2");
}

static void test_wrong_patterns_are_refused(void)
{
    static const char *const CASES[] = { "(", "(?<name>.+)", "(?<tld>.+)", "",
                                         "(?<tld>.+) (?<family>.+)" };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_null(name_pattern_new(CASES[i], &err));
        g_assert_true(err_is(err, ERR_INVALID));
    }
}

/* Twelve letters are some million steps, which PCRE alone would still take. */
static void test_a_pattern_that_backtracks_is_stopped(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(NamePattern)
        pattern = name_pattern_new("^(?<tld>(a+)+)+(?<name>(a|aa)+)[bc]$", &err);
    g_autoptr(ImportLine) line = import_line_new(1);
    g_assert_no_error(err);
    name_pattern_read(pattern, "aaaaaaaaaaaa", line);
    g_assert_cmpstr(line->fault, ==, "the name pattern takes too long on this name");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailman/2", test_mailman2_lines);
    g_test_add_func("/mailman/3", test_mailman3_lines);
    g_test_add_func("/mailman/two_addresses", test_two_addresses_of_one_person_are_joined);
    g_test_add_func("/mailman/nul_and_long", test_a_nul_and_a_long_line_are_faults);
    g_test_add_func("/mailman/pattern", test_patterns_of_their_own);
    g_test_add_func("/mailman/wrong_patterns", test_wrong_patterns_are_refused);
    g_test_add_func("/mailman/backtracking", test_a_pattern_that_backtracks_is_stopped);
    return g_test_run();
}
