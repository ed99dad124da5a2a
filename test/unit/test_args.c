#include "cli/args.h"

#include <string.h>

#include "base/err.h"

static GPtrArray *words_of(const char *line)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(line, " ", -1);
    for (char **part = parts; *part != NULL; part++)
        g_ptr_array_add(words, g_strdup(*part));
    return words;
}

static void test_command_is_found_by_its_words(void)
{
    static const struct {
        const char *pattern;
        const char *line;
        size_t want;
    } CASES[] = {
        { "tld show <tld>", "tld show ca", 2 }, { "tld show <tld>", "tld show", 2 },
        { "tld show <tld>", "tld list", 0 },    { "tld show <tld>", "tld", 0 },
        { "init <dir>", "init x", 1 },          { "serve [<role>...]", "serve", 1 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GPtrArray) words = words_of(CASES[i].line);
        g_assert_cmpuint(args_match(CASES[i].pattern, words), ==, CASES[i].want);
    }
}

static void test_values_go_to_their_names(void)
{
    static const char PATTERN[] =
        "contact add <tld> [<x>] --given=<name> [--rank=<n>] [--quiet]";
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) words = words_of("contact add --rank=2 ca --given Zoë --quiet");
    g_autoptr(Args) args = NULL;
    g_assert_true(args_parse(PATTERN, words, &args, &err));

    g_assert_cmpstr(args_get(args, "tld"), ==, "ca");
    g_assert_cmpstr(args_get(args, "given"), ==, "Zoë");
    g_assert_cmpstr(args_get(args, "rank"), ==, "2");
    g_assert_true(args_has(args, "quiet"));
    g_assert_null(args_get(args, "x"));
    g_assert_false(args_has(args, "x"));

    int64_t rank = 0;
    g_assert_true(args_number(args, "rank", 1, 3, &rank, &err));
    g_assert_cmpint(rank, ==, 2);
    g_assert_false(args_number(args, "given", 1, 3, &rank, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_an_option_may_be_given_several_times(void)
{
    static const char PATTERN[] = "decision open <question>... [--option=<text>...]";
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) words = words_of("decision open a --option=x b --option y");
    g_autoptr(Args) args = NULL;
    g_assert_true(args_parse(PATTERN, words, &args, &err));
    g_assert_no_error(err);

    const GPtrArray *options = args_list(args, "option");
    g_assert_cmpuint(args_list(args, "question")->len, ==, 2);
    g_assert_cmpuint(options->len, ==, 2);
    g_assert_cmpstr(options->pdata[0], ==, "x");
    g_assert_cmpstr(options->pdata[1], ==, "y");
    g_assert_true(args_has(args, "option"));
}

static void test_an_option_of_a_list_may_be_left_out(void)
{
    g_autoptr(GPtrArray) words = words_of("decision open a");
    g_autoptr(Args) args = NULL;
    g_assert_true(
        args_parse("decision open <question>... [--option=<text>...]", words, &args, NULL));
    g_assert_cmpuint(args_list(args, "option")->len, ==, 0);
    g_assert_false(args_has(args, "option"));
}

static void test_rest_takes_all_that_is_left(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) words = words_of("contact find --all -- --jane doe");
    g_autoptr(Args) args = NULL;
    g_assert_true(args_parse("contact find <words>... [--all]", words, &args, &err));
    const GPtrArray *rest = args_list(args, "words");
    g_assert_cmpuint(rest->len, ==, 2);
    g_assert_cmpstr(rest->pdata[0], ==, "--jane");
}

static void test_an_optional_rest_may_be_empty(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) words = words_of("serve");
    g_autoptr(Args) args = NULL;
    g_assert_true(args_parse("serve [<role>...]", words, &args, &err));
    g_assert_cmpuint(args_list(args, "role")->len, ==, 0);
}

static void test_mistakes_are_told(void)
{
    static const struct {
        const char *line;
        const char *want;
    } CASES[] = {
        { "x", "<a> is missing" },
        { "x 1", "--b is missing" },
        { "x 1 2 --b 1", "\"2\" is too much" },
        { "x 1 --b", "--b needs a value" },
        { "x 1 --b 1 --b 2", "--b is given twice" },
        { "x 1 --b 1 --d", "there is no option --d" },
        { "x 1 --b 1 --c=2", "--c takes no value" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_autoptr(GPtrArray) words = words_of(CASES[i].line);
        Args *args = NULL;
        g_assert_false(args_parse("x <a> --b=<n> [--c]", words, &args, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        g_assert_nonnull(strstr(err->message, CASES[i].want));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/args/match", test_command_is_found_by_its_words);
    g_test_add_func("/args/values", test_values_go_to_their_names);
    g_test_add_func("/args/rest", test_rest_takes_all_that_is_left);
    g_test_add_func("/args/optional-rest", test_an_optional_rest_may_be_empty);
    g_test_add_func("/args/mistakes", test_mistakes_are_told);
    g_test_add_func("/args/several", test_an_option_may_be_given_several_times);
    g_test_add_func("/args/several_none", test_an_option_of_a_list_may_be_left_out);
    return g_test_run();
}
