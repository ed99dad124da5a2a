#include "mail/dsn.h"

#include <stdbool.h>
#include <string.h>

void dsn_free(Dsn *dsn)
{
    if (dsn == NULL)
        return;
    g_free(dsn->recipient);
    g_free(dsn->status);
    g_free(dsn->reason);
    g_free(dsn);
}

const char *dsn_class_name(DsnClass class)
{
    static const char *const NAMES[] = {
        [DSN_PERMANENT] = "permanent",
        [DSN_TEMPORARY] = "temporary",
        [DSN_POLICY] = "policy",
        [DSN_DELAYED] = "delayed",
    };
    return NAMES[class];
}

/* Classes */

/* clang-format off */

static const struct {
    const char *words;
    DsnClass class;
} STRONG[] = { /* whole words that count more than any status */
    { "dmarc", DSN_POLICY },
    { "spf", DSN_POLICY },
    { "dkim", DSN_POLICY },
    /* so says Exchange Online of those it does not know, with 5.4.1 */
    { "recipient address rejected: access denied", DSN_PERMANENT },
};

static const struct {
    const char *words;
    DsnClass class;
} PHRASES[] = { /* where no status helps: the first one that occurs decides */
    { "unauthenticated", DSN_POLICY },
    { "looks like spam", DSN_POLICY },
    { "considered spam", DSN_POLICY },
    { "identified as spam", DSN_POLICY },
    { "spam message", DSN_POLICY },
    { "blocklist", DSN_POLICY },
    { "blacklist", DSN_POLICY },
    { "block list", DSN_POLICY },
    { "blocked using", DSN_POLICY },
    { "spamhaus", DSN_POLICY },
    { "reputation", DSN_POLICY },
    { "policy", DSN_POLICY },
    { "content rejected", DSN_POLICY },
    { "virus", DSN_POLICY },
    { "too large", DSN_POLICY },
    { "message size", DSN_POLICY },
    { "quota", DSN_TEMPORARY },
    { "mailbox full", DSN_TEMPORARY },
    { "mailbox is full", DSN_TEMPORARY },
    { "timed out", DSN_TEMPORARY },
    { "try again", DSN_TEMPORARY },
    { "temporar", DSN_TEMPORARY },
};

static const struct {
    const char *status; /* "4." is all of class 4, "5.7." all of a subject */
    DsnClass class;
} STATUSES[] = {
    { "5.7.", DSN_POLICY },    { "4.7.", DSN_POLICY },
    { "5.2.2", DSN_TEMPORARY }, /* mailbox full */
    { "5.2.3", DSN_POLICY },    /* longer than the mailbox takes */
    { "5.3.4", DSN_POLICY },    /* longer than the system takes */
    { "5.1.7", DSN_POLICY },    /* the sender's address is wrong */
    { "5.1.8", DSN_POLICY },
    { "5.4.7", DSN_TEMPORARY }, /* tried until the time was over */
    { "5.4.1", DSN_TEMPORARY }, /* nobody answers */
    { "5.4.2", DSN_TEMPORARY },
    { "5.5.", DSN_POLICY },     /* protocol */
    { "5.6.", DSN_POLICY },     /* content */
    { "4.", DSN_TEMPORARY },
    { "5.1.", DSN_PERMANENT },  { "5.2.", DSN_PERMANENT }, { "5.4.", DSN_PERMANENT },
};
/* clang-format on */

static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);
    for (const char *p = text; (p = strstr(p, word)) != NULL; p++) {
        if ((p == text || !g_ascii_isalnum(p[-1])) && !g_ascii_isalnum(p[size]))
            return true;
    }
    return false;
}

static bool is_of_status(const char *status, const char *wanted)
{
    size_t size = strlen(wanted);
    return wanted[size - 1] == '.' ? strncmp(status, wanted, size) == 0
                                   : strcmp(status, wanted) == 0;
}

/* Of an SMTP reply at the beginning of a text (RFC 5321 4.2): its first digit, or NUL. */
static char reply_digit(const char *text)
{
    bool is_code = g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1]) &&
                   g_ascii_isdigit(text[2]) && !g_ascii_isalnum(text[3]);
    return is_code ? text[0] : '\0';
}

DsnClass dsn_classify(const char *status, const char *diagnostic)
{
    g_autofree char *lower = g_ascii_strdown(diagnostic, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(STRONG); i++) {
        if (has_word(lower, STRONG[i].words))
            return STRONG[i].class;
    }
    g_autofree char *found = NULL;
    if (status == NULL || g_str_has_suffix(status, ".0.0"))
        status = found = dsn_find_status(diagnostic); /* may say more */
    for (size_t i = 0; status != NULL && i < G_N_ELEMENTS(STATUSES); i++) {
        if (is_of_status(status, STATUSES[i].status))
            return STATUSES[i].class;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(PHRASES); i++) {
        if (strstr(lower, PHRASES[i].words) != NULL)
            return PHRASES[i].class;
    }
    return reply_digit(lower) == '4' ? DSN_TEMPORARY : DSN_PERMANENT;
}

/* The length of a number of up to three digits; 0 if there is none. */
static size_t number_size(const char *text)
{
    size_t size = 0;
    while (g_ascii_isdigit(text[size]))
        size++;
    return size <= 3 ? size : 0;
}

/* The length of the status that begins here; 0 if none does. Not of an IP address. */
static size_t status_size(const char *text)
{
    if ((text[0] != '4' && text[0] != '5') || text[1] != '.')
        return 0;
    size_t subject = number_size(text + 2);
    if (subject == 0 || text[2 + subject] != '.')
        return 0;
    size_t detail = number_size(text + 3 + subject);
    const char *end = text + 3 + subject + detail;
    if (detail == 0 || (end[0] == '.' && g_ascii_isdigit(end[1])))
        return 0;
    return (size_t) (end - text);
}

char *dsn_find_status(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        bool is_inside = p > text && (g_ascii_isalnum(p[-1]) || p[-1] == '.');
        size_t size = is_inside ? 0 : status_size(p);
        if (size > 0)
            return g_strndup(p, size);
    }
    return NULL;
}
