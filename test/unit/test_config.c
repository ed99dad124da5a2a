#include "base/config.h"

#include <string.h>

#include "base/err.h"

#define COMMUNITY                                                                              \
    "[community]\nlist = tld-ops@lists.example.org\n"                                          \
    "secretariat = Secretariat <secretariat@example.org>\n"

static Config *parse(const char *text, GError **err)
{
    Config *config = NULL;
    return config_parse(text, strlen(text), "/etc/muster/muster.conf", &config, err) ? config
                                                                                     : NULL;
}

static void test_defaults_fill_what_the_file_leaves_out(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Config) config = parse(COMMUNITY, &err);
    g_assert_no_error(err);

    g_assert_cmpstr(config->name, ==, "TLD-OPS");
    g_assert_cmpstr(config->subject_prefix, ==, "[TLD-OPS]");
    g_assert_cmpstr(config->secretariat_address, ==, "secretariat@example.org");
    g_assert_cmpint(config->contacts_per_tld, ==, 3);
    g_assert_cmpint(config->roster_days, ==, 1 << 1 | 1 << 15);
    g_assert_cmpint(config->from_rewrite, ==, FROM_REWRITE_DMARC);
    g_assert_cmpint(config->lmtp_max_size, ==, 30 * 1024 * 1024);
    g_assert_cmpstr(config->run_directory, ==, "/etc/muster/run");
    g_assert_null(config->web_url);
    g_assert_null(config->authserv_id);
    g_assert_false(config->test_clock);
}

static void test_values_are_read(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Config) config = parse(
        "# top\n" COMMUNITY "\n[policy]\n contacts-per-tld = 5   ; until the council decides\n"
        "roster-days = 31, 1\r\nfrom-rewrite=never\n[lmtp]\nlisten = unix:l.sock\n"
        "max-size = 100K\n[web]\nurl = https://x.example\n[test]\nclock = yes\n",
        &err);
    g_assert_no_error(err);

    g_assert_cmpint(config->contacts_per_tld, ==, 5);
    g_assert_cmpint(config->roster_days, ==, INT64_C(1) << 31 | 1 << 1);
    g_assert_cmpint(config->from_rewrite, ==, FROM_REWRITE_NEVER);
    g_assert_cmpstr(config->lmtp_listen, ==, "unix:/etc/muster/l.sock");
    g_assert_cmpint(config->lmtp_max_size, ==, 102400);
    g_assert_cmpstr(config->web_url, ==, "https://x.example/");
    g_assert_true(config->test_clock);
}

static void test_mistakes_are_named_with_their_line(void)
{
    static const struct {
        const char *text;
        const char *want; /* in the message */
    } CASES[] = {
        { "", "muster.conf: list is missing in [community]" },
        { COMMUNITY "colour = red\n", "muster.conf:4: there is no setting \"colour\"" },
        { COMMUNITY "[polcy]\nx = 1\n", ":4: there is no section [polcy]" },
        { COMMUNITY "[policy\n", ":4: a section begins" },
        { "list = x\n", ":1: a setting before any [section]" },
        { COMMUNITY "name\n", ":4: want \"key = value\"" },
        { COMMUNITY "name = A\nname = B\n", ":5: \"name\" was set before" },
        { COMMUNITY "name =\n", ":4: name: has no value" },
        { COMMUNITY "name = ; which?\n", ":4: name: has no value" },
        { COMMUNITY "[policy]\ncontacts-per-tld = 0\n", ":5: contacts-per-tld: \"0\" is no" },
        { COMMUNITY "[policy]\ncontacts-per-tld = 3x\n", "\"3x\" is no whole number" },
        { COMMUNITY "[policy]\nfrom-rewrite = dkim\n", "none of: always, dmarc, never" },
        { COMMUNITY "[policy]\nroster-days = 1,32\n", "\"32\" is no day" },
        { COMMUNITY "[policy]\nroster-days = ,\n", "\"\" is no day" },
        { COMMUNITY "[policy]\ntechnical-contact-may-request = yes\n",
          ": technical-contact-may-request needs technical-contact-approval" },
        { COMMUNITY "[policy]\ntechnical-contact-approval = ccNSO Council\n",
          ": technical-contact-approval: want \"NAME, YYYY-MM-DD\"" },
        { COMMUNITY "[policy]\ntechnical-contact-approval = ccNSO Council, 2026-02-30\n",
          ": technical-contact-approval: want \"NAME, YYYY-MM-DD\"" },
        { COMMUNITY "[lmtp]\nlisten = 8024\n", "neither HOST:PORT nor unix:PATH" },
        { COMMUNITY "[lmtp]\nlisten = unix:\n", "no path after unix:" },
        { COMMUNITY "[lmtp]\nmax-size = 9999999M\n", "is no size" },
        { COMMUNITY "[web]\nurl = x.example\n", "is no http:// or https:// address" },
        { COMMUNITY "[import]\nname-pattern = (\n", ":5: name-pattern:" },
        { COMMUNITY "[test]\nclock = true\n", "neither yes nor no" },
        { COMMUNITY "[run]\nlog-level = loud\n", "none of: error, warning" },
        { "[community]\nlist = nobody\nsecretariat = S <s@example.org>\n", ":2: list:" },
        { "[community]\nlist = a@example.org\nsecretariat = S <s>\n", ":3: secretariat:" },
        { COMMUNITY "[smtp]\nuser = u\npassword-file = p\n",
          ": [smtp] user needs tls = require" },
        { COMMUNITY "[smtp]\nuser = u\ntls = require\n",
          ": [smtp] user needs a password-file" },
        { "[community]\nlist = aaaaaaaaaaaaaaaaaaaaaaaa@example.org\n",
          ":2: list: the part before the @ is longer than 23 bytes" },
        { COMMUNITY "name = TLD\rOPS\n", ":4: a control character" },
        { COMMUNITY "name = TLD\xc2\x85OPS\n", ":4: a control character" },
        { COMMUNITY "[smtp]\ntls = may\n", "none of: none, require" },
        { "[community]\nlist = a@example.org\nsecretariat = S <A-Owner@EXAMPLE.org>\n",
          ": secretariat is an address of the list" },
        { COMMUNITY "[sms]\nurl = https://sms.example/?to={to}\n",
          ":5: url: the address has no" },
        { COMMUNITY "[sms]\nurl = http://sms.example/?to={to}&text={text}\n",
          ": [sms] url needs https://, but on the loopback" },
        { COMMUNITY "[sms]\nurl = http://127.0.0.1.sms.example/?to={to}&text={text}\n",
          ": [sms] url needs https://, but on the loopback" },
        { COMMUNITY "[sms]\nurl = https://sms.example/?to={to}&text={text}&p={password}\n",
          ": [sms] url needs a password-file" },
        { "\xff\n", "not UTF-8" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GError) err = NULL;
        g_test_message("%s", CASES[i].want);
        g_assert_null(parse(CASES[i].text, &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        g_assert_nonnull(strstr(err->message, CASES[i].want));
    }
}

static void test_all_mistakes_are_told_at_once(void)
{
    g_autoptr(GError) err = NULL;
    g_assert_null(parse("[community]\nname =\nx = 1\n", &err));
    g_auto(GStrv) lines = g_strsplit(err->message, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 4); /* two lines, two missing settings */
}

static void test_sample_reads_back(void)
{
    g_autoptr(GError) err = NULL;
    g_autofree char *sample = config_sample("tld-ops@lists.example.org",
                                            "postgresql://muster:hunter2@db.example/muster");
    g_autoptr(Config) config = parse(sample, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(config->authserv_id, ==, "mx.example.org");
    g_assert_cmpstr(config->store_url, ==, "postgresql://muster:hunter2@db.example/muster");
}

static void test_show_is_what_the_file_would_say(void)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Config) config = parse(COMMUNITY "[policy]\nroster-days = 15,1\n"
                                               "[store]\nurl = postgresql://a:b@db.example\n"
                                               "[sms]\nurl = http://localhost:1/k3y?"
                                               "to={to}&text={text}&pass=hunter2\n",
                                     &err);
    g_assert_no_error(err);
    size_t n = 0;
    const Setting *settings = config_settings(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *shown = config_show(config, &settings[i]);
        if (g_str_equal(settings[i].key, "roster-days"))
            g_assert_cmpstr(shown, ==, "1,15");
        if (g_str_equal(settings[i].key, "from-rewrite"))
            g_assert_cmpstr(shown, ==, "dmarc");
        if (settings[i].type == SETTING_STORE)
            g_assert_cmpstr(shown, ==, "postgresql://a:***@db.example");
        if (settings[i].type == SETTING_GATEWAY)
            g_assert_cmpstr(shown, ==, "http://localhost:1/...");
    }
}

static void test_default_name_pattern_reads_the_convention(void)
{
    static const struct {
        const char *name;
        const char *tld, *rank, *person, *mobile, *secondary;
    } CASES[] = {
        { ".xx 1 Jane Doe +1 613 555 0100", "xx", "1", "Jane Doe", "+1 613 555 0100", "" },
        { "xx Jane Doe", "xx", "", "Jane Doe", "", "" },
        { ".xx 12 Jane Doe +1 613 555 0100 / jane2@mail.example", "xx", "12", "Jane Doe",
          "+1 613 555 0100", "jane2@mail.example" },
        { ".xx Jane Doe, jane@mail.example", "xx", "", "Jane Doe", "", "jane@mail.example" },
        { ".xn--p1ai, 2, Иван Петров, +7 495 730 29 71", "xn--p1ai", "2", "Иван Петров",
          "+7 495 730 29 71", "" },
        { ".xx 3 J. O'Neil-Smith (613) 555-0100 ext 7", "xx", "3", "J. O'Neil-Smith",
          "(613) 555-0100 ext 7", "" },
    };
    g_autoptr(GError) err = NULL;
    g_autoptr(Config) config = parse(COMMUNITY, &err);
    g_autoptr(GRegex) regex = g_regex_new(config->import_name_pattern, 0, 0, &err);

    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autoptr(GMatchInfo) match = NULL;
        g_assert_true(g_regex_match(regex, CASES[i].name, 0, &match));
        g_autofree char *tld = g_match_info_fetch_named(match, "tld");
        g_autofree char *rank = g_match_info_fetch_named(match, "rank");
        g_autofree char *person = g_match_info_fetch_named(match, "name");
        g_autofree char *mobile = g_match_info_fetch_named(match, "mobile");
        g_assert_cmpstr(tld, ==, CASES[i].tld);
        g_assert_cmpstr(rank, ==, CASES[i].rank);
        g_assert_cmpstr(person, ==, CASES[i].person);
        g_autofree char *secondary = g_match_info_fetch_named(match, "secondary");
        g_assert_cmpstr(mobile != NULL ? mobile : "", ==, CASES[i].mobile);
        g_assert_cmpstr(secondary != NULL ? secondary : "", ==, CASES[i].secondary);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/defaults", test_defaults_fill_what_the_file_leaves_out);
    g_test_add_func("/config/values", test_values_are_read);
    g_test_add_func("/config/mistakes", test_mistakes_are_named_with_their_line);
    g_test_add_func("/config/all-mistakes", test_all_mistakes_are_told_at_once);
    g_test_add_func("/config/sample", test_sample_reads_back);
    g_test_add_func("/config/show", test_show_is_what_the_file_would_say);
    g_test_add_func("/config/name-pattern", test_default_name_pattern_reads_the_convention);
    return g_test_run();
}
