#include "mail/message.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "mail/census.h"
#include "mail/charset.h"
#include "mail/message_reader.h"

static GMimeMessage *parse(GBytes *mail)
{
    size_t size;
    const char *bytes = g_bytes_get_data(mail, &size);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes != NULL ? bytes : "", size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return parsed;
}

/* GMime gives up on a mail that does not begin with a header: all of it is text, then. */
static void read_headless(Message *message, GBytes *mail)
{
    size_t size;
    const char *bytes = g_bytes_get_data(mail, &size);
    g_autofree char *text = charset_to_utf8(NULL, bytes != NULL ? bytes : "",
                                            MIN(size, MESSAGE_TEXT_MAX), NULL);
    message_note(message, "no header");
    g_free(message->text);
    message->text = message_lines(message, text);
    message->parts = 1;
    message->is_empty = *g_strchug(text) == '\0';
}

static void read_parsed(Message *message, GMimeMessage *parsed)
{
    GMimeHeaderList *header = g_mime_object_get_header_list(GMIME_OBJECT(parsed));
    GMimeObject *root = g_mime_message_get_mime_part(parsed);
    message_read_header(message, header);
    if (root != NULL)
        message_read_parts(message, root);
    message_judge_automatic(message, header);
}

static bool has_nul(GBytes *mail)
{
    size_t size;
    const char *bytes = g_bytes_get_data(mail, &size);
    return bytes != NULL && memchr(bytes, '\0', size) != NULL;
}

void message_prepare(void)
{
    g_mime_init();
    message_seed_json();
}

Message *message_read(GBytes *mail, GError **err)
{
    if (!census_check(mail, NULL, err))
        return NULL;

    g_mime_init(); /* counts, so once more is fine */
    Message *message = message_new();
    if (has_nul(mail))
        message_note(message, "NUL bytes");
    GMimeMessage *parsed = parse(mail);
    if (parsed == NULL) {
        read_headless(message, mail);
        return message;
    }
    read_parsed(message, parsed);
    g_object_unref(parsed);
    return message;
}
