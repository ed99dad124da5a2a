/* Bounces in plain words. They come from a mail system, hold a sentence that such systems
 * write, and name the recipients in the lines behind it. */
#include "mail/dsn_text.h"

#include <string.h>

#include "base/address.h"
#include "base/text.h"

#define REASON_MAX   300 /* characters */
#define REASON_LINES 4   /* lines of the text that are taken for the reason */
#define LINES_MAX    200 /* lines behind the sentence that are looked at */

/* clang-format off */
static const struct {
    const char *words;
    bool is_delay;
} SENTENCES[] = {
    { "Hi. This is the qmail-send", false },                       /* qmail */
    { "The following address(es) failed", false },                 /* Exim */
    { "has not been delivered to one or more of its recipients", true },
    { "did not reach the following recipient", false },            /* Exchange, older */
    { "Delivery has failed to these recipients", false },          /* Exchange */
    { "addresses had permanent fatal errors", false },             /* sendmail */
    { "addresses had transient non-fatal errors", true },
    { "This is the mail system at host", false },                  /* Postfix */
    { "Delivery to the following recipient failed", false },       /* Gmail, older */
    { "Delivery to the following recipient has been delayed", true },
    { "Delivery to the following recipients failed", false },      /* IIS */
    { "could not be delivered to the following", false },
    { "Unable to deliver message to the following", false },
};

/* What comes behind these lines is the mail that came back. */
static const char *const COPIES[] = {
    "--- Below this line is a copy", "------ This is a copy", "----- Original message",
    "----- Message header follows", "--- Original message", "Original message headers:",
};

static const char *const DAEMONS[] = {
    "mailer-daemon@", "postmaster@", "mail-daemon@", "microsoftexchange",
};
/* clang-format on */

static bool is_from_mail_system(const Message *message)
{
    if (message->automatic != NULL || message->failed_recipients->len > 0)
        return true;
    if (message->from->len != 1)
        return false;
    const Mailbox *from = message->from->pdata[0];
    for (size_t i = 0; i < G_N_ELEMENTS(DAEMONS); i++) {
        if (g_ascii_strncasecmp(from->raw, DAEMONS[i], strlen(DAEMONS[i])) == 0)
            return true;
    }
    return false;
}

/* The line behind the sentence, or NULL. */
static const char *find_sentence(const char *text, bool *ret_is_delay)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SENTENCES); i++) {
        const char *at = strstr(text, SENTENCES[i].words);
        if (at == NULL)
            continue;
        *ret_is_delay = SENTENCES[i].is_delay;
        return at;
    }
    return NULL;
}

static bool is_copy(const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(COPIES); i++) {
        if (strstr(line, COPIES[i]) != NULL)
            return true;
    }
    return false;
}

/* The address that a line begins with: "<ann@example.org>: reason", "ann@example.org on
 * Monday". NULL if it begins with something else. *ret_rest is what follows. */
static char *leading_address(const char *line, const char **ret_rest)
{
    line += strspn(line, " \t<");
    size_t size = strcspn(line, " \t<>,;()\"");
    while (size > 0 && line[size - 1] == ':')
        size--;
    g_autofree char *text = g_strndup(line, size);
    char *address = NULL;
    if (!address_parse(text, &address, NULL))
        return NULL;
    *ret_rest = line + size + strspn(line + size, ">: \t");
    return address;
}

/* Reads what was said on one recipient: the rest of its line, and the lines up to an empty one
 * or the next recipient. */
static char *read_reason(const char *rest, char **lines)
{
    GString *reason = g_string_new(rest);
    const char *unused;
    for (int i = 0; i < REASON_LINES && lines[i] != NULL && !is_copy(lines[i]); i++) {
        g_autofree char *line = g_strstrip(g_strdup(lines[i]));
        g_autofree char *next = leading_address(line, &unused);
        if (*line == '\0' || next != NULL)
            break;
        g_string_append_printf(reason, "%s%s", reason->len > 0 ? " " : "", line);
    }
    for (char *p = reason->str; (p = strpbrk(p, "\t\n")) != NULL;)
        *p = ' ';
    char *cut = text_truncate(reason->str, REASON_MAX);
    g_string_free(reason, TRUE);
    return cut;
}

static Dsn *make(char *recipient, char *reason, bool is_delay)
{
    Dsn *dsn = g_new0(Dsn, 1);
    dsn->recipient = recipient;
    dsn->reason = reason;
    dsn->status = dsn_find_status(reason);
    dsn->class = is_delay ? DSN_DELAYED : dsn_classify(dsn->status, reason);
    return dsn;
}

static bool is_known(const GPtrArray *found, const char *recipient)
{
    for (unsigned i = 0; i < found->len; i++) {
        const Dsn *dsn = found->pdata[i];
        if (g_strcmp0(dsn->recipient, recipient) == 0)
            return true;
    }
    return false;
}

static void read_lines(GPtrArray *found, char **lines, bool is_delay)
{
    for (int i = 0; i < LINES_MAX && lines[i] != NULL && !is_copy(lines[i]); i++) {
        const char *rest = NULL;
        g_autofree char *recipient = leading_address(lines[i], &rest);
        if (recipient == NULL || is_known(found, recipient))
            continue;
        char *reason = read_reason(rest, lines + i + 1);
        g_ptr_array_add(found, make(g_steal_pointer(&recipient), reason, is_delay));
    }
}

/* Recipients that a header field names, if the text did not. */
static void add_failed_recipients(GPtrArray *found, const Message *message)
{
    for (unsigned i = 0; i < message->failed_recipients->len; i++) {
        g_autofree char *recipient = NULL;
        if (!address_parse(message->failed_recipients->pdata[i], &recipient, NULL) ||
            is_known(found, recipient))
            continue;
        char *reason = text_truncate(message->subject != NULL ? message->subject : "",
                                     REASON_MAX);
        g_ptr_array_add(found, make(g_steal_pointer(&recipient), reason, false));
    }
}

GPtrArray *dsn_read_text(const Message *message)
{
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) dsn_free);
    if (!is_from_mail_system(message))
        return found;

    bool is_delay = false;
    const char *sentence = find_sentence(message->text, &is_delay);
    if (sentence == NULL && message->failed_recipients->len == 0)
        return found;
    if (sentence != NULL) {
        g_auto(GStrv) lines = g_strsplit(sentence, "\n", LINES_MAX);
        read_lines(found, lines, is_delay);
    }
    add_failed_recipients(found, message);
    if (found->len == 0)
        g_ptr_array_add(found, make(NULL, g_strdup("no recipient is named"), is_delay));
    return found;
}

char *dsn_returned_id(const Message *message)
{
    if (message->returned_message_id != NULL)
        return g_strdup(message->returned_message_id);
    if (!is_from_mail_system(message))
        return NULL;

    g_auto(GStrv) lines = g_strsplit(message->text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (g_ascii_strncasecmp(*line, "message-id:", strlen("message-id:")) != 0)
            continue;
        char *begin = strchr(*line, '<');
        size_t size = begin != NULL ? strcspn(begin, ">") : 0;
        if (size > 1)
            return g_strndup(begin + 1, size - 1);
    }
    return NULL;
}
