/* Law: any bytes are read or refused, never a crash; and what was read goes through the
 * protocol of the parser unchanged, which also says that every string of it is UTF-8 without
 * control characters and within its limit. A bounce has a reason of one line, and
 * GMime meets no more parts than the census has counted. */
#include "fuzz.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "gmime_leaks.h"
#include "mail/census.h"
#include "mail/dsn_read.h"
#include "mail/dsn_text.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) mail = g_bytes_new(data, size);
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = message_read(mail, &err);
    if (message == NULL) {
        g_assert_true(err_is(err, ERR_INVALID));
        return 0;
    }

    int64_t parts = 0;
    g_assert_true(census_check(mail, &parts, NULL));
    g_assert_cmpint(message->parts, <=, parts);

    g_autoptr(GPtrArray) bounces = dsn_read(message);
    for (unsigned i = 0; i < bounces->len; i++) {
        const Dsn *dsn = bounces->pdata[i];
        g_assert_true(text_is_valid(dsn->reason, strlen(dsn->reason)));
        g_assert_null(strpbrk(dsn->reason, "\r\n\t"));
    }
    g_autofree char *id = dsn_returned_id(message);
    g_assert_true(id == NULL || *id != '\0');

    g_autofree char *json = message_to_json(message);
    g_autoptr(Message) back = message_from_json(json, strlen(json), &err);
    if (strlen(json) > PARSER_ANSWER_MAX)
        return 0; /* the parser child refuses such a mail */
    g_assert_no_error(err);
    g_autofree char *again = message_to_json(back);
    g_assert_cmpstr(again, ==, json);
    return 0;
}
