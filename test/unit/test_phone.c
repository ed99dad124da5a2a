#include "base/phone.h"

#include <string.h>

#include "base/err.h"

static const struct {
    const char *typed;
    const char *e164; /* NULL: refused */
    const char *extension;
    const char *shown;
} PARSE[] = {
    /* clang-format off */
    { "+16135550100", "+16135550100", NULL, "+16135550100" },
    { "+1 613 555 0100", "+16135550100", NULL, "+1 613 555 0100" },
    { "+1 (613) 555-0100", "+16135550100", NULL, "+1 (613) 555-0100" },
    { "+1.613.555.0100", "+16135550100", NULL, "+1.613.555.0100" },
    { "+1 613 555 0100 ext 7", "+16135550100", "7", "+1 613 555 0100 ext 7" },
    { "+1 613 555 0100 ext. 7", "+16135550100", "7", "+1 613 555 0100 ext. 7" },
    { "+1 613 555 0100, Ext: 7", "+16135550100", "7", "+1 613 555 0100, Ext: 7" },
    { "+1 613 555 0100 extension 0070", "+16135550100", "0070", "+1 613 555 0100 extension 0070" },
    { "+1 613 555 0100x7", "+16135550100", "7", "+1 613 555 0100x7" },
    { "+1 613 555 0100 X 7", "+16135550100", "7", "+1 613 555 0100 X 7" },
    { "+1 613 555 0100 #7", "+16135550100", "7", "+1 613 555 0100 #7" },
    { "tel:+1-613-555-0100;ext=7", "+16135550100", "7", "+16135550100 ext 7" },
    { "  +1\u00a0613\u2013555\u20110100 ", "+16135550100", NULL, "+1 613-555-0100" },
    { "\u202a+16135550100\u202c", "+16135550100", NULL, "+16135550100" },
    { "+44 (0)1632 960001", "+441632960001", NULL, "+44 (0)1632 960001" },
    { "+44(0)1632960001", "+441632960001", NULL, "+44(0)1632960001" },
    { "(+44) 1632 960001", "+441632960001", NULL, "+441632960001" },
    { "0044 (0)1632 960001", "+441632960001", NULL, "+441632960001" },
    { "0044 1632 960001 x12", "+441632960001", "12", "+441632960001 ext 12" },
    { "+39 (0)6 5550 0100", "+390655500100", NULL, "+39 (0)6 5550 0100" },
    { "+49 30/555 01 00", "+49305550100", NULL, "+49 30/555 01 00" },
    { "＋１ ６１３ ５５５ ０１００", "+16135550100", NULL, "+16135550100" },
    { "+٤٤ ١٦٣٢ ٩٦٠٠٠١", "+441632960001", NULL, "+441632960001" },
    { "+1234567", "+1234567", NULL, "+1234567" },
    { "+123456789012345", "+123456789012345", NULL, "+123456789012345" },
    { "+123456", NULL, NULL, NULL },
    { "+1234567890123456", NULL, NULL, NULL },
    { "", NULL, NULL, NULL },
    { " ", NULL, NULL, NULL },
    { "+", NULL, NULL, NULL },
    { "613 555 0100", NULL, NULL, NULL },
    { "01632 960001", NULL, NULL, NULL },
    { "011 44 1632 960001", NULL, NULL, NULL },
    { "+0 1632 960001", NULL, NULL, NULL },
    { "000 1632 960001", NULL, NULL, NULL },
    { "+1 613 555 0100 ext", NULL, NULL, NULL },
    { "+1 613 555 0100 ext 123456789012", NULL, NULL, NULL },
    { "+1 613 555 0100 ext 7 or 8", NULL, NULL, NULL },
    { "+1 613 555 0100 / +44 1632 960001", NULL, NULL, NULL },
    { "+1 613 555 CALL", NULL, NULL, NULL },
    { "+1 613 555 0100²", NULL, NULL, NULL },
    { "+1 613 555 010\u0131", NULL, NULL, NULL }, /* its low byte is that of "1" */
    { "+1 613 555 0100;evil=1", NULL, NULL, NULL },
    { "none", NULL, NULL, NULL },
    { "+1 613 555 0100                        \xff\xff", "+16135550100", NULL, "+1 613 555 0100" },
    { "+1-6-1-3-5-5-5-0-1-0-0 extension 12345678901", NULL, NULL, NULL },
    /* clang-format on */
};

static void test_parse_finds_the_number_to_dial(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_auto(Phone) phone = { 0 };
        g_autoptr(GError) err = NULL;

        g_autofree char *shown = g_strescape(PARSE[i].typed, NULL);
        g_test_message("%s", shown);
        g_assert_cmpint(phone_parse(PARSE[i].typed, &phone, &err), ==, PARSE[i].e164 != NULL);
        g_assert_cmpstr(phone.e164, ==, PARSE[i].e164);
        g_assert_cmpstr(phone.extension, ==, PARSE[i].extension);
        if (PARSE[i].e164 == NULL)
            g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    }
}

static void test_format_is_readable_and_read_back(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(PARSE); i++) {
        g_auto(Phone) phone = { 0 };
        g_auto(Phone) again = { 0 };
        if (PARSE[i].e164 == NULL)
            continue;

        g_assert_true(phone_parse(PARSE[i].typed, &phone, NULL));
        g_autofree char *shown = phone_format(&phone);
        g_assert_cmpstr(shown, ==, PARSE[i].shown);
        g_assert_true(phone_parse(shown, &again, NULL));
        g_assert_cmpstr(again.e164, ==, phone.e164);
        g_assert_cmpstr(again.extension, ==, phone.extension);
    }
}

static void test_missing_country_code_is_explained(void)
{
    g_auto(Phone) phone = { 0 };
    g_autoptr(GError) err = NULL;

    g_assert_false(phone_parse("613 555 0100", &phone, &err));
    g_assert_nonnull(strstr(err->message, "starts with + and the country code"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/phone/parse", test_parse_finds_the_number_to_dial);
    g_test_add_func("/phone/format", test_format_is_readable_and_read_back);
    g_test_add_func("/phone/country-code", test_missing_country_code_is_explained);
    return g_test_run();
}
