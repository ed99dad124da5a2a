/* The mails of test/data/mail, for tests. */
#pragma once

#include <glib.h>

#include "mail/message.h"

static inline GBytes *sample(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".eml", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "mail", file, NULL);
    char *bytes = NULL;
    size_t size = 0;
    g_autoptr(GError) err = NULL;
    g_file_get_contents(path, &bytes, &size, &err);
    g_assert_no_error(err);
    return g_bytes_new_take(bytes, size);
}

static inline Message *read_sample(const char *name)
{
    g_autoptr(GBytes) mail = sample(name);
    g_autoptr(GError) err = NULL;
    Message *message = message_read(mail, &err);
    g_assert_no_error(err);
    return message;
}
