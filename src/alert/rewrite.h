/* The header of what goes out: from the header of an incoming post to that of its copies. A
 * pure change of fields; the body is not looked at and not copied, so a DKIM hash of it
 * survives. An author's DKIM-Signature stays in the header: where From and Subject are left as
 * they were it may still hold, and where not, it does no harm (RFC 6376 section 6.1). */
#pragma once

#include "base/config.h"
#include "mail/head.h"
#include "mail/message.h"
#include "queue/route.h"

/* What is known of a post. Everything is borrowed. */
typedef struct {
    const Config *config;
    const Message *message;
    RouteKind route;
    const char *detail;      /* of ROUTE_TLD: the A-label */
    const char *author_name; /* as on file; NULL: as the author wrote it */
    /* What readers must see of the author beside name and address, in the From field:
     * "secondary address, .xx"; NULL if there is nothing to say. */
    const char *mark;
    /* The same in full, for a field of its own: "recognised: secondary address of Jane Doe,
     * .xx"; NULL if none. */
    const char *recognised;
    bool is_from_safe; /* the author's domain asks nobody to refuse what we change */
    bool is_utf8;      /* came with SMTPUTF8: fields may hold UTF-8 */
    int64_t id;        /* of the inbox row */
    int64_t now;       /* seconds since 1970 UTC */
} RewritePost;

/* Changes the header of a post into that of its copies. Fails with ERR_INVALID, saying what is
 * wrong with the post, if no clean copy can be made. */
bool rewrite_post(const RewritePost *post, Head *head, GError **err);

/* The same for mail that is handed on to the secretariat: no list fields, no prefix, and a mark
 * of our own against loops. The mail may lack an author. */
bool rewrite_forward(const RewritePost *post, Head *head, GError **err);

/* The List-Id of an audience, without brackets: "tld-ops.lists.example.org", with "ca." before
 * it for the contacts of a TLD; the committee has a list of its own (R132). */
char *rewrite_list_id(const Config *config, RouteKind route, const char *detail);

/* Whether the mail went out from here before: a List-Id or a mark of ours. */
bool rewrite_is_ours(const Config *config, const Message *message, const Head *head);

/* A subject with the prefix of the audience, once, wherever it stands: after "Re:" as well. */
char *rewrite_subject(const Config *config, RouteKind route, const char *detail,
                      const char *subject);
