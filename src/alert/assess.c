#include "alert/assess.h"

#include <string.h>

#include "alert/lookup.h"
#include "alert/rewrite.h"
#include "base/address.h"
#include "base/err.h"
#include "mail/answer.h"
#include "queue/answered.h"

void assessment_free(Assessment *assessment)
{
    if (assessment == NULL)
        return;
    recognised_free(assessment->sender);
    evidence_clear(&assessment->evidence);
    audience_clear(&assessment->audience);
    g_clear_pointer(&assessment->head, g_bytes_unref);
    g_free(assessment->damage);
    g_free(assessment->answer_to);
    verdict_clear(&assessment->verdict);
    g_free(assessment);
}

/* What the steps below work on. */
typedef struct {
    const Work *work;
    const InboxItem *item;
    const Message *message; /* NULL if unreadable */
    Assessment *result;
    PolicyFacts facts;
} Inquiry;

/* Who is the author; if the mail has none that is of use, who sent it counts for answers. An
 * answer goes to the address on file, to strangers where bounces go (RFC 3834 section 4). */
static bool recognise(Inquiry *inquiry, GError **err)
{
    Assessment *result = inquiry->result;
    result->author = inquiry->message != NULL ? message_author(inquiry->message) : NULL;
    const char *address = result->author != NULL ? result->author->address
                                                 : inquiry->item->envelope_from;
    if (address[0] != '\0' &&
        !contact_recognise(inquiry->work->db, address, &result->sender, err))
        return false;
    inquiry->facts.is_member = result->sender != NULL;
    result->answer_to = g_strdup(result->sender != NULL ? result->sender->address
                                                        : inquiry->item->envelope_from);
    g_auto(Audience) committee = { NULL, NULL };
    return result->sender == NULL ||
           (audience_of(inquiry->work->db, "committee", NULL, &committee, err) &&
            audience_has(inquiry->work->db, &committee, result->sender->person_id,
                         &inquiry->facts.is_committee, err));
}

/* A row that people or its author have let go carries what they decided. */
static void find_proof(Inquiry *inquiry)
{
    const Config *config = inquiry->work->config;
    const InboxItem *item = inquiry->item;
    Assessment *result = inquiry->result;
    const EvidenceTrust trust = { config->authserv_id, config->trusted_hops };
    g_autoptr(Head) head = result->author != NULL ? head_parse(item->data, NULL) : NULL;
    if (head != NULL && config->authserv_id != NULL) {
        g_autoptr(GPtrArray) fields = evidence_fields(head);
        evidence_find(fields, &trust, address_domain(result->author->address),
                      &result->evidence);
    }

    bool is_decided = item->decided_by != NULL;
    bool is_confirmed = is_decided && g_str_equal(item->decided_by, POLICY_BY_AUTHOR);
    inquiry->facts.released_by = is_confirmed ? NULL : item->decided_by;
    if (is_decided && item->evidence != NULL)
        result->proof = item->evidence;
    else if (result->evidence.kind != EVIDENCE_NONE)
        result->proof = result->evidence.text;
    inquiry->facts.evidence = result->proof;
}

/* The routes of posts bear the names of their audiences. A TLD that is none has no readers. */
static bool find_readers(Inquiry *inquiry, GError **err)
{
    const InboxItem *item = inquiry->item;
    g_autoptr(GError) why = NULL;
    Audience *audience = &inquiry->result->audience;
    bool has_audience = policy_is_post(item->route) &&
                        audience_of(inquiry->work->db, item->route_name, item->detail, audience,
                                    &why);
    if (why != NULL && !err_is(why, ERR_INVALID)) {
        g_propagate_error(err, g_steal_pointer(&why));
        return false;
    }
    if (has_audience &&
        !audience_count(inquiry->work->db, audience, &inquiry->result->readers, err))
        return false;
    inquiry->facts.has_readers = inquiry->result->readers > 0;
    return true;
}

/* ", .ca, .xx"; "" for one who holds an office only. */
static char *tlds_of(const Recognised *sender)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; sender->tlds[i] != NULL; i++) {
        g_autofree char *u_label = domain_display(sender->tlds[i]);
        g_string_append_printf(text, ", .%s", u_label);
    }
    return g_string_free(text, FALSE);
}

char *assess_recognised(const Recognised *sender)
{
    g_autofree char *tlds = tlds_of(sender);
    return g_strdup_printf("%s address of %s%s", sender->is_secondary ? "secondary" : "primary",
                           sender->name, tlds);
}

/* What readers see of who wrote it (R85, R86). */
static void describe_sender(const Recognised *sender, char **ret_mark, char **ret_recognised)
{
    if (sender == NULL) {
        *ret_mark = g_strdup("not a member");
        *ret_recognised = g_strdup("not recognised: not a member's address");
        return;
    }
    g_autofree char *tlds = tlds_of(sender);
    g_autofree char *text = assess_recognised(sender);
    *ret_mark = sender->is_secondary ? g_strconcat("secondary address", tlds, NULL) : NULL;
    *ret_recognised = g_strconcat("recognised: ", text, NULL);
}

/* Makes the header of the copy. That none can be made is a fact about the mail, not a failure.
 */
static bool make_head(Inquiry *inquiry, Head *head, GError **err)
{
    const InboxItem *item = inquiry->item;
    const Recognised *sender = inquiry->result->sender;
    g_autofree char *mark = NULL;
    g_autofree char *recognised = NULL;
    describe_sender(sender, &mark, &recognised);
    const RewritePost post = {
        .config = inquiry->work->config,
        .message = inquiry->message,
        .route = item->route,
        .detail = item->detail,
        .author_name = sender != NULL ? sender->name : NULL,
        .mark = mark,
        .recognised = recognised,
        .is_from_safe = inquiry->result->evidence.dmarc_policy == DMARC_POLICY_NONE,
        .is_utf8 = item->is_utf8,
        .id = item->id,
        .now = inquiry->work->now,
    };
    bool is_made = item->route == ROUTE_OWNER ? rewrite_forward(&post, head, err)
                                              : rewrite_post(&post, head, err);
    if (is_made)
        inquiry->result->head = head_format(head);
    return is_made;
}

static void find_copy(Inquiry *inquiry)
{
    const InboxItem *item = inquiry->item;
    bool has_copy = policy_is_post(item->route) || item->route == ROUTE_OWNER;
    if (inquiry->message == NULL || !has_copy)
        return;
    g_autoptr(GError) why = NULL;
    g_autoptr(Head) head = head_parse(item->data, &why);
    if (head != NULL) {
        inquiry->facts.has_loop_mark = rewrite_is_ours(inquiry->work->config, inquiry->message,
                                                       head);
        inquiry->result->body_offset = head_body_offset(head);
        make_head(inquiry, head, &why);
    }
    if (why != NULL)
        inquiry->result->damage = g_strdup(why->message);
    else
        inquiry->facts.copy_size = (int64_t) g_bytes_get_size(inquiry->result->head) +
                                   item->size - (int64_t) inquiry->result->body_offset;
    inquiry->facts.damage = inquiry->result->damage;
}

/* Addresses behind which no person reads (RFC 3834 section 2), and our own. */
static bool is_robot(const char *address)
{
    static const char *const PATTERNS[] = {
        "mailer-daemon@*", "postmaster@*", "owner-*",     "*-owner@*", "*-request@*",
        "*-bounces@*",     "*-bounces+*",  "no-reply*",   "noreply*",  "donotreply*",
        "do-not-reply*",   "listserv@*",   "majordomo@*", "bounce-*",  "bounces-*",
    };
    g_autofree char *lower = g_ascii_strdown(address, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(PATTERNS); i++) {
        if (g_pattern_match_simple(PATTERNS[i], lower))
            return true;
    }
    return false;
}

static bool may_be_answered(const Inquiry *inquiry)
{
    const char *address = inquiry->result->answer_to;
    g_auto(Route) route = { ROUTE_NONE, NULL };
    if (address[0] == '\0' || !policy_is_post(inquiry->item->route))
        return false;
    if (inquiry->result->sender != NULL)
        return true;
    route = route_of(inquiry->work->config->list, address);
    return route.kind == ROUTE_NONE && !is_robot(address);
}

/* Whether the bounds on automatic mail leave room for an answer; which one is the policy's
 * matter. */
static bool find_bounds(Inquiry *inquiry, GError **err)
{
    Db *db = inquiry->work->db;
    int64_t now = inquiry->work->now;
    const char *address = inquiry->result->answer_to;
    const char *held = policy_answer_name(POLICY_ANSWER_HELD);
    const char *refused = policy_answer_name(POLICY_ANSWER_REFUSED);
    bool may_send = false;
    bool was_held = false;
    bool was_refused = false;
    bool is_asked = false;
    const Recognised *sender = inquiry->result->sender;
    if (!may_be_answered(inquiry))
        return true;
    if (!answered_may_send(db, now, &may_send, err) ||
        !answered_was(db, address, held, now, &was_held, err) ||
        !answered_was(db, address, refused, now, &was_refused, err) ||
        (sender != NULL && !lookup_is_asked_enough(db, sender->person_id, &is_asked, err)))
        return false;
    inquiry->facts.may_tell_held = may_send && !was_held;
    inquiry->facts.may_tell_refused = may_send && !was_refused;
    inquiry->facts.may_confirm = may_send && !is_asked;
    return true;
}

static bool find_history(Inquiry *inquiry, GError **err)
{
    const InboxItem *item = inquiry->item;
    if (inquiry->message == NULL || !policy_is_post(item->route))
        return true;
    const LookupPost post = {
        .header_id = inquiry->message->message_id,
        .sender = inquiry->result->author != NULL ? inquiry->result->author->address : NULL,
        .route = item->route,
        .detail = item->detail,
        .but_id = item->id,
    };
    return lookup_seen(inquiry->work->db, &post, &inquiry->facts.seen, err);
}

static bool find_confirmation(Inquiry *inquiry, GError **err)
{
    if (inquiry->item->route != ROUTE_CONFIRM)
        return true;
    LookupToken token;
    if (!lookup_token(inquiry->work->db, inquiry->item->detail, inquiry->work->now, &token,
                      err))
        return false;
    inquiry->facts.token = token.token;
    inquiry->result->held_id = token.inbox_id;
    inquiry->result->confirmation_id = token.confirmation_id;
    if (inquiry->message != NULL)
        inquiry->result->says = answer_read(inquiry->message->text, NULL);
    inquiry->facts.says = inquiry->result->says;
    return true;
}

bool assess(const Work *work, const InboxItem *item, const Message *message,
            const char *unreadable, Assessment **ret_assessment, GError **err)
{
    g_autoptr(Assessment) result = g_new0(Assessment, 1);
    Inquiry inquiry = {
        .work = work,
        .item = item,
        .message = message,
        .result = result,
        .facts = { .route = item->route,
                   .envelope_from = item->envelope_from,
                   .message = message,
                   .damage = unreadable,
                   .size_max = work->config->max_post_size },
    };
    if (!recognise(&inquiry, err) || !find_readers(&inquiry, err) ||
        !find_bounds(&inquiry, err) || !find_history(&inquiry, err) ||
        !find_confirmation(&inquiry, err))
        return false;
    find_proof(&inquiry);
    find_copy(&inquiry);
    if (message != NULL && message->subject != NULL)
        result->tlp_notice = tlp_read(message->subject, &result->tlp);
    result->verdict = policy_decide(&inquiry.facts);
    *ret_assessment = g_steal_pointer(&result);
    return true;
}
