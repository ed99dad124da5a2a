#include "alert/policy.h"

#include <string.h>

#include "base/limits.h"

/* What differs from a plain post of a member with evidence. */
typedef struct {
    const char *rule; /* the one that must decide */
    RouteKind route;
    InboxState state;
    PolicyWaits waits_for;
    PolicyAnswer answer;
    void (*change)(PolicyFacts *facts, Message *message);
} Case;

static void change_nothing(PolicyFacts *facts, Message *message)
{
}

static void change_to_unreadable(PolicyFacts *facts, Message *message)
{
    facts->message = NULL;
    facts->damage = "the header is larger than 65536 bytes";
}

static void change_to_own_list_id(PolicyFacts *facts, Message *message)
{
    facts->has_loop_mark = true;
    facts->released_by = "cli:jane"; /* not even then */
}

static void change_to_many_hops(PolicyFacts *facts, Message *message)
{
    message->received_fields = RECEIVED_MAX + 1;
}

static void change_to_most_hops(PolicyFacts *facts, Message *message)
{
    message->received_fields = RECEIVED_MAX;
}

static void change_to_report(PolicyFacts *facts, Message *message)
{
    g_ptr_array_add(message->reports, g_new0(MessageReport, 1));
    message->automatic = g_strdup("multipart/report");
}

/* Somebody shows others what came back to him. */
static void change_to_attached_report(PolicyFacts *facts, Message *message)
{
    g_ptr_array_add(message->reports, g_new0(MessageReport, 1));
}

static void change_to_null_sender(PolicyFacts *facts, Message *message)
{
    facts->envelope_from = "";
}

static void change_to_vacation(PolicyFacts *facts, Message *message)
{
    facts->envelope_from = "";
    message->auto_submitted = g_strdup("auto-replied");
    message->automatic = g_strdup("Auto-Submitted: auto-replied");
}

static void change_to_monitoring(PolicyFacts *facts, Message *message)
{
    message->auto_submitted = g_strdup("auto-generated");
    message->automatic = g_strdup("Auto-Submitted: auto-generated");
}

static void change_to_released_monitoring(PolicyFacts *facts, Message *message)
{
    change_to_monitoring(facts, message);
    facts->released_by = "cli:jane";
}

static void change_to_generated_reply(PolicyFacts *facts, Message *message)
{
    change_to_monitoring(facts, message);
    message->in_reply_to = g_strdup("alert.1@lists.example.org");
}

static void change_to_stranger(PolicyFacts *facts, Message *message)
{
    facts->is_member = false;
}

static void change_to_unknown_monitoring(PolicyFacts *facts, Message *message)
{
    change_to_monitoring(facts, message);
    change_to_stranger(facts, message);
}

static void change_to_no_from(PolicyFacts *facts, Message *message)
{
    message->from_fields = 0;
    g_ptr_array_set_size(message->from, 0);
}

static void change_to_two_froms(PolicyFacts *facts, Message *message)
{
    message->from_fields = 2;
}

static void change_to_two_authors(PolicyFacts *facts, Message *message)
{
    g_ptr_array_add(message->from, g_new0(Mailbox, 1));
}

static void change_to_no_address(PolicyFacts *facts, Message *message)
{
    Mailbox *author = message->from->pdata[0];
    g_clear_pointer(&author->address, g_free);
}

static void change_to_damaged(PolicyFacts *facts, Message *message)
{
    facts->damage = "it has more than one Content-Type field";
}

static void change_to_damaged_stranger(PolicyFacts *facts, Message *message)
{
    change_to_damaged(facts, message);
    change_to_stranger(facts, message);
}

static void change_to_oversize(PolicyFacts *facts, Message *message)
{
    facts->copy_size = facts->size_max + 1;
}

static void change_to_nobody(PolicyFacts *facts, Message *message)
{
    facts->has_readers = false;
}

static void change_to_released_to_nobody(PolicyFacts *facts, Message *message)
{
    facts->has_readers = false;
    facts->is_member = false;
    facts->released_by = "cli:jane";
}

static void change_to_empty(PolicyFacts *facts, Message *message)
{
    message->is_empty = true;
}

static void change_to_empty_answered(PolicyFacts *facts, Message *message)
{
    message->is_empty = true;
    facts->may_tell_refused = false;
}

static void change_to_duplicate(PolicyFacts *facts, Message *message)
{
    facts->seen = POLICY_SEEN_ACCEPTED;
}

static void change_to_true_after_forged(PolicyFacts *facts, Message *message)
{
    facts->seen = POLICY_SEEN_HELD;
}

static void change_to_held_again(PolicyFacts *facts, Message *message)
{
    facts->seen = POLICY_SEEN_HELD;
    facts->evidence = NULL;
}

static void change_to_answered_stranger(PolicyFacts *facts, Message *message)
{
    facts->is_member = false;
    facts->may_tell_held = false;
}

static void change_to_released_stranger(PolicyFacts *facts, Message *message)
{
    facts->is_member = false;
    facts->evidence = NULL;
    facts->released_by = "cli:jane";
}

static void change_to_unproven(PolicyFacts *facts, Message *message)
{
    facts->evidence = NULL;
}

static void change_to_unproven_often(PolicyFacts *facts, Message *message)
{
    facts->evidence = NULL;
    facts->may_confirm = false;
}

static void change_to_confirmed(PolicyFacts *facts, Message *message)
{
    facts->evidence = "confirmed by answer";
    facts->seen = POLICY_SEEN_HELD;
}

static void change_to_confirmed_twin(PolicyFacts *facts, Message *message)
{
    change_to_confirmed(facts, message);
    facts->seen = POLICY_SEEN_ACCEPTED;
}

static void change_to_committee(PolicyFacts *facts, Message *message)
{
    facts->is_committee = true;
}

static void change_to_unproven_committee(PolicyFacts *facts, Message *message)
{
    change_to_committee(facts, message);
    facts->evidence = NULL;
}

static void change_to_unproven_guest(PolicyFacts *facts, Message *message)
{
    facts->evidence = NULL;
}

static void change_to_yes(PolicyFacts *facts, Message *message)
{
    facts->says = ANSWER_YES;
}

static void change_to_no(PolicyFacts *facts, Message *message)
{
    facts->says = ANSWER_NO;
}

static void change_to_automatic_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    message->automatic = g_strdup("Auto-Submitted: auto-replied");
}

static void change_to_null_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    facts->envelope_from = "";
}

static void change_to_reported_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    change_to_report(facts, message);
}

static void change_to_unknown_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    facts->token = POLICY_TOKEN_UNKNOWN;
}

static void change_to_used_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    facts->token = POLICY_TOKEN_USED;
}

static void change_to_late_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    facts->token = POLICY_TOKEN_EXPIRED;
}

static void change_to_settled_yes(PolicyFacts *facts, Message *message)
{
    change_to_yes(facts, message);
    facts->token = POLICY_TOKEN_SETTLED;
}

#define NOTHING      POLICY_WAITS_FOR_NOTHING
#define SECRETARIAT  POLICY_WAITS_FOR_SECRETARIAT
#define CONFIRMATION POLICY_WAITS_FOR_CONFIRMATION
#define NO_ANSWER    POLICY_ANSWER_NONE
#define TELL_REFUSED POLICY_ANSWER_REFUSED
#define TELL_HELD    POLICY_ANSWER_HELD
#define ASK          POLICY_ANSWER_CONFIRMATION

/* clang-format off */
static const Case CASES[] = {
    { "bounce-address", ROUTE_BOUNCE, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_report },
    { "bounce-address", ROUTE_BOUNCE, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_unreadable },
    { "request-address", ROUTE_REQUEST, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_stranger },
    { "request-address", ROUTE_REQUEST, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_own_list_id },
    { "unreadable-post", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_unreadable },
    { "unreadable", ROUTE_OWNER, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_unreadable },
    { "unreadable", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_unreadable },
    { "loop", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_own_list_id },
    { "loop", ROUTE_TLD, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_many_hops },
    { "member", ROUTE_TLD, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_most_hops },
    { "loop-owner", ROUTE_OWNER, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_own_list_id },
    { "bounce", ROUTE_EVERYONE, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_report },
    { "member", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_attached_report },
    { "owner", ROUTE_OWNER, INBOX_FORWARDED, NOTHING, NO_ANSWER, change_to_attached_report },
    { "bounce", ROUTE_COMMITTEE, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_null_sender },
    { "machine-owner", ROUTE_OWNER, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_vacation },
    { "machine-owner", ROUTE_OWNER, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_report },
    { "machine-answer", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_automatic_yes },
    { "machine-answer", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_null_yes },
    { "machine-answer", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_reported_yes },
    { "token-unknown", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_unknown_yes },
    { "token-used", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_used_yes },
    { "token-expired", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_late_yes },
    { "token-settled", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_settled_yes },
    { "yes", ROUTE_CONFIRM, INBOX_CONFIRMED, NOTHING, NO_ANSWER, change_to_yes },
    { "no", ROUTE_CONFIRM, INBOX_CONFIRMED, NOTHING, NO_ANSWER, change_to_no },
    { "unclear", ROUTE_CONFIRM, INBOX_KEPT, NOTHING, NO_ANSWER, change_nothing },
    { "owner-damaged", ROUTE_OWNER, INBOX_KEPT, NOTHING, NO_ANSWER, change_to_damaged },
    { "owner", ROUTE_OWNER, INBOX_FORWARDED, NOTHING, NO_ANSWER, change_to_stranger },
    { "owner", ROUTE_OWNER, INBOX_FORWARDED, NOTHING, NO_ANSWER, change_to_no_from },
    { "no-from", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_no_from },
    { "many-froms", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_two_froms },
    { "many-froms", ROUTE_TLD, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_two_authors },
    { "no-address", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_no_address },
    { "damaged", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_damaged },
    { "damaged", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, NO_ANSWER, change_to_damaged_stranger },
    { "oversize", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_oversize },
    { "no-readers", ROUTE_TLD, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_nobody },
    { "no-readers", ROUTE_TLD, INBOX_REFUSED, NOTHING, NO_ANSWER, change_to_released_to_nobody },
    { "released", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_released_stranger },
    { "released", ROUTE_COMMITTEE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_released_stranger },
    { "released", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_released_monitoring },
    { "machine-of-member", ROUTE_EVERYONE, INBOX_HELD, SECRETARIAT, NO_ANSWER, change_to_monitoring },
    { "automatic", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_vacation },
    { "automatic", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_generated_reply },
    { "automatic", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_unknown_monitoring },
    { "empty", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, TELL_REFUSED, change_to_empty },
    { "empty", ROUTE_EVERYONE, INBOX_REFUSED, NOTHING, NO_ANSWER, change_to_empty_answered },
    { "duplicate", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_duplicate },
    { "duplicate", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_held_again },
    { "duplicate", ROUTE_EVERYONE, INBOX_DROPPED, NOTHING, NO_ANSWER, change_to_confirmed_twin },
    { "stranger", ROUTE_EVERYONE, INBOX_HELD, SECRETARIAT, TELL_HELD, change_to_stranger },
    { "stranger", ROUTE_COMMITTEE, INBOX_HELD, SECRETARIAT, TELL_HELD, change_to_stranger },
    { "stranger", ROUTE_EVERYONE, INBOX_HELD, SECRETARIAT, NO_ANSWER, change_to_answered_stranger },
    { "unproven", ROUTE_EVERYONE, INBOX_HELD, CONFIRMATION, ASK, change_to_unproven },
    { "unproven", ROUTE_COMMITTEE, INBOX_HELD, CONFIRMATION, ASK, change_to_unproven_committee },
    { "unproven", ROUTE_COMMITTEE, INBOX_HELD, CONFIRMATION, ASK, change_to_unproven_guest },
    { "unproven-too-often", ROUTE_TLD, INBOX_HELD, SECRETARIAT, NO_ANSWER, change_to_unproven_often },
    { "guest", ROUTE_COMMITTEE, INBOX_HELD, SECRETARIAT, TELL_HELD, change_nothing },
    { "committee-member", ROUTE_COMMITTEE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_committee },
    { "member", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_nothing },
    { "member", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_committee },
    { "member", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_true_after_forged },
    { "member", ROUTE_EVERYONE, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_to_confirmed },
    { "member", ROUTE_TLD, INBOX_ACCEPTED, NOTHING, NO_ANSWER, change_nothing },
};
/* clang-format on */

static Message *plain_message(void)
{
    Message *message = message_new();
    Mailbox *author = g_new0(Mailbox, 1);
    author->address = g_strdup("jane@nic.example");
    author->raw = g_strdup("jane@nic.example");
    g_ptr_array_add(message->from, author);
    message->from_fields = 1;
    message->text = (g_free(message->text), g_strdup("We are under attack."));
    return message;
}

static Verdict decide(const Case *c)
{
    g_autoptr(Message) message = plain_message();
    PolicyFacts facts = {
        .route = c->route,
        .envelope_from = "jane@nic.example",
        .message = message,
        .copy_size = 1000,
        .size_max = 1000,
        .is_member = true,
        .evidence = "dmarc=pass",
        .has_readers = true,
        .may_tell_held = true,
        .may_tell_refused = true,
        .may_confirm = true,
    };
    c->change(&facts, message);
    return policy_decide(&facts);
}

static void test_facts_lead_to_their_rule(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        const Case *c = &CASES[i];
        g_test_message("%zu: %s", i, c->rule);
        g_auto(Verdict) verdict = decide(c);
        g_assert_cmpstr(verdict.rule, ==, c->rule);
        g_assert_cmpint(verdict.state, ==, c->state);
        g_assert_cmpint(verdict.waits_for, ==, c->waits_for);
        g_assert_cmpint(verdict.answer, ==, c->answer);
        g_assert_nonnull(verdict.reason);
    }
}

static void test_every_rule_has_a_case(void)
{
    size_t rules = 0;
    for (; policy_rule(rules) != NULL; rules++) {
        bool found = false;
        for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++)
            found = found || strcmp(CASES[i].rule, policy_rule(rules)) == 0;
        g_test_message("%s", policy_rule(rules));
        g_assert_true(found);
    }
    g_assert_cmpuint(rules, >, 30);
}

static void test_reason_names_what_was_found(void)
{
    const Case c = { "automatic", ROUTE_EVERYONE, INBOX_DROPPED,
                     NOTHING,     NO_ANSWER,      change_to_vacation };
    g_auto(Verdict) verdict = decide(&c);
    g_assert_cmpstr(verdict.reason, ==,
                    "an automatic mail is no post: Auto-Submitted: auto-replied");
}

/* Whatever the facts, nothing automatic is answered (RFC 3834 section 2). */
static void test_machines_get_no_answer(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        Case c = CASES[i];
        if (c.change == change_to_unreadable)
            continue;
        g_autoptr(Message) message = plain_message();
        PolicyFacts facts = { .route = c.route,
                              .envelope_from = "jane@nic.example",
                              .message = message,
                              .is_member = true,
                              .has_readers = true,
                              .may_tell_held = true,
                              .may_tell_refused = true,
                              .may_confirm = true,
                              .size_max = 1000 };
        c.change(&facts, message);
        g_clear_pointer(&message->automatic, g_free);
        message->automatic = g_strdup("Precedence: bulk");
        g_auto(Verdict) verdict = policy_decide(&facts);
        g_test_message("%zu: %s", i, verdict.rule);
        g_assert_cmpint(verdict.answer, ==, POLICY_ANSWER_NONE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/policy/rules", test_facts_lead_to_their_rule);
    g_test_add_func("/policy/covered", test_every_rule_has_a_case);
    g_test_add_func("/policy/reason", test_reason_names_what_was_found);
    g_test_add_func("/policy/machines", test_machines_get_no_answer);
    return g_test_run();
}
