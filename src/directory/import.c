#include "directory/import.h"

#include <string.h>

#include "base/address.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/phone.h"
#include "base/text.h"
#include "directory/contact_rows.h"
#include "directory/person_words.h"

#define MANY_LINES     20000 /* fewer do not outgrow the memory that a store has anyway */
#define ROWS_HELD_BACK 500   /* of the journal, written at once */
#define LINES_AHEAD    500   /* whose addresses are looked for together */

static const char *const ACTION_NAMES[IMPORT_ACTIONS] = {
    [IMPORT_ADD_PERSON] = "add person", [IMPORT_ADD_SEAT] = "add seat",
    [IMPORT_COMPLETE] = "complete",     [IMPORT_PRESENT] = "already there",
    [IMPORT_SECOND] = "second address", [IMPORT_REFUSED] = "refused",
};

/* What one run works on. */
typedef struct {
    Db *db;
    const Edit *edit;
    GHashTable *tlds; /* text of a line -> Tld, as most lines name the same few */
    JournalBatch *journal;
    Bulk *bulk;
} Run;

const char *import_action_name(ImportAction action)
{
    return ACTION_NAMES[action];
}

static void step_free(ImportStep *step)
{
    g_free(step->tld);
    g_free(step->name);
    g_free(step->primary);
    g_free(step->reason);
    g_ptr_array_unref(step->notices);
    g_free(step);
}

void import_plan_clear(ImportPlan *plan)
{
    g_clear_pointer(&plan->steps, g_ptr_array_unref);
}

static bool read_tld(Run *run, const char *text, const Tld **ret_tld, GError **err)
{
    Tld *tld = g_hash_table_lookup(run->tlds, text);
    if (tld == NULL) {
        if (!tld_parse(run->db, text, &tld, err))
            return false;
        g_hash_table_insert(run->tlds, g_strdup(text), tld);
    }
    *ret_tld = tld;
    return true;
}

static bool read_rank(const char *text, int64_t *ret_rank, GError **err)
{
    g_autofree char *clean = text_clean(text != NULL ? text : "", NULL);
    guint64 rank = 0;

    if (*clean != '\0' &&
        !g_ascii_string_to_unsigned(clean, 10, 1, TLD_CONTACTS_MAX, &rank, NULL))
        return err_set(err, ERR_INVALID, "the rank is not a number from 1 to %d",
                       TLD_CONTACTS_MAX);
    *ret_rank = (int64_t) rank;
    return true;
}

static bool read_gets_mail(const char *text, PersonMail *ret_mail, GError **err)
{
    g_autofree char *clean = text_clean(text != NULL ? text : "", NULL);

    if (g_ascii_strcasecmp(clean, "yes") == 0)
        *ret_mail = PERSON_MAIL_YES;
    else if (*clean == '\0' || g_ascii_strcasecmp(clean, "no") == 0)
        *ret_mail = PERSON_MAIL_NO;
    else
        return err_set(err, ERR_INVALID, "secondary_gets_mail is neither yes nor no");
    return true;
}

static const char *none_if_empty(const char *text)
{
    return text != NULL && *text != '\0' ? text : NULL;
}

static bool read_input(const ImportLine *line, PersonInput *input, GError **err)
{
    *input = (PersonInput){
        .given_name = line->fields[IMPORT_GIVEN_NAME],
        .family_name = line->fields[IMPORT_FAMILY_NAME],
        .ascii_name = none_if_empty(line->fields[IMPORT_ASCII_NAME]),
        .mobile = none_if_empty(line->fields[IMPORT_MOBILE]),
        .primary = line->fields[IMPORT_PRIMARY],
        .secondary = none_if_empty(line->fields[IMPORT_SECONDARY]),
        .language = none_if_empty(line->fields[IMPORT_LANGUAGE]),
    };
    if (!read_gets_mail(line->fields[IMPORT_SECONDARY_GETS_MAIL], &input->secondary_mail, err))
        return false;
    if (input->secondary == NULL) /* a column may say yes from top to bottom */
        input->secondary_mail = PERSON_MAIL_AS_IS;
    return true;
}

static char *journal_details(const ImportLine *line)
{
    return g_strdup_printf("imported, line %" G_GINT64_FORMAT, line->number);
}

/* Fills in what is missing on file, and only that. */
static bool complete(Run *run, const Edit *edit, const Person *person, const ImportLine *line,
                     const PersonInput *input, bool *ret_changed, GError **err)
{
    g_autofree char *name = person_name(person);
    bool has_lost_letters = strchr(name, '?') != NULL && !import_lost_letters(line);
    const PersonInput fill = {
        .given_name = has_lost_letters ? input->given_name : NULL,
        .family_name = has_lost_letters ? input->family_name : NULL,
        .ascii_name = person->ascii_name == NULL ? input->ascii_name : NULL,
        .mobile = person->mobile == NULL ? input->mobile : NULL,
        .secondary = person->secondary == NULL ? input->secondary : NULL,
        .secondary_mail = person->secondary == NULL ? input->secondary_mail : PERSON_MAIL_AS_IS,
    };
    g_autofree char *details = journal_details(line);

    *ret_changed = fill.given_name != NULL || fill.ascii_name != NULL || fill.mobile != NULL ||
                   fill.secondary != NULL;
    if (!*ret_changed)
        return true;
    if (fill.given_name != NULL) {
        bulk_forget(run->bulk, NULL);
        edit_notice(edit, "the lost letters of \"%s\" are filled in", name);
    }
    if (fill.ascii_name != NULL)
        edit_notice(edit, "the ASCII name is filled in");
    if (fill.mobile != NULL)
        edit_notice(edit, "the mobile number is filled in");
    if (fill.secondary != NULL)
        edit_notice(edit, "the secondary address is filled in");
    return contact_change_within(run->db, edit, person->id, &fill, details, err);
}

/* Who holds a rank; 0 if nobody does. */
static bool find_holder(Run *run, const Edit *edit, const Tld *tld, int64_t rank,
                        int64_t *ret_holder, GError **err)
{
    int64_t free_rank = 0;
    if (edit->bulk == NULL)
        return seat_holder(run->db, tld->a_label, rank, ret_holder, err);
    if (!bulk_free_rank(edit->bulk, tld->a_label, rank, 1, &free_rank, err))
        return false;
    if (free_rank == rank) {
        *ret_holder = 0;
        return true;
    }
    return bulk_write(edit->bulk, err) &&
           seat_holder(run->db, tld->a_label, rank, ret_holder, err);
}

static bool check_rank(Run *run, const Edit *edit, const Tld *tld, int64_t rank, GError **err)
{
    int64_t holder = 0;
    g_autoptr(Person) person = NULL;

    if (rank == 0)
        return true;
    if (!find_holder(run, edit, tld, rank, &holder, err))
        return false;
    if (holder == 0)
        return true;
    if (!person_find(run->db, holder, &person, err))
        return false;
    g_autofree char *name = person_name(person);
    return err_set(err, ERR_EXISTS, "rank %" G_GINT64_FORMAT " of .%s is taken by %s", rank,
                   tld->u_label, name);
}

static bool add_seat(Run *run, const Edit *edit, const Tld *tld, int64_t rank,
                     const ImportLine *line, const Person *person, const PersonInput *input,
                     GError **err)
{
    g_autofree char *details = journal_details(line);
    return check_rank(run, edit, tld, rank, err) &&
           contact_add_seat(run->db, edit, tld, rank, person, input, details, err);
}

static bool add_new(Run *run, const Edit *edit, const Tld *tld, int64_t rank,
                    const ImportLine *line, const PersonInput *input, GError **err)
{
    g_autofree char *details = journal_details(line);
    int64_t person_id = 0;
    if (import_lost_letters(line))
        edit_notice(edit, "letters of the name were lost on the way (\"?\")");
    return check_rank(run, edit, tld, rank, err) &&
           contact_add_new(run->db, edit, tld, rank, input, details, &person_id, err);
}

/* A line about somebody who has this seat already. */
static bool check_present(const Person *person, const Tld *tld, int64_t rank, int64_t held,
                          const PersonInput *input, GError **err)
{
    g_autofree char *name = person_name(person);

    if (!contact_check_agrees(person, input, err))
        return false;
    return rank == 0 || rank == held ||
           err_set(err, ERR_EXISTS, "%s is on file with rank %" G_GINT64_FORMAT " of .%s", name,
                   held, tld->u_label);
}

static bool is_second_address(const Person *person, const char *typed)
{
    g_autofree char *address = NULL;
    if (person->secondary == NULL || !person_parse_address(typed, &address, NULL, NULL))
        return false;
    g_autofree char *key = address_key(address);
    g_autofree char *second = address_key(person->secondary);
    return g_str_equal(key, second);
}

/* A line about somebody who is on file. */
static bool meet(Run *run, const Edit *edit, const Person *person, const Tld *tld, int64_t rank,
                 const ImportLine *line, const PersonInput *input, ImportAction *ret_action,
                 GError **err)
{
    int64_t held = 0;
    bool is_changed = false;
    g_autoptr(Person) completed = NULL;

    *ret_action = IMPORT_PRESENT;
    if (!seat_rank(run->db, tld->a_label, person->id, &held, err) ||
        !contact_check_name(person, input, err))
        return false;
    if (held != 0 && is_second_address(person, input->primary))
        return true;
    if (!complete(run, edit, person, line, input, &is_changed, err) ||
        !person_find(run->db, person->id, &completed, err))
        return false;
    if (held == 0) {
        *ret_action = IMPORT_ADD_SEAT;
        return add_seat(run, edit, tld, rank, line, completed, input, err);
    }
    if (is_changed)
        *ret_action = IMPORT_COMPLETE;
    return check_present(completed, tld, rank, held, input, err);
}

/* Errors that say something about the line; others are about the store. */
static bool is_about_line(const GError *problem)
{
    return !err_is(problem, ERR_TEMPORARY) && !err_is(problem, ERR_INTERNAL);
}

/* The keys of the addresses that a line gives, where they are addresses. */
static void add_keys(GPtrArray *keys, const ImportLine *line)
{
    static const ImportField FIELDS[] = { IMPORT_PRIMARY, IMPORT_SECONDARY };

    for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++) {
        const char *typed = line->fields[FIELDS[i]];
        g_autofree char *address = NULL;
        if (typed != NULL && person_parse_address(typed, &address, NULL, NULL) &&
            address != NULL)
            g_ptr_array_add(keys, address_key(address));
    }
}

static void use_addresses(Run *run, const ImportLine *line)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);

    add_keys(keys, line);
    for (guint i = 0; i < keys->len; i++)
        bulk_use_key(run->bulk, keys->pdata[i]);
}

/* What a line about somebody on file changes, it changes in the store itself. */
static bool meet_directly(Run *run, const Edit *edit, const Person *person, const Tld *tld,
                          int64_t rank, const ImportLine *line, const PersonInput *input,
                          ImportAction *ret_action, GError **err)
{
    Edit direct = *edit;
    direct.bulk = NULL;
    use_addresses(run, line);
    if (!meet(run, &direct, person, tld, rank, line, input, ret_action, err))
        return false;
    if (*ret_action == IMPORT_ADD_SEAT)
        bulk_forget(run->bulk, tld->a_label);
    return true;
}

/* Ends the savepoint of a line that was refused. */
static bool undo_line(Run *run, GError **err)
{
    return db_run(run->db, "ROLLBACK TO SAVEPOINT import_line", DB_NO_ARGS, NULL, err) &&
           db_run(run->db, "RELEASE SAVEPOINT import_line", DB_NO_ARGS, NULL, err);
}

/* Within a savepoint, so that a line that is refused halfway leaves nothing. Somebody new needs
 * none: all checks come before the first change. */
static bool meet_whole(Run *run, const Edit *edit, const Person *person, const Tld *tld,
                       int64_t rank, const ImportLine *line, const PersonInput *input,
                       ImportAction *ret_action, GError **err)
{
    g_autoptr(GError) problem = NULL;
    if (!db_run(run->db, "SAVEPOINT import_line", DB_NO_ARGS, NULL, err))
        return false;
    if (meet_directly(run, edit, person, tld, rank, line, input, ret_action, &problem))
        return db_run(run->db, "RELEASE SAVEPOINT import_line", DB_NO_ARGS, NULL, err);
    if (!is_about_line(problem) || undo_line(run, err))
        g_propagate_error(err, g_steal_pointer(&problem));
    return false;
}

static bool place(Run *run, const Edit *edit, const ImportLine *line, ImportAction *ret_action,
                  GError **err)
{
    const Tld *tld = NULL;
    int64_t rank = 0;
    PersonInput input;
    g_autoptr(Person) person = NULL;
    const char *label = line->fields[IMPORT_TLD] != NULL ? line->fields[IMPORT_TLD] : "";

    if (!read_tld(run, label, &tld, err) || !read_rank(line->fields[IMPORT_RANK], &rank, err) ||
        !read_input(line, &input, err) ||
        !contact_find_primary(run->db, edit, input.primary, &person, err))
        return false;
    if (person != NULL)
        return meet_whole(run, edit, person, tld, rank, line, &input, ret_action, err);

    *ret_action = IMPORT_ADD_PERSON;
    return add_new(run, edit, tld, rank, line, &input, err);
}

/* What the address says of the TLD, for people who mend a line; never taken for the answer. */
static char *hint(Run *run, const ImportLine *line)
{
    g_autofree char *address = NULL;
    g_autoptr(Tld) tld = NULL;
    const char *text = line->fields[IMPORT_PRIMARY];

    if (text == NULL || !address_parse(text, &address, NULL))
        return g_strdup("");
    const char *domain = address_domain(address);
    const char *dot = strrchr(domain, '.');
    if (!tld_parse(run->db, dot != NULL ? dot + 1 : domain, &tld, NULL))
        return g_strdup("");
    return g_strdup_printf("; the address is under .%s", tld->u_label);
}

static void refuse(Run *run, const ImportLine *line, ImportStep *step, const char *reason)
{
    g_autofree char *more = line->fault != NULL ? hint(run, line) : g_strdup("");
    g_free(step->reason);
    step->action = IMPORT_REFUSED;
    step->reason = g_strconcat(reason, more, NULL);
    g_ptr_array_set_size(step->notices, 0);
}

/* What a line does happens whole or not at all. */
static bool run_line(Run *run, const ImportLine *line, ImportStep *step, GError **err)
{
    g_autoptr(GError) problem = NULL;
    Edit edit = *run->edit;
    edit.notices = step->notices;
    edit.journal = run->journal;
    edit.bulk = run->bulk;

    if (line->fault != NULL) {
        refuse(run, line, step, line->fault);
        return true;
    }
    if (!place(run, &edit, line, &step->action, &problem)) {
        if (!is_about_line(problem)) {
            g_propagate_error(err, g_steal_pointer(&problem));
            return false;
        }
        refuse(run, line, step, problem->message);
        journal_batch_undo(run->journal);
    }
    journal_batch_keep(run->journal);
    return journal_batch_rows(run->journal) < ROWS_HELD_BACK ||
           journal_batch_write(run->journal, err);
}

static char *printable(const char *text)
{
    return text != NULL ? text_printable_max(text, strlen(text), IMPORT_SHOWN_MAX) : NULL;
}

static ImportStep *step_new(const ImportLine *line)
{
    ImportStep *step = g_new0(ImportStep, 1);
    const char *given = line->fields[IMPORT_GIVEN_NAME];
    const char *family = line->fields[IMPORT_FAMILY_NAME];
    g_autofree char *name = given == NULL ? NULL
                            : family == NULL || *family == '\0'
                                ? g_strdup(given)
                                : g_strconcat(given, " ", family, NULL);

    step->number = line->number;
    step->tld = printable(line->fields[IMPORT_TLD]);
    step->name = printable(name);
    step->primary = printable(line->fields[IMPORT_PRIMARY]);
    step->notices = g_ptr_array_new_with_free_func(g_free);
    return step;
}

/* Looks for the addresses of the next lines, as most of a long list are new. */
static bool look_ahead(Run *run, const GPtrArray *lines, guint from, GError **err)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);

    for (guint i = from; i < lines->len && i - from < LINES_AHEAD; i++)
        add_keys(keys, lines->pdata[i]);
    return bulk_look(run->bulk, keys, err);
}

/* The lines that are run, and their steps. Those that claim a rank go first, so that none of
 * the others sits on it. */
static void put_in_order(const ImportFile *file, const GPtrArray *steps, GPtrArray *ret_lines,
                         GPtrArray *ret_steps)
{
    for (int pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < file->lines->len; i++) {
            ImportLine *line = file->lines->pdata[i];
            bool has_rank = none_if_empty(line->fields[IMPORT_RANK]) != NULL;
            if (line->second_of == NULL && has_rank == (pass == 0)) {
                g_ptr_array_add(ret_lines, line);
                g_ptr_array_add(ret_steps, steps->pdata[i]);
            }
        }
    }
}

static bool run_lines(Run *run, const ImportFile *file, const GPtrArray *steps, GError **err)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_autoptr(GPtrArray) steps_in_order = g_ptr_array_new();
    put_in_order(file, steps, lines, steps_in_order);

    for (guint i = 0; i < lines->len; i++) {
        if ((i % LINES_AHEAD == 0 && !look_ahead(run, lines, i, err)) ||
            !run_line(run, lines->pdata[i], steps_in_order->pdata[i], err))
            return false;
    }
    return true;
}

static void judge_second(const ImportLine *line, ImportStep *step, const ImportStep *first)
{
    bool is_refused = first->action == IMPORT_REFUSED;
    step->action = is_refused ? IMPORT_REFUSED : IMPORT_SECOND;
    step->reason = g_strdup_printf(is_refused ? "goes with line %" G_GINT64_FORMAT
                                              : "of line %" G_GINT64_FORMAT,
                                   line->second_of->number);
}

static void judge(const ImportFile *file, ImportPlan *plan)
{
    g_autoptr(GHashTable) steps = g_hash_table_new(g_direct_hash, g_direct_equal);

    for (guint i = 0; i < plan->steps->len; i++)
        g_hash_table_insert(steps, file->lines->pdata[i], plan->steps->pdata[i]);
    for (guint i = 0; i < plan->steps->len; i++) {
        const ImportLine *line = file->lines->pdata[i];
        ImportStep *step = plan->steps->pdata[i];
        if (line->second_of != NULL)
            judge_second(line, step, g_hash_table_lookup(steps, line->second_of));
        plan->counts[step->action]++;
    }
}

/* Makes the changes stay, with what was held back. */
static bool finish(Run *run, int64_t last_id, DbTransaction **transaction, GError **err)
{
    return bulk_write(run->bulk, err) && person_words_index(run->db, last_id, err) &&
           journal_batch_write(run->journal, err) && db_settle(run->db, err) &&
           db_commit(transaction, err);
}

static bool run_all(Run *run, const ImportFile *file, ImportMode mode, ImportPlan *plan,
                    GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(run->db, err);
    g_autoptr(JournalBatch) journal = transaction != NULL ? journal_batch_new(run->db, err)
                                                          : NULL;
    g_autoptr(Bulk) bulk = bulk_new(run->db);
    int64_t last_id = 0;
    run->journal = journal;
    run->bulk = bulk;
    if (journal == NULL ||
        !db_select_int(run->db, "SELECT coalesce(max(id), 0) FROM person", DB_NO_ARGS, &last_id,
                       err) ||
        !run_lines(run, file, plan->steps, err))
        return false;

    judge(file, plan);
    plan->is_done = mode == IMPORT_SKIP_BAD ||
                    (mode == IMPORT_ALL && plan->counts[IMPORT_REFUSED] == 0);
    return !plan->is_done || finish(run, last_id, &transaction, err);
}

bool import_run(Db *db, const Edit *edit, const ImportFile *file, ImportMode mode,
                ImportPlan *ret_plan, GError **err)
{
    g_autoptr(GHashTable) tlds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                       (GDestroyNotify) tld_free);
    Run run = { .db = db, .edit = edit, .tlds = tlds };
    g_auto(ImportPlan)
        plan = { .steps = g_ptr_array_new_with_free_func((GDestroyNotify) step_free) };

    if (file->lines->len >= MANY_LINES && !db_expect_much(db, err))
        return false;
    for (guint i = 0; i < file->lines->len; i++)
        g_ptr_array_add(plan.steps, step_new(file->lines->pdata[i]));
    if (!run_all(&run, file, mode, &plan, err))
        return false;
    *ret_plan = plan;
    plan = (ImportPlan){ 0 };
    return true;
}
