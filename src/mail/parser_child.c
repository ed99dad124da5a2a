/* The child's side of the parser. Its answer is "+" and the JSON of the message, "-" and the
 * reason why it was refused, or "!" and why there could be no sandbox; a line feed ends it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sandbox.h"
#include "mail/census.h"
#include "mail/charset.h"
#include "mail/parser.h"

static GBytes *read_mail(void)
{
    GByteArray *mail = g_byte_array_new();
    for (;;) {
        unsigned char buffer[65536];
        ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return g_byte_array_free_to_bytes(mail);
        g_byte_array_append(mail, buffer, (unsigned) size);
    }
}

static void write_all(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDOUT_FILENO, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody listens any more */
        text += written;
        size -= (size_t) written;
    }
}

static void answer(char mark, const char *text)
{
    g_autofree char *line = g_strdup_printf("%c%s\n", mark, text);
    write_all(line, strlen(line));
}

static void read_and_answer(GBytes *mail)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Message) message = message_read(mail, &err);
    if (message == NULL) {
        answer('-', err->message);
        return;
    }
    g_autofree char *json = message_to_json(message);
    if (strlen(json) > PARSER_ANSWER_MAX)
        answer('-', "what there is to say about it is too long");
    else
        answer('+', json);
}

/* Loads what GMime would look for on disk: after that the sandbox can close. */
static void load(GBytes *mail)
{
    message_prepare();
    g_autoptr(GPtrArray) names = census_charsets(mail);
    g_ptr_array_add(names, g_strdup("windows-1252")); /* for bytes that nobody named */
    g_ptr_array_add(names, g_strdup("iso-8859-1"));   /* GMime's own guess */
    charset_hold(names);
}

/* What GMime complains about would go to fd 2, which is closed, and must not be written to. */
static GLogWriterOutput drop_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                 void *unused)
{
    return G_LOG_WRITER_HANDLED;
}

void parser_child_main(void)
{
    g_log_set_writer_func(drop_log, NULL, NULL);
    g_autoptr(GBytes) mail = read_mail();
    g_autoptr(GError) err = NULL;
    load(mail);
    if (sandbox_reader(&err))
        read_and_answer(mail);
    else
        answer('!', err->message);
    _exit(0);
}
