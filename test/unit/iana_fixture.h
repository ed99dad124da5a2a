/* The answers of test/data/iana, for tests. */
#pragma once

#include <glib.h>

#include "membership/iana_record.h"

/* A file as "whois/be.txt". */
static inline GBytes *iana_sample(const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "iana", name, NULL);
    char *bytes = NULL;
    size_t size = 0;
    g_autoptr(GError) err = NULL;
    g_file_get_contents(path, &bytes, &size, &err);
    g_assert_no_error(err);
    return g_bytes_new_take(bytes, size);
}

/* The value of a field by its key; NULL if the record says nothing. */
static inline const char *iana_value(const IanaRecord *record, const char *key)
{
    const IanaField *field = iana_field_find(key);
    g_assert_nonnull(field);
    return iana_record_get(record, field);
}
