#include "alert/rewrite_fields.h"

#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "mail/encoded_word.h"

/* In lower case; a star at the end stands for anything. */
static const char *const REMOVED[] = {
    /* clang-format off */
    /* of one recipient and his server */
    "bcc", "resent-bcc", "return-path", "delivered-to", "x-original-to", "envelope-to",
    "x-envelope-to", "x-envelope-from", "status", "x-status", "content-length",
    /* what servers found out, which counts for themselves only (RFC 8601 section 5) */
    "authentication-results", "received-spf",
    /* asks every reader's mail program to report to one address */
    "disposition-notification-to", "disposition-notification-options", "return-receipt-to",
    "return-receipt-requested", "read-receipt-to", "x-confirm-reading-to",
    "x-confirm-delivery-to", "generate-delivery-report", "x-pmrqc", "errors-to",
    /* of lists: ours are added, others' would lead elsewhere */
    "list-*", "archived-at", "mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-*",
    "x-loop", "precedence", "sender", "reply-to",
    /* passwords of other lists' moderators */
    "approved", "approve", "x-approved", "x-approve",
    /* our own, which nobody else may write */
    "x-muster-*",
    /* clang-format on */
};

static bool is_removed(const char *name, const char *value, const void *unused)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(REMOVED); i++) {
        size_t size = strlen(REMOVED[i]);
        bool is_open = REMOVED[i][size - 1] == '*';
        if (is_open ? strncmp(lower, REMOVED[i], size - 1) == 0
                    : strcmp(lower, REMOVED[i]) == 0)
            return true;
    }
    return false;
}

static bool has_control(const char *value)
{
    for (const char *c = value; *c != '\0'; c++) {
        if (((unsigned char) *c < ' ' && *c != '\t') || *c == 127)
            return true;
    }
    return false;
}

/* What no field may hold, or what the mail was not sent with: those fields cannot be shown as
 * they are by everybody. Subject and From are written anew, so they may stay until then. */
static bool is_foul(const char *name, const char *value, const void *data)
{
    const bool *is_utf8 = data;
    if (g_ascii_strcasecmp(name, "Subject") == 0 || g_ascii_strcasecmp(name, "From") == 0)
        return false;
    bool is_text = *is_utf8 ? g_utf8_validate(value, -1, NULL) : g_str_is_ascii(value);
    return !is_text || has_control(value) || encoded_word_hides_break(value);
}

/* Fields that say how the body is to be read. */
static const char *const SHAPE[] = { "MIME-Version", "Content-Type",
                                     "Content-Transfer-Encoding" };

static bool check_shape(const Head *head, bool is_utf8, GError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPE); i++) {
        g_autofree char *value = head_get(head, SHAPE[i], 0);
        if (value != NULL && is_foul(SHAPE[i], value, &is_utf8))
            return err_set(err, ERR_INVALID, "its %s field has bytes that it must not have",
                           SHAPE[i]);
        if (head_count(head, SHAPE[i]) > 1)
            return err_set(err, ERR_INVALID, "it has more than one %s field", SHAPE[i]);
    }
    return true;
}

/* RFC 5322 section 3.6 allows these once; readers differ in which one they take. */
static bool keep_single(Head *head, GError **err)
{
    static const char *const NAMES[] = { "Date", "Message-ID", "In-Reply-To", "References" };
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        if (head_count(head, NAMES[i]) < 2)
            continue;
        g_autofree char *first = head_get(head, NAMES[i], 0);
        if (!head_set(head, NAMES[i], first, HEAD_UTF8, err))
            return false;
    }
    return true;
}

bool fields_clean(Head *head, bool is_utf8, GError **err)
{
    head_repair(head);
    if (!check_shape(head, is_utf8, err))
        return false;
    head_remove_if(head, is_removed, NULL);
    head_remove_if(head, is_foul, &is_utf8);
    return keep_single(head, err);
}

bool fields_is_plain(const char *value)
{
    size_t word = 0;
    for (const char *c = value; *c != '\0'; c++) {
        word = *c == ' ' || *c == '\t' ? 0 : word + 1;
        if ((unsigned char) *c > 126 || word > FIELD_WORD_MAX)
            return false;
    }
    return !has_control(value) && !encoded_word_hides_break(value);
}
