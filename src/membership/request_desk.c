#include "membership/request_desk.h"

#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/person.h"
#include "directory/tld.h"
#include "membership/form.h"
#include "membership/request_ask.h"
#include "membership/request_form.h"
#include "membership/request_open.h"
#include "membership/request_plan.h"
#include "membership/request_refresh.h"
#include "membership/request_step.h"

static bool get_open(const Work *work, int64_t number, Request **ret_request, GError **err)
{
    g_autoptr(Request) request = NULL;
    if (!request_get(work->db, number, &request, err))
        return false;
    if (!request_state_is_open(request->state))
        return err_set(err, ERR_DENIED, "request %" G_GINT64_FORMAT " has ended: %s", number,
                       request->state_name);
    *ret_request = g_steal_pointer(&request);
    return true;
}

static bool note(const Work *work, const Request *request, const char *what,
                 const char *details, GError **err)
{
    const RequestNote entry = { .what = what, .details = details };
    return request_note(work, request, &entry, err);
}

static bool check_text(const char *text, const char *what, GError **err)
{
    g_autofree char *clean = text_clean(text, NULL);
    if (*clean == '\0')
        return err_set(err, ERR_INVALID, "the %s is empty", what);
    return g_utf8_strlen(clean, -1) <= REQUEST_COMMENT_MAX ||
           err_set(err, ERR_INVALID, "the %s is longer than %d characters", what,
                   REQUEST_COMMENT_MAX);
}

/* Opening */

static bool open_form(const Work *work, const Form *form, const char *requester,
                      GArray *numbers, GError **err)
{
    g_autoptr(Person) person = NULL;
    if (requester != NULL && !person_find_by_address(work->db, requester, &person, err))
        return false;
    const RequestSource source = {
        .requester = requester,
        .person_id = person != NULL ? person->id : 0,
    };
    if (!form->has_kind || form->tlds->len == 0)
        return err_set(err, ERR_INVALID,
                       "the form does not say for which TLD, or what: TLD: .xx "
                       "and Request: join, add, change, remove or leave");
    for (guint i = 0; i < form->tlds->len; i++) {
        g_autoptr(Tld) tld = NULL;
        int64_t number = 0;
        if (!tld_parse(work->db, form->tlds->pdata[i], &tld, err) ||
            !request_open(work, &source, form, tld->a_label, &number, err))
            return false;
        g_array_append_val(numbers, number);
    }
    return true;
}

static bool open_all(const Work *work, const GPtrArray *forms, const char *requester,
                     GArray *numbers, GError **err)
{
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    for (guint i = 0; transaction != NULL && i < forms->len; i++) {
        if (!open_form(work, forms->pdata[i], requester, numbers, err))
            return false;
    }
    return transaction != NULL && db_commit(&transaction, err);
}

bool request_desk_open(const Work *work, const char *text, const char *requester,
                       GArray **ret_numbers, GError **err)
{
    g_autoptr(GPtrArray) forms = form_read(text);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (forms->len == 0)
        return err_set(err, ERR_INVALID, "there is no filled-in form in it");
    if (!open_all(work, forms, requester, numbers, err))
        return false;
    for (guint i = 0; i < numbers->len; i++) {
        if (!request_settle(work, g_array_index(numbers, int64_t, i), err))
            return false;
    }
    *ret_numbers = g_steal_pointer(&numbers);
    return true;
}

/* What the secretariat was told proves nobody: evidence of the mail before is gone. */
static bool complete(const Work *work, Request *request, const Form *form, GError **err)
{
    const RequestSource source = {
        .requester = request->requester,
        .person_id = request->person_id,
    };
    if (request->rule != NULL)
        return err_set(err, ERR_INVALID,
                       "nothing is missing in request %" G_GINT64_FORMAT
                       ": what is to be asked for beside needs a request of its own",
                       request->number);
    return request_complete(work, &source, request, form, err);
}

bool request_desk_complete(const Work *work, int64_t number, const char *text, GError **err)
{
    g_autoptr(GPtrArray) forms = form_read(text);
    g_autoptr(Request) request = NULL;
    g_autoptr(DbTransaction) transaction = NULL;
    if (forms->len != 1)
        return err_set(err, ERR_INVALID, "there %s filled-in form in it",
                       forms->len == 0 ? "is no" : "is more than one");
    transaction = db_begin(work->db, err);
    return transaction != NULL && get_open(work, number, &request, err) &&
           complete(work, request, forms->pdata[0], err) && db_commit(&transaction, err) &&
           request_settle(work, number, err);
}

/* Approving */

static bool go_over(const Work *work, RequestNeed *need, NeedState state, GError **err)
{
    need->state = state;
    need->settled_at = work->now;
    g_free(need->settled_by);
    need->settled_by = g_strdup(work->actor);
    return request_need_update(work->db, need, err) &&
           request_need_drop_tokens(work->db, need->id, err);
}

/* *ret_count is how many needs were settled by it. */
static bool approve_needs(const Work *work, const Request *request, const char *override,
                          int64_t *ret_count, GError **err)
{
    g_autoptr(GPtrArray) needs = request_needs(work->db, request->number, err);
    for (guint i = 0; needs != NULL && i < needs->len; i++) {
        RequestNeed *need = needs->pdata[i];
        bool is_ours = need->kind == NEED_SECRETARIAT && need->state == NEED_STATE_ASKED;
        bool is_open = need->state == NEED_STATE_WAITING || need->state == NEED_STATE_ASKED ||
                       need->state == NEED_STATE_EXPIRED;
        /* What the committee is to decide nobody else can (R78, R103, R207, R268). */
        bool is_overridden = override != NULL && is_open && need->kind != NEED_DECISION;
        if (!is_ours && !is_overridden)
            continue;
        if (!go_over(work, need, is_ours ? NEED_STATE_MET : NEED_STATE_OVERRIDDEN, err))
            return false;
        (*ret_count)++;
    }
    return needs != NULL;
}

static bool approve(const Work *work, Request *request, const char *override, GError **err)
{
    int64_t count = request->parked != NULL ? 1 : 0;
    if (request->rule == NULL && request->parked == NULL)
        return err_set(err, ERR_INVALID,
                       "fields are missing in request %" G_GINT64_FORMAT
                       ": nobody can say yes to them",
                       request->number);
    if (request->rule == NULL && override != NULL)
        return err_set(err, ERR_INVALID,
                       "nobody has been asked anything yet about request %" G_GINT64_FORMAT
                       ": approve it without --override",
                       request->number);
    if (!approve_needs(work, request, override, &count, err))
        return false;
    if (count == 0 && override != NULL)
        return err_set(err, ERR_DENIED,
                       "what request %" G_GINT64_FORMAT
                       " still waits for is the committee's to decide, and nobody can go over "
                       "that: see muster decision list",
                       request->number);
    if (count == 0)
        return err_set(err, ERR_INVALID,
                       "nothing of request %" G_GINT64_FORMAT
                       " waits for the secretariat: to go over what others have not said, give "
                       "--override REASON",
                       request->number);
    request->next_at = work->now;
    if ((request->parked != NULL && !request_resume(work, request, NULL, err)) ||
        !note(work, request, override != NULL ? "override" : "approved", override, err))
        return false;
    return request->rule == NULL ? request_renew(work, request, err)
                                 : request_update(work->db, request, err);
}

bool request_desk_approve(const Work *work, int64_t number, const char *override, GError **err)
{
    g_autoptr(Request) request = NULL;
    g_autoptr(DbTransaction) transaction = NULL;
    if (override != NULL && !check_text(override, "reason", err))
        return false;
    transaction = db_begin(work->db, err);
    return transaction != NULL && get_open(work, number, &request, err) &&
           approve(work, request, override, err) && db_commit(&transaction, err) &&
           request_settle(work, number, err);
}

/* Ending */

static bool end(const Work *work, int64_t number, RequestState state, const char *reason,
                GError **err)
{
    g_autoptr(Request) request = NULL;
    g_autoptr(DbTransaction) transaction = NULL;
    if (!check_text(reason, "reason", err))
        return false;
    transaction = db_begin(work->db, err);
    return transaction != NULL && get_open(work, number, &request, err) &&
           request_end(work, request, state, reason, err) && db_commit(&transaction, err);
}

bool request_desk_refuse(const Work *work, int64_t number, const char *reason, GError **err)
{
    return end(work, number, REQUEST_REFUSED, reason, err);
}

bool request_desk_withdraw(const Work *work, int64_t number, const char *reason, GError **err)
{
    return end(work, number, REQUEST_WITHDRAWN, reason, err);
}

/* Changing */

typedef bool (*Change)(const Work *work, Request *request, const void *data, GError **err);

static bool change(const Work *work, int64_t number, Change make, const void *data,
                   GError **err)
{
    g_autoptr(Request) request = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    return transaction != NULL && get_open(work, number, &request, err) &&
           make(work, request, data, err) && request_update(work->db, request, err) &&
           db_commit(&transaction, err);
}

static bool make_parked(const Work *work, Request *request, const void *reason, GError **err)
{
    g_free(request->parked);
    request->parked = g_strdup(reason);
    request->next_at = work->now;
    return note(work, request, "parked", reason, err);
}

bool request_desk_park(const Work *work, int64_t number, const char *reason, GError **err)
{
    return check_text(reason, "reason", err) &&
           change(work, number, make_parked, reason, err) && request_settle(work, number, err);
}

static bool make_assigned(const Work *work, Request *request, const void *who, GError **err)
{
    g_free(request->assigned_to);
    request->assigned_to = g_strdup(who);
    return note(work, request, "assigned", who, err);
}

bool request_desk_assign(const Work *work, int64_t number, const char *who, GError **err)
{
    return (who == NULL || check_text(who, "name", err)) &&
           change(work, number, make_assigned, who, err);
}

static bool make_comment(const Work *work, Request *request, const void *text, GError **err)
{
    return note(work, request, "comment", text, err);
}

bool request_desk_comment(const Work *work, int64_t number, const char *text, GError **err)
{
    return check_text(text, "comment", err) && change(work, number, make_comment, text, err);
}

static bool make_longer(const Work *work, Request *request, const void *data, GError **err)
{
    int64_t more = *(const int64_t *) data * CLOCK_DAY;
    g_autofree char *details = g_strdup_printf("%" G_GINT64_FORMAT " days",
                                               *(const int64_t *) data);
    request->next_at = work->now;
    return request_extend(work->db, request, more, err) &&
           note(work, request, "extended", details, err);
}

bool request_desk_extend(const Work *work, int64_t number, int64_t days, GError **err)
{
    return change(work, number, make_longer, &days, err) && request_settle(work, number, err);
}

/* Codes */

static bool is_right(const RequestNeed *need, const char *code)
{
    g_autofree char *sent = request_code_hash(need, CODE_TO_PHONE, code);
    g_autofree char *mailed = request_code_hash(need, CODE_BY_MAIL, code);
    return need->tries < PHONE_CODE_TRIES &&
           (g_strcmp0(sent, need->code_hash) == 0 || g_strcmp0(mailed, need->code_hash) == 0);
}

static bool count_try(const Work *work, const GPtrArray *asked, GError **err)
{
    for (guint i = 0; i < asked->len; i++) {
        RequestNeed *need = asked->pdata[i];
        need->tries++;
        if (!request_need_update(work->db, need, err))
            return false;
    }
    return true;
}

/* Those that wait for a code: RequestNeed *, at least one. NULL on failure; ERR_INVALID if
 * there are none. */
static GPtrArray *waiting_for_codes(const Work *work, const Request *request, GError **err)
{
    g_autoptr(GPtrArray) needs = request_needs(work->db, request->number, err);
    if (needs == NULL)
        return NULL;
    for (guint i = needs->len; i-- > 0;) {
        const RequestNeed *need = needs->pdata[i];
        if (need->kind != NEED_PHONE || need->state != NEED_STATE_ASKED)
            g_ptr_array_remove_index(needs, i);
    }
    if (needs->len > 0)
        return g_steal_pointer(&needs);
    (void) err_set(err, ERR_INVALID, "request %" G_GINT64_FORMAT " waits for no code",
                   request->number);
    return NULL;
}

/* *ret_is_right tells; a wrong one is counted, and that is committed as well. */
static bool try_code(const Work *work, Request *request, const char *code, bool *ret_is_right,
                     GError **err)
{
    g_autoptr(GPtrArray) asked = waiting_for_codes(work, request, err);
    if (asked == NULL)
        return false;
    if (((RequestNeed *) asked->pdata[0])->tries >= PHONE_CODE_TRIES)
        return err_set(err, ERR_LIMIT,
                       "too many wrong codes were entered: send a new one with muster request "
                       "code %" G_GINT64_FORMAT " --new",
                       request->number);
    for (guint i = 0; i < asked->len && !*ret_is_right; i++) {
        RequestNeed *need = asked->pdata[i];
        *ret_is_right = is_right(need, code);
        if (*ret_is_right && !go_over(work, need, NEED_STATE_MET, err))
            return false;
    }
    request->next_at = work->now;
    return (*ret_is_right || count_try(work, asked, err)) &&
           note(work, request, *ret_is_right ? "code" : "wrong code", NULL, err) &&
           request_update(work->db, request, err);
}

bool request_desk_code(const Work *work, int64_t number, const char *code, GError **err)
{
    g_autoptr(Request) request = NULL;
    g_autoptr(DbTransaction) transaction = db_begin(work->db, err);
    bool is_code_right = false;
    if (transaction == NULL || !get_open(work, number, &request, err) ||
        !try_code(work, request, code, &is_code_right, err) || !db_commit(&transaction, err))
        return false;
    return is_code_right ? request_settle(work, number, err)
                         : err_set(err, ERR_INVALID, "the code is wrong");
}

/* Sends a code anew to each that waits for one; the old codes are good no more. */
static bool make_new_codes(const Work *work, Request *request, const void *data, GError **err)
{
    g_autoptr(GPtrArray) asked = waiting_for_codes(work, request, err);
    if (asked == NULL)
        return false;
    for (guint i = 0; i < asked->len; i++) {
        RequestNeed *need = asked->pdata[i];
        need->tries = 0;
        if (!request_need_ask_again(work->db, need, err))
            return false;
    }
    request->next_at = work->now;
    return note(work, request, "new code", NULL, err);
}

bool request_desk_new_code(const Work *work, int64_t number, GError **err)
{
    return change(work, number, make_new_codes, NULL, err) && request_settle(work, number, err);
}

/* What it waits for */

static void append_need(GString *text, const RequestNeed *need)
{
    g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", need_name(need->kind));
    if (need->kind == NEED_DECISION && need->subject != NULL)
        g_string_append_printf(text, " DEC-%s", need->subject);
    else if (need->subject != NULL)
        g_string_append_printf(text, " %s", need->subject);
    if (need->about != NULL)
        g_string_append_printf(text, " (%s)", need->about);
    if (need->state == NEED_STATE_WAITING && need->why != NULL)
        g_string_append_printf(text, " (%s)", need->why);
}

bool request_waits_for(Db *db, const Request *request, char **ret_text, GError **err)
{
    g_autoptr(GPtrArray) needs = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    *ret_text = NULL;
    if (request->parked != NULL || !request_state_is_open(request->state)) {
        *ret_text = g_strdup(request->parked != NULL ? request->parked : "");
        return true;
    }
    if (request->state == REQUEST_INCOMPLETE) {
        g_autoptr(GPtrArray) contacts = request_contacts(db, request->number, err);
        if (contacts == NULL)
            return false;
        *ret_text = request_form_missing(request, contacts);
        return true;
    }
    needs = request_needs(db, request->number, err);
    if (needs == NULL)
        return false;
    g_auto(Plan) plan = plan_of(needs);
    for (guint i = 0; i < plan.due->len; i++)
        append_need(text, plan.due->pdata[i]);
    *ret_text = g_strdup(text->str);
    return true;
}
