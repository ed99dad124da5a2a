#include "base/store_url.h"

#include <string.h>

#include "base/err.h"

static void test_passwords_are_not_shown(void)
{
    static const struct {
        const char *url;
        const char *want;
    } CASES[] = {
        { "sqlite:muster.db", "sqlite:muster.db" },
        { "sqlite:a:b@c", "sqlite:a:b@c" },
        { "postgresql://db.example/muster", "postgresql://db.example/muster" },
        { "postgresql://muster@db.example:5433/muster",
          "postgresql://muster@db.example:5433/muster" },
        { "postgresql://muster:hunter2@db.example/muster",
          "postgresql://muster:***@db.example/muster" },
        { "postgres://muster:@db.example/muster", "postgres://muster:***@db.example/muster" },
        { "postgresql://muster:hun@t/er?2@db.example/muster",
          "postgresql://muster:***@db.example/muster" },
        { "postgresql:///muster?password=hunter2&host=db.example&sslpassword=x",
          "postgresql:///muster?password=***&host=db.example&sslpassword=***" },
        { "postgresql:///muster?password=", "postgresql:///muster?password=***" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_autofree char *shown = store_url_shown(CASES[i].url);
        g_assert_cmpstr(shown, ==, CASES[i].want);
    }
}

static void test_what_is_wrong_is_refused_unseen(void)
{
    static const char *const WRONG[] = { "",
                                         "muster.db",
                                         "mysql://muster:hunter2@db.example/",
                                         "postgresql:muster",
                                         "host=db.example",
                                         "postgresql://muster:hunter2/@db.example/x",
                                         "postgresql://muster:1/hunter2@db.example/x",
                                         "postgresql://muster:x@hunter2@db.example/x" };
    g_assert_true(store_url_check("sqlite:muster.db", NULL));
    g_assert_true(store_url_check("postgres://db.example", NULL));
    g_assert_true(store_url_check("postgresql://a:b?@[::1]:1,c:2/x", NULL));
    g_assert_true(store_url_check("postgresql:///x?host=@muster", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(WRONG); i++) {
        g_autoptr(GError) err = NULL;
        g_assert_false(store_url_check(WRONG[i], &err));
        g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
        g_assert_null(strstr(err->message, "hunter2"));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store-url/shown", test_passwords_are_not_shown);
    g_test_add_func("/store-url/check", test_what_is_wrong_is_refused_unseen);
    return g_test_run();
}
