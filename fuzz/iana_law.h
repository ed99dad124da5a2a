/* What holds of every record that was read from an answer of IANA's. */
#pragma once

#include <glib.h>
#include <string.h>

#include "base/address.h"
#include "base/limits.h"
#include "membership/iana_record.h"

static inline void assert_record_is_sound(const IanaRecord *record)
{
    g_autofree char *again = NULL;
    g_assert_true(domain_parse(record->domain, &again, NULL));
    g_assert_cmpstr(again, ==, record->domain);
    g_assert_cmpint(record->ds_count, >=, 0);
    for (size_t i = 0; i < IANA_FIELDS; i++) {
        const char *value = iana_record_get(record, &IANA_FIELD_TABLE[i]);
        g_assert_true(value == NULL || *value != '\0');
        g_assert_true(value == NULL || g_utf8_validate(value, -1, NULL));
        g_assert_true(value == NULL || strlen(value) <= IANA_VALUE_MAX);
        g_assert_true(iana_value_is_same(&IANA_FIELD_TABLE[i], value, value));
    }
}

static inline void assert_same_records(const IanaRecord *a, const IanaRecord *b)
{
    g_assert_cmpstr(a->domain, ==, b->domain);
    g_assert_cmpint(a->ds_count, ==, b->ds_count);
    g_assert_cmpint(a->created_at, ==, b->created_at);
    g_assert_cmpint(a->changed_at, ==, b->changed_at);
    for (size_t i = 0; i < IANA_FIELDS; i++)
        g_assert_cmpstr(iana_record_get(a, &IANA_FIELD_TABLE[i]), ==,
                        iana_record_get(b, &IANA_FIELD_TABLE[i]));
}
