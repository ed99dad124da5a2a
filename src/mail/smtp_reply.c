#include "mail/smtp_reply.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

void smtp_reader_init(SmtpReader *reader)
{
    *reader = (SmtpReader){ .in = g_string_new(NULL), .reply.text = g_string_new(NULL) };
}

void smtp_reader_clear(SmtpReader *reader)
{
    g_string_free(reader->in, TRUE);
    g_string_free(reader->reply.text, TRUE);
}

void smtp_reader_feed(SmtpReader *reader, const char *bytes, size_t size)
{
    g_string_erase(reader->in, 0, (gssize) reader->at); /* what is left is no whole line */
    reader->at = 0;
    g_string_append_len(reader->in, bytes, (gssize) size);
}

void smtp_reader_drain(SmtpReader *reader)
{
    g_string_truncate(reader->in, 0);
    reader->at = 0;
    reader->scanned = 0;
}

bool smtp_reader_has_more(const SmtpReader *reader)
{
    return reader->at < reader->in->len;
}

/* How many bytes of text are an enhanced status of that class: "2.1.5", with up to three digits
 * in the second and third part. */
static size_t status_size(const char *text, int code)
{
    size_t size = 1;

    if (text[0] != '0' + code / 100)
        return 0;
    for (int part = 0; part < 2; part++) {
        size_t digits = text[size] == '.' ? strspn(text + size + 1, "0123456789") : 0;
        if (digits < 1 || digits > 3)
            return 0;
        size += 1 + digits;
    }
    return text[size] == ' ' || text[size] == '\n' || text[size] == '\0' ? size : 0;
}

void smtp_reply_status(const SmtpReply *reply, char ret_status[SMTP_STATUS_SIZE])
{
    size_t size = status_size(reply->text->str, reply->code);

    memcpy(ret_status, reply->text->str, size);
    ret_status[size] = '\0';
}

/* Each line of a reply repeats the status. */
char *smtp_reply_text(const SmtpReply *reply)
{
    g_autoptr(GString) joined = g_string_sized_new(reply->text->len);

    for (const char *line = reply->text->str; line != NULL;) {
        const char *end = strchr(line, '\n');
        const char *text = line + status_size(line, reply->code);
        if (joined->len > 0)
            g_string_append_c(joined, ' ');
        text += *text == ' ' ? 1 : 0;
        g_string_append_len(joined, text, end != NULL ? end - text : -1);
        line = end != NULL ? end + 1 : NULL;
    }
    return text_printable_max(joined->str, joined->len, SMTP_TEXT_MAX);
}

/* "250 text", "250-text" or "250"; 0 if it is none of them. */
static int read_code(const char *line, size_t size)
{
    if (size < 3 || (size > 3 && line[3] != ' ' && line[3] != '-'))
        return 0;
    if (line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) ||
        !g_ascii_isdigit(line[2]))
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static bool refuse(const char *why, const char *line, size_t size, GError **err)
{
    g_autofree char *shown = text_printable_max(line, size, SMTP_SHOWN_MAX);
    return err_set(err, ERR_TEMPORARY, "the relay does not speak SMTP: %s: \"%s\"", why, shown);
}

/* Takes one line without its CRLF. */
static bool take_line(SmtpReader *reader, const char *line, size_t size, bool *ret_is_last,
                      GError **err)
{
    SmtpReply *reply = &reader->reply;
    int code = read_code(line, size);

    if (memchr(line, '\r', size) != NULL || memchr(line, '\0', size) != NULL)
        return refuse("CR or NUL in a reply", line, size, err);
    if (code == 0)
        return refuse("not a reply", line, size, err);
    if (reader->lines > 0 && code != reply->code)
        return refuse("two codes in one reply", line, size, err);
    if (++reader->lines > SMTP_REPLY_LINES_MAX)
        return refuse("a reply of too many lines", line, size, err);

    if (reader->lines == 1)
        g_string_truncate(reply->text, 0);
    else
        g_string_append_c(reply->text, '\n');
    reply->code = code;
    if (size > 4)
        g_string_append_len(reply->text, line + 4, (gssize) size - 4);
    *ret_is_last = size == 3 || line[3] == ' ';
    return true;
}

/* One line, if there is a whole one. */
static bool next_line(SmtpReader *reader, const char **ret_line, size_t *ret_size, GError **err)
{
    const char *line = reader->in->str + reader->at;
    size_t size = reader->in->len - reader->at;
    const char *lf = memchr(line + reader->scanned, '\n', size - reader->scanned);

    if (lf != NULL)
        size = (size_t) (lf - line) + 1;
    if (size > SMTP_REPLY_LINE_MAX)
        return refuse("a line that is too long", line, size, err);
    if (lf == NULL) {
        reader->scanned = size;
        *ret_line = NULL;
        return true;
    }
    if (size < 2 || lf[-1] != '\r')
        return refuse("LF without CR", line, size, err);
    reader->at += size;
    reader->scanned = 0;
    *ret_line = line;
    *ret_size = size - 2;
    return true;
}

bool smtp_reader_next(SmtpReader *reader, const SmtpReply **ret_reply, GError **err)
{
    for (bool is_last = false; !is_last;) {
        const char *line = NULL;
        size_t size = 0;
        if (!next_line(reader, &line, &size, err))
            return false;
        if (line == NULL) {
            *ret_reply = NULL;
            return true;
        }
        if (!take_line(reader, line, size, &is_last, err))
            return false;
    }
    reader->lines = 0;
    *ret_reply = &reader->reply;
    return true;
}
