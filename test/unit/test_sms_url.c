#include "base/sms_url.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"

#define GATEWAY "https://sms.example/send?to={to}&text={text}"

static void test_only_what_can_be_used_is_taken(void)
{
    static const struct {
        const char *url;
        const char *want; /* in the message; NULL: taken */
    } CASES[] = {
        { GATEWAY, NULL },
        { "http://127.0.0.1:13013/cgi-bin/sendsms?to={digits}&text={text}", NULL },
        { "https://[2001:db8::1]:8443?k={password}&n={to}&m={text}", NULL },
        { "https://sms.example/{password}/to/{digits}?m={text}", NULL },
        { "https://sms.example/send?to={to}&text=%7B{text}%7D", NULL },
        { "", "neither https:// nor" },
        { "ftp://sms.example/?to={to}&text={text}", "neither https:// nor" },
        { "HTTPS://sms.example/?to={to}&text={text}", "neither https:// nor" },
        { "https://", "needs a host" },
        { "https:///send?to={to}&text={text}", "needs a host" },
        { "https://me:pw@sms.example/?to={to}&text={text}", "without a user" },
        { "https://{digits}.sms.example/?to={to}&text={text}", "without a user or a hole" },
        { "https://sms.example{to}?text={text}", "without a user or a hole" },
        { "https://sms.example/send?to={to}", "no {text}" },
        { "https://sms.example/{text}?to={to}", "no {text} behind" },
        { "https://sms.example/{to}/{text}", "no {text} behind" },
        { "https://sms.example/send?text={text}", "neither {to} nor" },
        { "https://sms.example/?to={to}&text={text}&x={y}", "the holes" },
        { "https://sms.example/?to={to}&text={text}}", "the holes" },
        { "https://sms.example/?to={to}&text={{text}", "the holes" },
        { "https://sms.example/?to={to}&text={TEXT}", "the holes" },
        { "https://sms.example/?to={to}&text={text}#top", "percent-encoded, or a #" },
        { "https://sms.example/?to={to}&text=a b{text}", "percent-encoded" },
        { "https://sms.example/?to={to}&text=\xc3\xa9{text}", "percent-encoded" },
        { "https://sms.example\\@evil.example/?to={to}&text={text}", "percent-encoded" },
        { "https://sms.example/?to={to}&text={text}\n", "percent-encoded" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        bool is_taken = sms_url_check(CASES[i].url, &err);
        g_test_message("%s: %s", CASES[i].url, err != NULL ? err->message : "taken");
        g_assert_true(is_taken == (CASES[i].want == NULL));
        if (is_taken)
            continue;
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        g_assert_nonnull(strstr(err->message, CASES[i].want));
        g_assert_null(strstr(err->message, "sms.example"));
        g_assert_null(strstr(err->message, "pw"));
    }
}

static void test_a_long_address_is_refused(void)
{
    g_autofree char *filler = g_strnfill(SMS_URL_MAX - strlen(GATEWAY), 'x');
    g_autofree char *longest = g_strconcat(GATEWAY, filler, NULL);
    g_autofree char *longer = g_strconcat(longest, "x", NULL);
    g_autoptr(GError) err = NULL;
    g_assert_true(sms_url_check(longest, NULL));
    g_assert_false(sms_url_check(longer, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
}

static void test_what_fills_a_hole_stays_in_it(void)
{
    static const struct {
        const char *text;
        const char *want; /* behind "text=" */
    } CASES[] = {
        { "Code 123456", "Code%20123456" },
        { "", "" },
        { "Код \xe2\x82\xac", "%D0%9A%D0%BE%D0%B4%20%E2%82%AC" },
        { "رمز", "%D8%B1%D9%85%D8%B2" },
        { "1&to=+99999", "1%26to%3D%2B99999" },
        { "1#fragment", "1%23fragment" },
        { "1?x=1;y=2", "1%3Fx%3D1%3By%3D2" },
        { "1\r\nHost: evil.example\r\n", "1%0D%0AHost%3A%20evil.example%0D%0A" },
        { "100%", "100%25" },
        { "%26to%3D1", "%2526to%253D1" },
        { "a+b c", "a%2Bb%20c" },
        { "{to}{password}{text}", "%7Bto%7D%7Bpassword%7D%7Btext%7D" },
        { "../../x", "..%2F..%2Fx" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_autofree char *url = NULL;
        const SmsUrlValues values = { "+441632960001", CASES[i].text, "secret" };
        g_assert_true(sms_url_fill(GATEWAY, &values, &url, &err));
        g_autofree char *want = g_strconcat(
            "https://sms.example/send?to=%2B441632960001&text=", CASES[i].want, NULL);
        g_assert_cmpstr(url, ==, want);
    }
}

static void test_each_hole_has_its_value(void)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *url = NULL;
    const SmsUrlValues values = { "+441632960001", "x", "p&w =1" };
    g_assert_true(sms_url_fill("https://h/{digits}?a={to}&b={text}&c={password}&d={digits}",
                               &values, &url, &err));
    g_assert_cmpstr(url, ==,
                    "https://h/441632960001?a=%2B441632960001&b=x&c=p%26w%20%3D1"
                    "&d=441632960001");
}

static void test_the_longest_text_fits_and_a_longer_address_does_not(void)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *url = NULL;
    g_autofree char *text = g_strnfill(SMS_TEXT_MAX, '&');
    const SmsUrlValues values = { "+441632960001", text, NULL };
    g_assert_true(sms_url_fill(GATEWAY, &values, &url, &err));
    g_assert_false(sms_url_fill(GATEWAY "{text}", &values, &url, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_LIMIT);
}

static void test_people_see_the_host_alone(void)
{
    g_autofree char *shown = sms_url_shown("https://sms.example:8443/k3y?to={to}&text={text}");
    g_assert_cmpstr(shown, ==, "https://sms.example:8443/...");
    g_autofree char *bare = sms_url_shown("https://sms.example?key=k3y&to={to}&text={text}");
    g_assert_cmpstr(bare, ==, "https://sms.example/...");
    g_assert_null(sms_url_shown(NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sms-url/check", test_only_what_can_be_used_is_taken);
    g_test_add_func("/sms-url/check/long", test_a_long_address_is_refused);
    g_test_add_func("/sms-url/fill", test_what_fills_a_hole_stays_in_it);
    g_test_add_func("/sms-url/fill/holes", test_each_hole_has_its_value);
    g_test_add_func("/sms-url/fill/long",
                    test_the_longest_text_fits_and_a_longer_address_does_not);
    g_test_add_func("/sms-url/shown", test_people_see_the_host_alone);
    return g_test_run();
}
