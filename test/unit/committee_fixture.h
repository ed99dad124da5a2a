/* A committee and its decisions, for tests of committee/. */
#pragma once

#include "alert_fixture.h"
#include "committee/decision.h"

#define DAY 86400

/* Chris is the chair already, from the fixture; Ann and Ben join the committee, Sam and Lia
 * have no vote. */
typedef struct {
    int64_t chris, ann, ben;
} People;

static inline Edit edit_now(const Community *c)
{
    return (Edit){ .actor = "cli:test", .now = c->work.now, .contacts_per_tld = 3 };
}

static inline int64_t appoint(Community *c, const char *name, const char *kind)
{
    g_autoptr(GError) err = NULL;
    const Edit edit = edit_now(c);
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *primary = g_strconcat(lower, "@", lower, ".example", NULL);
    const PersonInput input = { .given_name = name, .family_name = "Roe", .primary = primary };
    int64_t id = 0;
    office_grant_new(c->store.db, &edit, &input, kind, c->work.now, &id, &err);
    g_assert_no_error(err);
    return id;
}

static inline People committee(Community *c)
{
    People p = { .chris = count(c, "SELECT person_id FROM office WHERE kind = 'chair'") };
    p.ann = appoint(c, "Ann", "committee");
    p.ben = appoint(c, "Ben", "committee");
    (void) appoint(c, "Sam", "secretary");
    (void) appoint(c, "Lia", "liaison");
    return p;
}

static inline void end_office(Community *c, int64_t person_id, const char *kind)
{
    g_autoptr(GError) err = NULL;
    const Edit edit = edit_now(c);
    office_end(c->store.db, &edit, person_id, kind, c->work.now, &err);
    g_assert_no_error(err);
}

static inline bool open_input(Community *c, const DecisionInput *input, int64_t *ret_id,
                              GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(c->store.db, err);
    return decision_open(&c->work, input, ret_id, err) && db_commit(&transaction, err);
}

static inline int64_t ask(Community *c)
{
    g_autoptr(GError) err = NULL;
    const DecisionInput input = { .question = "Remove Jane?",
                                  .reference_kind = "request",
                                  .reference = "142" };
    int64_t id = 0;
    open_input(c, &input, &id, &err);
    g_assert_no_error(err);
    return id;
}

static inline bool try_vote(Community *c, int64_t id, int64_t person_id, int64_t choice,
                            GError **err)
{
    const DecisionVote cast = { .person_id = person_id,
                                .choice = choice,
                                .via = DECISION_VIA_COMMAND,
                                .cast_at = c->work.now };
    g_autoptr(DbTransaction) transaction = db_begin(c->store.db, err);
    return decision_vote(&c->work, id, &cast, err) && db_commit(&transaction, err);
}

static inline void vote(Community *c, int64_t id, int64_t person_id, int64_t choice)
{
    g_autoptr(GError) err = NULL;
    try_vote(c, id, person_id, choice, &err);
    g_assert_no_error(err);
}

static inline void assert_vote_refused(Community *c, int64_t id, int64_t person_id,
                                       int64_t choice, ErrKind kind)
{
    g_autoptr(GError) err = NULL;
    g_assert_false(try_vote(c, id, person_id, choice, &err));
    g_test_message("%s", err->message);
    g_assert_error(err, ERR_DOMAIN, (int) kind);
}

static inline bool end(Community *c, int64_t id, const char *reason, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(c->store.db, err);
    return (reason != NULL ? decision_withdraw(&c->work, id, reason, err)
                           : decision_close(&c->work, id, err)) &&
           db_commit(&transaction, err);
}

static inline void close_now(Community *c, int64_t id)
{
    g_autoptr(GError) err = NULL;
    end(c, id, NULL, &err);
    g_assert_no_error(err);
}

static inline int64_t due(Community *c)
{
    g_autoptr(GError) err = NULL;
    int64_t next_at = 0;
    decision_due(&c->work, &next_at, &err);
    g_assert_no_error(err);
    return next_at;
}

static inline Decision *get(Community *c, int64_t id)
{
    g_autoptr(GError) err = NULL;
    Decision *decision = NULL;
    decision_get(c->store.db, id, &decision, &err);
    g_assert_no_error(err);
    return decision;
}

static inline void assert_state(Community *c, int64_t id, DecisionState want,
                                const char *want_chosen)
{
    g_autoptr(GError) err = NULL;
    DecisionState state = DECISION_OPEN;
    g_autofree char *chosen = NULL;
    decision_outcome(c->store.db, id, &state, &chosen, &err);
    g_assert_no_error(err);
    g_assert_cmpstr(decision_state_name(state), ==, decision_state_name(want));
    g_assert_cmpstr(chosen, ==, want_chosen);
}

/* Whom the messages with this word in the subject went to. */
static inline char *sent_to(Community *c, const char *word)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT d.address AS text FROM delivery d JOIN message m ON m.id = d.message_id"
        " WHERE m.subject LIKE '%%%s%%' ORDER BY d.address",
        word);
    return join_texts(c->store.db, sql, " ");
}

static inline void assert_sent_to(Community *c, const char *word, const char *want)
{
    g_autofree char *got = sent_to(c, word);
    g_assert_cmpstr(got, ==, want);
}
