#include "mail/smtp_ehlo.h"

#include <string.h>

static void set_pipelining(SmtpExtensions *extensions, char **words)
{
    extensions->pipelining = true;
}

static void set_8bitmime(SmtpExtensions *extensions, char **words)
{
    extensions->eightbitmime = true;
}

static void set_smtputf8(SmtpExtensions *extensions, char **words)
{
    extensions->smtputf8 = true;
}

static void set_starttls(SmtpExtensions *extensions, char **words)
{
    extensions->starttls = true;
}

/* A number over the range is no limit to us. */
static void set_size(SmtpExtensions *extensions, char **words)
{
    uint64_t size_max = 0;

    extensions->size = true;
    if (words[0] != NULL)
        (void) g_ascii_string_to_unsigned(words[0], 10, 0, G_MAXINT64, &size_max, NULL);
    extensions->size_max = (int64_t) size_max;
}

static void set_auth(SmtpExtensions *extensions, char **words)
{
    for (; *words != NULL; words++) {
        if (g_ascii_strcasecmp(*words, "PLAIN") == 0)
            extensions->auth_plain = true;
    }
}

static const struct {
    const char *keyword;
    void (*set)(SmtpExtensions *extensions, char **words); /* what follows the keyword */
} KEYWORDS[] = {
    { "PIPELINING", set_pipelining },
    { "8BITMIME", set_8bitmime },
    { "SMTPUTF8", set_smtputf8 },
    { "STARTTLS", set_starttls },
    { "SIZE", set_size },
    { "AUTH", set_auth },
};

static void read_line(SmtpExtensions *extensions, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);

    for (size_t i = 0; words[0] != NULL && i < G_N_ELEMENTS(KEYWORDS); i++) {
        if (g_ascii_strcasecmp(words[0], KEYWORDS[i].keyword) == 0)
            KEYWORDS[i].set(extensions, words + 1);
    }
}

SmtpExtensions smtp_read_ehlo(const SmtpReply *reply)
{
    SmtpExtensions extensions = { 0 };
    g_auto(GStrv) lines = g_strsplit(reply->text->str, "\n", -1);

    /* The first line greets. */
    for (size_t i = 1; lines[0] != NULL && lines[i] != NULL; i++)
        read_line(&extensions, lines[i]);
    return extensions;
}
