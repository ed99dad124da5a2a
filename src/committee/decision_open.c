/* Putting a question to the committee. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "committee/decision_letter.h"
#include "committee/decision_steps.h"
#include "directory/office.h"

static const char *const KINDS[] = { "request", "address", "policy", "bounce" };

/* What is asked, as it is kept; to be cleared. */
typedef struct {
    char *question;
    char *reference; /* NULL: about nothing */
    GPtrArray *options;
    int64_t deadline;
    int64_t voters;
    int64_t quorum;
} Question;

static void question_clear(Question *question)
{
    g_free(question->question);
    g_free(question->reference);
    g_clear_pointer(&question->options, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static bool read_reference(const DecisionInput *input, Question *question, GError **err)
{
    if (input->reference_kind == NULL)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(KINDS); i++) {
        if (g_str_equal(input->reference_kind, KINDS[i]))
            return decision_clean("what it is about", input->reference, DECISION_REFERENCE_MAX,
                                  &question->reference, err);
    }
    return err_set(err, ERR_INVALID,
                   "a decision is about a request, an address, a policy or a bounce");
}

/* An option that begins with a digit would be taken for the number of one. */
static bool add_option(Question *question, const char *text, GError **err)
{
    g_autofree char *clean = NULL;
    if (!decision_clean("an option", text, DECISION_OPTION_MAX, &clean, err))
        return false;
    if (g_unichar_isdigit(g_utf8_get_char(clean)))
        return err_set(err, ERR_INVALID, "an option must not begin with a digit");
    g_autofree char *folded = text_fold(clean);
    for (guint i = 0; i < question->options->len; i++) {
        g_autofree char *other = text_fold(question->options->pdata[i]);
        if (g_str_equal(folded, other))
            return err_set(err, ERR_INVALID, "two options are the same");
    }
    g_ptr_array_add(question->options, g_steal_pointer(&clean));
    return true;
}

static bool read_options(const DecisionInput *input, Question *question, GError **err)
{
    static const char *const DEFAULTS[] = { DECISION_YES, DECISION_NO };
    const char *const *options = input->n_options > 0 ? input->options : DEFAULTS;
    size_t n = input->n_options > 0 ? input->n_options : G_N_ELEMENTS(DEFAULTS);
    if (n < 2 || n > DECISION_OPTIONS_MAX)
        return err_set(err, ERR_INVALID, "a decision has from 2 to %d options",
                       DECISION_OPTIONS_MAX);
    question->options = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < n; i++) {
        if (!add_option(question, options[i], err))
            return false;
    }
    return true;
}

static bool read_deadline(const Work *work, const DecisionInput *input, Question *question,
                          GError **err)
{
    int64_t days = input->days != 0 ? input->days : work->config->decision_days;
    if (days < 1 || days > DECISION_DAYS_MAX)
        return err_set(err, ERR_INVALID, "a decision takes from 1 to %d days",
                       DECISION_DAYS_MAX);
    question->deadline = work->now + days * CLOCK_DAY;
    return true;
}

/* The majority, but never one alone, unless the configuration says so. */
static bool find_quorum(const Work *work, Question *question, GError **err)
{
    int64_t wanted = work->config->decision_quorum;
    if (!db_select_int(work->db,
                       "SELECT count(DISTINCT person_id) FROM office"
                       " WHERE until IS NULL AND kind IN " OFFICE_SQL_VOTERS,
                       DB_NO_ARGS, &question->voters, err))
        return false;
    question->quorum = wanted != 0 ? wanted : MAX(question->voters / 2 + 1, 2);
    if (question->voters > DECISION_VOTERS_MAX)
        return err_set(err, ERR_DENIED, "more than %d people may vote", DECISION_VOTERS_MAX);
    if (question->voters < question->quorum)
        return err_set(err, ERR_DENIED,
                       "nothing can be decided: %" G_GINT64_FORMAT
                       " of the committee may vote, and %" G_GINT64_FORMAT " must",
                       question->voters, question->quorum);
    return true;
}

static bool insert(const Work *work, const DecisionInput *input, const Question *question,
                   int64_t *ret_id, GError **err)
{
    if (!db_select_int(
            work->db,
            "INSERT INTO decision (question, reference_kind, reference, quorum, voters,"
            " opened_at, opened_by, deadline, state)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open') RETURNING id",
            DB_ARGS(db_text(question->question), db_text(input->reference_kind),
                    db_text(question->reference), db_int(question->quorum),
                    db_int(question->voters), db_int(work->now), db_text(work->actor),
                    db_int(question->deadline)),
            ret_id, err))
        return false;
    for (guint i = 0; i < question->options->len; i++) {
        if (!db_run(
                work->db,
                "INSERT INTO decision_option (decision_id, position, text)"
                " VALUES ($1, $2, $3)",
                DB_ARGS(db_int(*ret_id), db_int(i + 1), db_text(question->options->pdata[i])),
                NULL, err))
            return false;
    }
    return db_run(work->db,
                  "INSERT INTO ballot (decision_id, person_id, mail_votes)"
                  " SELECT DISTINCT $1, person_id, 0 FROM office"
                  " WHERE until IS NULL AND kind IN " OFFICE_SQL_VOTERS,
                  DB_ARGS(db_int(*ret_id)), NULL, err);
}

static bool journal(const Work *work, const Decision *decision, GError **err)
{
    JournalValue values[2 + DECISION_OPTIONS_MAX];
    size_t n = 0;
    g_autofree char *about = decision_about(decision);
    g_autofree char *deadline = clock_format(decision->deadline);
    g_autofree char *details = g_strdup_printf("quorum %" G_GINT64_FORMAT
                                               " of %" G_GINT64_FORMAT ", until %s",
                                               decision->quorum, decision->voters, deadline);
    values[n++] = (JournalValue){ "question", decision->question };
    if (about != NULL)
        values[n++] = (JournalValue){ "about", about };
    for (guint i = 0; i < decision->options->len; i++)
        values[n++] = (JournalValue){
            "option", ((const DecisionOption *) decision->options->pdata[i])->text
        };
    const JournalEntry entry = {
        .action = "decision.open", .details = details, .values = values, .n_values = n
    };
    return decision_journal(work, decision->id, entry, err);
}

static bool send_ballots(const Work *work, const Decision *decision, GError **err)
{
    const DecisionNote note = { .template = "decision-ballot" };
    for (guint i = 0; i < decision->ballots->len; i++) {
        if (!decision_letter_ballot(work, decision, decision->ballots->pdata[i], &note, err))
            return false;
    }
    return true;
}

bool decision_open(const Work *work, const DecisionInput *input, int64_t *ret_id, GError **err)
{
    g_auto(Question) question = { .question = NULL };
    g_autoptr(Decision) decision = NULL;
    int64_t id = 0;
    if (!decision_clean("the question", input->question, DECISION_QUESTION_MAX,
                        &question.question, err) ||
        !read_reference(input, &question, err) || !read_options(input, &question, err) ||
        !read_deadline(work, input, &question, err) || !find_quorum(work, &question, err) ||
        !insert(work, input, &question, &id, err) ||
        !decision_get(work->db, id, &decision, err) || !journal(work, decision, err) ||
        !send_ballots(work, decision, err))
        return false;
    *ret_id = id;
    return true;
}
