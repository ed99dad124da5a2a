#include "alert/policy.h"

#include <string.h>

#include "base/limits.h"

/* What a rule looks at. */
typedef bool (*Condition)(const PolicyFacts *facts);

typedef struct {
    const char *name;
    unsigned routes; /* bits of RouteKind */
    Condition fits;  /* NULL: always */
    InboxState state;
    PolicyWaits waits_for;
    PolicyAnswer answer;
    const char *reason;
    const char *(*detail)(const PolicyFacts *facts); /* follows the reason; may be NULL */
} Rule;

static bool is_loop(const PolicyFacts *facts)
{
    bool is_tossed = facts->message != NULL && facts->message->received_fields > RECEIVED_MAX;
    return facts->has_loop_mark || is_tossed;
}

static bool is_unreadable(const PolicyFacts *facts)
{
    return facts->message == NULL;
}

static bool is_damaged(const PolicyFacts *facts)
{
    return facts->damage != NULL;
}

/* Reports of delivery come with an empty envelope sender; some broken servers give one. What
 * has an empty envelope sender and says nothing else of itself is taken for one too. A report
 * among the parts makes none of a person's mail: people show each other what came back. */
static bool is_bounce(const PolicyFacts *facts)
{
    const Message *message = facts->message;
    bool is_null = facts->envelope_from[0] == '\0';
    bool is_report = message->reports->len > 0 && message->automatic != NULL;
    return is_report || message->failed_recipients->len > 0 ||
           g_strcmp0(message->report_type, "delivery-status") == 0 ||
           (is_null && message->automatic == NULL);
}

static bool is_automatic(const PolicyFacts *facts)
{
    return facts->message->automatic != NULL;
}

/* A member's monitoring, or his mail by way of a list of his own, may carry an alert. It is no
 * reply to anything of ours, so a person looks at it. Replies of machines never pass. */
static bool is_machine_of_member(const PolicyFacts *facts)
{
    const Message *message = facts->message;
    bool is_generated = g_strcmp0(message->auto_submitted, "auto-generated") == 0 ||
                        g_strcmp0(message->automatic, "Precedence: list") == 0;
    return is_generated && message->in_reply_to == NULL && facts->is_member;
}

static bool has_no_from(const PolicyFacts *facts)
{
    return facts->message->from_fields == 0 || facts->message->from->len == 0;
}

/* Readers disagree on which of them they show (RFC 5322 section 3.6 allows one field). */
static bool has_many_froms(const PolicyFacts *facts)
{
    return facts->message->from_fields != 1 || facts->message->from->len != 1;
}

static bool has_no_address(const PolicyFacts *facts)
{
    const Mailbox *author = facts->message->from->pdata[0];
    return author->address == NULL;
}

static bool is_released(const PolicyFacts *facts)
{
    return facts->released_by != NULL;
}

static bool is_empty(const PolicyFacts *facts)
{
    return facts->message->is_empty;
}

static bool is_oversize(const PolicyFacts *facts)
{
    return facts->copy_size > facts->size_max;
}

/* A post that waits does not keep out the same post with evidence: else a forged copy that
 * came first would stop the true one. */
static bool is_duplicate(const PolicyFacts *facts)
{
    return facts->seen == POLICY_SEEN_ACCEPTED ||
           (facts->seen == POLICY_SEEN_HELD && facts->evidence == NULL);
}

static bool has_no_readers(const PolicyFacts *facts)
{
    return !facts->has_readers && (facts->is_member || is_released(facts));
}

static bool is_stranger(const PolicyFacts *facts)
{
    return !facts->is_member;
}

static bool lacks_evidence(const PolicyFacts *facts)
{
    return facts->evidence == NULL && facts->may_confirm;
}

static bool lacks_evidence_and_answers(const PolicyFacts *facts)
{
    return facts->evidence == NULL;
}

/* The committee's list takes mail from other members, as they have questions to it; but it is
 * a list of its own (R132), so a person lets them in. */
static bool is_guest(const PolicyFacts *facts)
{
    return !facts->is_committee;
}

static bool is_machine(const PolicyFacts *facts)
{
    return is_bounce(facts) || is_automatic(facts);
}

static bool is_token_unknown(const PolicyFacts *facts)
{
    return facts->token == POLICY_TOKEN_UNKNOWN;
}

static bool is_token_used(const PolicyFacts *facts)
{
    return facts->token == POLICY_TOKEN_USED;
}

static bool is_token_expired(const PolicyFacts *facts)
{
    return facts->token == POLICY_TOKEN_EXPIRED;
}

static bool is_token_settled(const PolicyFacts *facts)
{
    return facts->token == POLICY_TOKEN_SETTLED;
}

static bool says_yes(const PolicyFacts *facts)
{
    return facts->says == ANSWER_YES;
}

static bool says_no(const PolicyFacts *facts)
{
    return facts->says == ANSWER_NO;
}

static const char *detail_automatic(const PolicyFacts *facts)
{
    return facts->message->automatic;
}

static const char *detail_damage(const PolicyFacts *facts)
{
    return facts->damage;
}

static const char *detail_evidence(const PolicyFacts *facts)
{
    return facts->evidence;
}

#define EVERYONE  (1U << ROUTE_EVERYONE)
#define COMMITTEE (1U << ROUTE_COMMITTEE)
#define TLD       (1U << ROUTE_TLD)
#define REQUEST   (1U << ROUTE_REQUEST)
#define CONFIRM   (1U << ROUTE_CONFIRM)
#define BOUNCE    (1U << ROUTE_BOUNCE)
#define OWNER     (1U << ROUTE_OWNER)
#define POSTS     (EVERYONE | COMMITTEE | TLD)
#define PEOPLE    (POSTS | OWNER)

#define TO_NOBODY      POLICY_WAITS_FOR_NOTHING, POLICY_ANSWER_NONE
#define TO_MEMBER      POLICY_WAITS_FOR_NOTHING, POLICY_ANSWER_REFUSED
#define AND_WAIT       POLICY_WAITS_FOR_SECRETARIAT, POLICY_ANSWER_NONE
#define AND_WAIT_KNOWN POLICY_WAITS_FOR_SECRETARIAT, POLICY_ANSWER_HELD
#define AND_ASK        POLICY_WAITS_FOR_CONFIRMATION, POLICY_ANSWER_CONFIRMATION

/* In order: what has a place of its own, what must not and what cannot be sent on, what a
 * person has looked at, what nobody needs, and then whose word counts where. The last rule of
 * each route always fits. */
static const Rule RULES[] = {
    /* clang-format off */
    { "bounce-address", BOUNCE, NULL, INBOX_KEPT, TO_NOBODY,
      "mail to a bounce address is kept for the handling of bounces", NULL },
    { "request-address", REQUEST, NULL, INBOX_KEPT, TO_NOBODY,
      "a request is kept for the secretariat", NULL },
    { "unreadable-post", POSTS, is_unreadable, INBOX_REFUSED, TO_MEMBER,
      "it cannot be read", detail_damage },
    { "unreadable", OWNER | CONFIRM, is_unreadable, INBOX_KEPT, TO_NOBODY,
      "it cannot be read", detail_damage },
    { "loop", POSTS, is_loop, INBOX_DROPPED, TO_NOBODY,
      "it has been through this list before, or through too many mail servers", NULL },
    { "loop-owner", OWNER, is_loop, INBOX_KEPT, TO_NOBODY,
      "it has been through this list before, or through too many mail servers", NULL },

    { "bounce", POSTS, is_bounce, INBOX_KEPT, TO_NOBODY,
      "a report of delivery, which belongs to a bounce address", NULL },
    { "machine-owner", OWNER, is_machine, INBOX_KEPT, TO_NOBODY,
      "a machine's answer or report, which no person needs to see", detail_automatic },
    { "machine-answer", CONFIRM, is_machine, INBOX_KEPT, TO_NOBODY,
      "an automatic answer confirms nothing", detail_automatic },

    { "token-unknown", CONFIRM, is_token_unknown, INBOX_KEPT, TO_NOBODY,
      "nothing waits for this confirmation", NULL },
    { "token-used", CONFIRM, is_token_used, INBOX_KEPT, TO_NOBODY,
      "this confirmation has been answered before", NULL },
    { "token-expired", CONFIRM, is_token_expired, INBOX_KEPT, TO_NOBODY,
      "this confirmation came too late", NULL },
    { "token-settled", CONFIRM, is_token_settled, INBOX_KEPT, TO_NOBODY,
      "the secretariat has decided before this confirmation came", NULL },
    { "yes", CONFIRM, says_yes, INBOX_CONFIRMED, TO_NOBODY,
      "answered yes: the post goes out", NULL },
    { "no", CONFIRM, says_no, INBOX_CONFIRMED, TO_NOBODY,
      "answered no: the post is dropped", NULL },
    { "unclear", CONFIRM, NULL, INBOX_KEPT, TO_NOBODY,
      "the answer begins neither with yes nor with no, so it changes nothing", NULL },

    { "owner-damaged", OWNER, is_damaged, INBOX_KEPT, TO_NOBODY,
      "it cannot be handed on", detail_damage },
    { "owner", OWNER, NULL, INBOX_FORWARDED, TO_NOBODY, "handed on to the secretariat", NULL },

    { "no-from", POSTS, has_no_from, INBOX_REFUSED, TO_MEMBER,
      "it has no author: the From field is missing or empty", NULL },
    { "many-froms", POSTS, has_many_froms, INBOX_REFUSED, TO_MEMBER,
      "it names more than one author", NULL },
    { "no-address", POSTS, has_no_address, INBOX_REFUSED, TO_MEMBER,
      "the From field holds no mail address", NULL },
    { "damaged", POSTS, is_damaged, INBOX_REFUSED, TO_MEMBER,
      "no clean copy of it can be made", detail_damage },
    { "oversize", POSTS, is_oversize, INBOX_REFUSED, TO_MEMBER,
      "it is larger than posts may be", NULL },
    { "no-readers", POSTS, has_no_readers, INBOX_REFUSED, TO_MEMBER,
      "nobody is on file to send it to", NULL },
    { "released", POSTS, is_released, INBOX_ACCEPTED, TO_NOBODY,
      "released by the secretariat", NULL },
    { "machine-of-member", POSTS, is_machine_of_member, INBOX_HELD, AND_WAIT,
      "made by a machine, from a member's address", detail_automatic },
    { "automatic", POSTS, is_automatic, INBOX_DROPPED, TO_NOBODY,
      "an automatic mail is no post", detail_automatic },
    { "empty", POSTS, is_empty, INBOX_REFUSED, TO_MEMBER, "it has no text", NULL },
    { "duplicate", POSTS, is_duplicate, INBOX_DROPPED, TO_NOBODY,
      "the same post came before", NULL },

    { "stranger", POSTS, is_stranger, INBOX_HELD, AND_WAIT_KNOWN,
      "the address in From belongs to no member", NULL },
    { "unproven", POSTS, lacks_evidence, INBOX_HELD, AND_ASK,
      "nothing shows that the member in From has sent it", NULL },
    { "unproven-too-often", POSTS, lacks_evidence_and_answers, INBOX_HELD, AND_WAIT,
      "nothing shows that the member in From has sent it, and too many confirmations are out",
      NULL },
    { "guest", COMMITTEE, is_guest, INBOX_HELD, AND_WAIT_KNOWN,
      "the author is a member but not on the committee", NULL },
    { "committee-member", COMMITTEE, NULL, INBOX_ACCEPTED, TO_NOBODY,
      "from the committee", detail_evidence },
    /* Any member may write to any TLD's contacts (R130, R147). */
    { "member", EVERYONE | TLD, NULL, INBOX_ACCEPTED, TO_NOBODY,
      "from a member", detail_evidence },
    /* clang-format on */
};

void verdict_clear(Verdict *verdict)
{
    g_clear_pointer(&verdict->reason, g_free);
}

const char *policy_answer_name(PolicyAnswer answer)
{
    static const char *const NAMES[] = {
        [POLICY_ANSWER_NONE] = "none",
        [POLICY_ANSWER_CONFIRMATION] = "confirmation",
        [POLICY_ANSWER_HELD] = "held",
        [POLICY_ANSWER_REFUSED] = "refused",
    };
    g_assert(answer < G_N_ELEMENTS(NAMES));
    return NAMES[answer];
}

const char *policy_waits_name(PolicyWaits waits)
{
    static const char *const NAMES[] = {
        [POLICY_WAITS_FOR_NOTHING] = NULL,
        [POLICY_WAITS_FOR_CONFIRMATION] = "confirmation",
        [POLICY_WAITS_FOR_SECRETARIAT] = "secretariat",
    };
    g_assert(waits < G_N_ELEMENTS(NAMES));
    return NAMES[waits];
}

bool policy_is_post(RouteKind route)
{
    return ((1U << route) & POSTS) != 0;
}

/* RFC 3834 section 2: nothing goes to machines, nor where nobody gave an address. A refusal
 * goes to members only, as strangers' addresses are mostly forged; what was asked of a rule
 * stays within its bounds. */
static PolicyAnswer answer_within_bounds(const PolicyFacts *facts, PolicyAnswer answer)
{
    bool is_from_machine = facts->message != NULL && facts->message->automatic != NULL;
    if (answer == POLICY_ANSWER_NONE || facts->envelope_from[0] == '\0' || is_from_machine)
        return POLICY_ANSWER_NONE;
    switch (answer) {
    case POLICY_ANSWER_REFUSED:
        return facts->is_member && facts->may_tell_refused ? answer : POLICY_ANSWER_NONE;
    case POLICY_ANSWER_HELD:
        return facts->may_tell_held ? answer : POLICY_ANSWER_NONE;
    case POLICY_ANSWER_CONFIRMATION: /* its bound is a condition of its rule */
    case POLICY_ANSWER_NONE:
        break;
    }
    return answer;
}

static bool rule_fits(const Rule *rule, const PolicyFacts *facts)
{
    return (rule->routes & (1U << facts->route)) != 0 &&
           (rule->fits == NULL || rule->fits(facts));
}

static char *reason_of(const Rule *rule, const PolicyFacts *facts)
{
    const char *detail = rule->detail == NULL ? NULL : rule->detail(facts);
    if (detail == NULL)
        return g_strdup(rule->reason);
    return g_strdup_printf("%s: %s", rule->reason, detail);
}

Verdict policy_decide(const PolicyFacts *facts)
{
    const Rule *rule = RULES;
    while (!rule_fits(rule, facts)) {
        rule++;
        g_assert(rule < RULES + G_N_ELEMENTS(RULES));
    }
    return (Verdict){
        .rule = rule->name,
        .state = rule->state,
        .waits_for = rule->waits_for,
        .answer = answer_within_bounds(facts, rule->answer),
        .reason = reason_of(rule, facts),
    };
}

const char *policy_rule(size_t place)
{
    return place < G_N_ELEMENTS(RULES) ? RULES[place].name : NULL;
}
