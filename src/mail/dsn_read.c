#include "mail/dsn_read.h"

#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "mail/dsn_text.h"

#define REASON_MAX 300 /* characters */

static bool is_action(const MessageReport *report, const char *action)
{
    return report->action != NULL && strcmp(report->action, action) == 0;
}

/* "failed" and "delayed", or what the status says if there is no action. */
static bool is_failure(const MessageReport *report)
{
    if (report->action == NULL)
        return report->status == NULL || report->status[0] != '2';
    return is_action(report, "failed") || is_action(report, "delayed");
}

static char *canonical(const char *text)
{
    char *address = NULL;
    if (text != NULL)
        (void) address_parse(text, &address, NULL); /* NULL if it is none */
    return address;
}

static Dsn *read_report(const MessageReport *report)
{
    Dsn *dsn = g_new0(Dsn, 1);
    const char *diagnostic = report->diagnostic != NULL ? report->diagnostic : "";
    dsn->recipient = canonical(report->original_recipient);
    if (dsn->recipient == NULL)
        dsn->recipient = canonical(report->final_recipient);
    dsn->status = report->status != NULL ? g_strdup(report->status)
                                         : dsn_find_status(diagnostic);
    bool is_delayed = is_action(report, "delayed") ||
                      (report->action == NULL && dsn->status != NULL && dsn->status[0] == '4');
    dsn->class = is_delayed ? DSN_DELAYED : dsn_classify(report->status, diagnostic);
    if (*diagnostic != '\0')
        dsn->reason = text_truncate(diagnostic, REASON_MAX);
    else
        dsn->reason = g_strdup(dsn->status != NULL ? dsn->status : "no reason given");
    return dsn;
}

GPtrArray *dsn_read(const Message *message)
{
    if (message->reports->len == 0)
        return dsn_read_text(message);

    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify) dsn_free);
    for (unsigned i = 0; i < message->reports->len; i++) {
        const MessageReport *report = message->reports->pdata[i];
        if (is_failure(report))
            g_ptr_array_add(found, read_report(report));
    }
    return found;
}
