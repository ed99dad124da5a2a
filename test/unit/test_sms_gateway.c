#include "queue/sms_gateway.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

#define URL "http://127.0.0.1:1/?to={to}&text={text}"

static SmsGateway *gateway_of(const Config *config)
{
    g_autoptr(GError) err = NULL;
    SmsGateway *gateway = sms_gateway_new(config, &err);
    g_assert_no_error(err);
    return gateway;
}

static void test_an_answer_means_what_its_status_says(void)
{
    static const struct {
        int64_t status;
        const char *body;
        const char *success;
        SmsOutcome want;
    } CASES[] = {
        { 202, "0: Accepted for delivery", NULL, SMS_SENT },
        { 200, "", NULL, SMS_SENT },
        { 299, "", NULL, SMS_SENT },
        { 202, "0: Accepted for delivery", "^[03]:", SMS_SENT },
        { 202, "3: Queued for later delivery", "^[03]:", SMS_SENT },
        { 200, "ERR 301 no credit", "^OK", SMS_DEFERRED },
        { 200, "", "^OK", SMS_DEFERRED },
        { 200, "\xff\xfe OK", "OK$", SMS_SENT },
        { 300, "OK", NULL, SMS_REFUSED },
        { 302, "OK", "OK", SMS_REFUSED },
        { 400, "", NULL, SMS_REFUSED },
        { 401, "OK", "OK", SMS_REFUSED },
        { 403, "", NULL, SMS_REFUSED },
        { 499, "", NULL, SMS_REFUSED },
        { 408, "", NULL, SMS_DEFERRED },
        { 429, "", NULL, SMS_DEFERRED },
        { 500, "OK", "OK", SMS_DEFERRED },
        { 503, "Temporal failure, try again later.", NULL, SMS_DEFERRED },
        { 101, "", NULL, SMS_DEFERRED },
        { 999, "", NULL, SMS_DEFERRED },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        const Config config = { .sms_url = (char[]){ URL },
                                .sms_success = (char *) (uintptr_t) CASES[i].success,
                                .sms_timeout_s = 1 };
        g_autoptr(SmsGateway) gateway = gateway_of(&config);
        g_autoptr(GBytes) body = g_bytes_new(CASES[i].body, strlen(CASES[i].body));
        SmsOutcome outcome = sms_gateway_judge(gateway, CASES[i].status, body);
        g_test_message("%d \"%s\": %s", (int) CASES[i].status, CASES[i].body,
                       sms_outcome_name(outcome));
        g_assert_cmpint(outcome, ==, CASES[i].want);
    }
}

static void test_only_the_beginning_is_looked_at(void)
{
    const Config config = { .sms_url = (char[]){ URL },
                            .sms_success = (char[]){ "OK" },
                            .sms_timeout_s = 1 };
    g_autoptr(SmsGateway) gateway = gateway_of(&config);
    g_autofree char *filler = g_strnfill(SMS_ANSWER_MAX - 2, 'x');
    g_autofree char *within = g_strconcat(filler, "OK", NULL);
    g_autofree char *beyond = g_strconcat("x", within, NULL);
    g_autoptr(GBytes) first = g_bytes_new(within, strlen(within));
    g_autoptr(GBytes) second = g_bytes_new(beyond, strlen(beyond));
    g_assert_cmpint(sms_gateway_judge(gateway, 200, first), ==, SMS_SENT);
    g_assert_cmpint(sms_gateway_judge(gateway, 200, second), ==, SMS_DEFERRED);
}

static void test_the_password_is_a_line_of_a_file(void)
{
    static const struct {
        const char *text; /* NULL: no file */
        ErrKind kind;
    } CASES[] = {
        { NULL, ERR_NOT_FOUND },
        { "", ERR_INVALID },
        { "\nsecond", ERR_INVALID },
    };
    g_autofree char *folder = g_dir_make_tmp("muster-sms-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "password", NULL);
    const Config config = { .sms_url = (char[]){ URL "&p={password}" },
                            .sms_password_file = file,
                            .sms_timeout_s = 1 };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        if (CASES[i].text != NULL)
            g_assert_true(g_file_set_contents(file, CASES[i].text, -1, NULL));
        g_assert_null(sms_gateway_new(&config, &err));
        g_assert_true(err_is(err, CASES[i].kind));
        g_assert_null(strstr(err->message, "second"));
    }
    g_assert_true(g_file_set_contents(file, "hunter2\r\nsecond\n", -1, NULL));
    g_autoptr(SmsGateway) gateway = gateway_of(&config);
    g_assert_nonnull(gateway);
    (void) g_unlink(file);
    (void) g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sms-gateway/judge", test_an_answer_means_what_its_status_says);
    g_test_add_func("/sms-gateway/judge/beginning", test_only_the_beginning_is_looked_at);
    g_test_add_func("/sms-gateway/password", test_the_password_is_a_line_of_a_file);
    return g_test_run();
}
