#include "base/log.h"

#include <string.h>
#include <unistd.h>

static char *line_of(const char *text)
{
    return log_line(1795168800, LOG_LEVEL_WARNING, text);
}

static void test_line_has_time_role_level_and_text(void)
{
    g_autofree char *line = line_of("queue is long");
    g_autofree char *want = g_strdup_printf(
        "2026-11-20T10:00:00Z muster[%d] warning: queue is long\n", getpid());
    g_assert_cmpstr(line, ==, want);
}

static void test_line_cannot_be_split_or_coloured(void)
{
    g_autofree char *line = line_of("one\n2026-11-20T10:00:00Z muster[1] info: \x1b[31mtwo\r");

    g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
    g_assert_null(strchr(line, '\r'));
    g_assert_null(strchr(line, '\x1b'));
}

/* What a relay answers may name the member that a copy was for. */
static void test_no_address_gets_into_a_line(void)
{
    static const struct {
        const char *text;
        const char *want;
    } CASES[] = {
        { "421 <jane@mail.example> slow down", "421 <(address)> slow down" },
        { "jane+x=y@[192.0.2.1], j@a.example: no", "(address)[192.0.2.1], (address): no" },
        { "two @ once@", "two (address) (address)" },
        { "500 of 501 (99 %)", "500 of 501 (99 %)" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *line = line_of(CASES[i].text);
        g_autofree char *want = g_strconcat(" warning: ", CASES[i].want, "\n", NULL);
        g_test_message("%s", CASES[i].text);
        g_assert_true(g_str_has_suffix(line, want));
    }
}

static void test_long_text_is_cut(void)
{
    g_autofree char *text = g_strnfill(100000, 'a');
    g_autofree char *line = line_of(text);

    g_assert_cmpuint(strlen(line), <, 4096);
    g_assert_true(g_str_has_suffix(line, "aaa...\n"));
}

static void test_level_names(void)
{
    LogLevel level = LOG_LEVEL_ERROR;

    g_assert_true(log_level_parse("debug", &level));
    g_assert_cmpint(level, ==, LOG_LEVEL_DEBUG);
    g_assert_false(log_level_parse("loud", &level));
    g_assert_cmpint(level, ==, LOG_LEVEL_DEBUG);
}

static void test_only_lines_up_to_the_level_are_written(void)
{
    if (g_test_subprocess()) {
        log_open("worker", LOG_LEVEL_INFO);
        log_debug("hidden %d", 1);
        log_info("shown %d", 2);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("*Z worker[*] info: shown 2\n*");
    g_test_trap_assert_stderr_unmatched("*hidden*");
}

static void test_criticals_of_glib_are_logged_and_fatal(void)
{
    if (g_test_subprocess()) {
        log_open("worker", LOG_LEVEL_INFO);
        g_critical("our bug");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*Z worker[*] error: muster: our bug\n*");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/line", test_line_has_time_role_level_and_text);
    g_test_add_func("/log/one-line", test_line_cannot_be_split_or_coloured);
    g_test_add_func("/log/addresses", test_no_address_gets_into_a_line);
    g_test_add_func("/log/cut", test_long_text_is_cut);
    g_test_add_func("/log/levels", test_level_names);
    g_test_add_func("/log/threshold", test_only_lines_up_to_the_level_are_written);
    g_test_add_func("/log/criticals", test_criticals_of_glib_are_logged_and_fatal);
    return g_test_run();
}
