#include "mail/charset.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const iconv_t NONE = (iconv_t) -1;

/* GMime knows the names that mail uses ("ks_c_5601-1987") and iconv does not. */
static iconv_t open_set(const char *name)
{
    return g_mime_iconv_open("UTF-8", name);
}

void charset_hold(const GPtrArray *names)
{
    for (unsigned i = 0; i < names->len; i++)
        (void) open_set(names->pdata[i]);
}

bool charset_is_known(const char *name)
{
    iconv_t set = open_set(name);
    if (set == NONE)
        return false;
    (void) g_mime_iconv_close(set);
    return true;
}

/* One call of iconv, whose output goes to text. Returns 0, E2BIG, EILSEQ or EINVAL. With in
 * NULL it writes what the set had held back (a base letter that waits for its accent). */
static int step(iconv_t set, char **in, size_t *size, GString *text)
{
    char buffer[4096];
    char *out = buffer;
    size_t room = sizeof buffer;
    int fault = iconv(set, in, size, &out, &room) == (size_t) -1 ? errno : 0;
    g_string_append_len(text, buffer, (gssize) (sizeof buffer - room));
    return fault;
}

static char *convert(iconv_t set, const char *bytes, size_t size, bool *ret_is_broken)
{
    GString *text = g_string_sized_new(size + 16);
    char *in = (char *) (uintptr_t) bytes; /* iconv takes it without const, but only reads */
    while (size > 0) {
        int fault = step(set, &in, &size, text);
        if (fault == 0 || fault == E2BIG)
            continue;
        (void) step(set, NULL, NULL, text); /* and back to the initial state */
        g_string_append(text, REPLACEMENT);
        *ret_is_broken = true;
        in++;
        size--;
    }
    (void) step(set, NULL, NULL, text);

    for (size_t i = strlen(text->str); i < text->len; i += strlen(text->str + i)) {
        text->str[i] = ' ';
        *ret_is_broken = true;
    }
    return g_string_free(text, false);
}

/* Bytes that nobody named. */
static char *guess(const char *bytes, size_t size, bool *ret_is_broken)
{
    if (text_is_valid(bytes, size))
        return g_strndup(bytes, size);
    iconv_t set = open_set("windows-1252");
    if (set == NONE) { /* a system without iconv modules */
        *ret_is_broken = true;
        return g_utf8_make_valid(bytes, (gssize) size);
    }
    char *text = convert(set, bytes, size, ret_is_broken);
    (void) g_mime_iconv_close(set);
    return text;
}

char *charset_to_utf8(const char *name, const char *bytes, size_t size, bool *ret_is_broken)
{
    bool unused = false;
    bool *is_broken = ret_is_broken != NULL ? ret_is_broken : &unused;
    iconv_t set = name != NULL ? open_set(name) : NONE;
    if (set == NONE)
        return guess(bytes, size, is_broken);
    char *text = convert(set, bytes, size, is_broken);
    (void) g_mime_iconv_close(set);
    return text;
}
