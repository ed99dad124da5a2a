#include "daemon/courier_desk.h"

#include "base/address.h"
#include "base/err.h"
#include "base/log.h"
#include "mail/verp.h"
#include "queue/outbox.h"

/* A message that copies are made of. */
typedef struct {
    OutboxContent *content; /* without its data */
    GBytes *body;           /* as it goes over the wire, shared by all copies */
    unsigned copies;        /* flying */
} Sheet;

struct CourierDesk {
    CourierDeskOptions options;
    GPtrArray *waiting; /* OutboxClaim*, from first_waiting on; NULL before */
    guint first_waiting;
    GHashTable *flying; /* id -> OutboxClaim* */
    GPtrArray *settled; /* OutboxResult* */
    GHashTable *sheets; /* message id -> Sheet* */
    size_t memory;      /* bytes of all bodies */
    char *sender;       /* of the job last given out */
    bool is_turning;    /* the store is busy with us: it cannot be asked for a message */
    bool is_unsure;     /* a turn failed: the store may hold claims that we do not know of */
    CourierTally tally;
};

static void sheet_free(gpointer data)
{
    Sheet *sheet = data;
    outbox_content_free(sheet->content);
    g_bytes_unref(sheet->body);
    g_free(sheet);
}

static void free_claim(gpointer data)
{
    outbox_claim_free(data);
}

static void free_result(gpointer data)
{
    outbox_result_free(data);
}

static GPtrArray *new_results(void)
{
    return g_ptr_array_new_with_free_func(free_result);
}

CourierDesk *courier_desk_new(const CourierDeskOptions *options)
{
    CourierDesk *desk = g_new0(CourierDesk, 1);
    desk->options = *options;
    desk->waiting = g_ptr_array_new_with_free_func(free_claim);
    desk->flying = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_claim);
    desk->settled = new_results();
    desk->sheets = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, sheet_free);
    return desk;
}

void courier_desk_free(CourierDesk *desk)
{
    if (desk == NULL)
        return;
    g_ptr_array_unref(desk->waiting);
    g_hash_table_unref(desk->flying);
    g_ptr_array_unref(desk->settled);
    g_hash_table_unref(desk->sheets);
    g_free(desk->sender);
    g_free(desk);
}

size_t courier_desk_waiting(const CourierDesk *desk)
{
    return desk->waiting->len - desk->first_waiting;
}

size_t courier_desk_flying(const CourierDesk *desk)
{
    return g_hash_table_size(desk->flying);
}

size_t courier_desk_settled(const CourierDesk *desk)
{
    return desk->settled->len;
}

/* Messages */

static gboolean is_unused(gpointer key, gpointer value, gpointer desk)
{
    const Sheet *sheet = value;
    if (sheet->copies > 0)
        return FALSE;
    ((CourierDesk *) desk)->memory -= g_bytes_get_size(sheet->body);
    return TRUE;
}

static void drop_unused(CourierDesk *desk)
{
    (void) g_hash_table_foreach_remove(desk->sheets, is_unused, desk);
}

static bool load_sheet(CourierDesk *desk, int64_t message_id, Sheet **ret_sheet, GError **err)
{
    OutboxContent *content = NULL;
    if (!outbox_content_get(desk->options.db, message_id, &content, err))
        return false;

    gsize size = 0;
    const char *data = g_bytes_get_data(content->data, &size);
    Sheet *sheet = g_new0(Sheet, 1);
    sheet->content = content;
    sheet->body = smtp_stuff(data, size);
    g_clear_pointer(&content->data, g_bytes_unref);
    desk->memory += g_bytes_get_size(sheet->body);
    g_hash_table_insert(desk->sheets, &content->id, sheet);
    *ret_sheet = sheet;
    return true;
}

/* *ret_sheet is NULL if it has to wait until there is room. */
static bool find_sheet(CourierDesk *desk, int64_t message_id, Sheet **ret_sheet, GError **err)
{
    *ret_sheet = g_hash_table_lookup(desk->sheets, &message_id);
    if (*ret_sheet != NULL || desk->is_turning)
        return true;
    if (desk->memory > desk->options.memory_max)
        drop_unused(desk);
    if (desk->memory > desk->options.memory_max)
        return true;
    return load_sheet(desk, message_id, ret_sheet, err);
}

/* Turns */

/* Takes reply. */
static void add_result(CourierDesk *desk, const OutboxClaim *claim, int64_t created_at,
                       OutboxOutcome outcome, char *reply)
{
    OutboxResult *result = g_new0(OutboxResult, 1);
    result->id = claim->id;
    result->attempts = claim->attempts;
    result->created_at = created_at;
    result->outcome = outcome;
    result->reply = reply;
    g_ptr_array_add(desk->settled, result);
}

/* The results that wait to be marked, borrowed, by the copy's id. */
static GHashTable *index_settled(const CourierDesk *desk)
{
    GHashTable *index = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < desk->settled->len; i++) {
        OutboxResult *result = desk->settled->pdata[i];
        g_hash_table_insert(index, &result->id, result);
    }
    return index;
}

/* Takes claim. What was taken from us while it flew, and came back to us before it landed, is
 * one copy still. */
static void add_claim(CourierDesk *desk, GHashTable *settled, OutboxClaim *claim)
{
    OutboxClaim *flying = g_hash_table_lookup(desk->flying, &claim->id);
    /* It may even have landed while the turn that claimed it lasted: the next one marks it. */
    OutboxResult *landed = flying == NULL ? g_hash_table_lookup(settled, &claim->id) : NULL;
    if (flying == NULL && landed == NULL) {
        g_ptr_array_add(desk->waiting, claim);
        return;
    }
    if (flying != NULL)
        flying->attempts = claim->attempts;
    else
        landed->attempts = claim->attempts;
    outbox_claim_free(claim);
}

static void drop_gaps(CourierDesk *desk)
{
    if (desk->first_waiting > 0)
        g_ptr_array_remove_range(desk->waiting, 0, desk->first_waiting);
    desk->first_waiting = 0;
}

/* Takes claims. */
static void add_claims(CourierDesk *desk, GPtrArray *claims)
{
    g_autoptr(GHashTable) settled = index_settled(desk);
    drop_gaps(desk);
    for (guint i = 0; i < claims->len; i++)
        add_claim(desk, settled, g_steal_pointer(&claims->pdata[i]));
    g_ptr_array_unref(claims);
}

static bool is_waiting(const CourierDesk *desk, int64_t id)
{
    for (guint i = desk->first_waiting; i < desk->waiting->len; i++) {
        if (((const OutboxClaim *) desk->waiting->pdata[i])->id == id)
            return true;
    }
    return false;
}

/* A turn whose end we did not hear of may have claimed copies for us: they go back untried. */
static bool find_strays(CourierDesk *desk, GError **err)
{
    if (!desk->is_unsure)
        return true;
    g_autoptr(GHashTable) settled = index_settled(desk);
    g_autoptr(GPtrArray) held = outbox_held(desk->options.db, desk->options.owner, err);
    if (held == NULL)
        return false;
    for (guint i = 0; i < held->len; i++) {
        const OutboxClaim *claim = held->pdata[i];
        if (g_hash_table_lookup(desk->flying, &claim->id) == NULL &&
            !is_waiting(desk, claim->id) && g_hash_table_lookup(settled, &claim->id) == NULL)
            add_result(desk, claim, 0, OUTBOX_UNTRIED, NULL);
    }
    desk->is_unsure = false;
    return true;
}

static int64_t claim_limit(const CourierDesk *desk)
{
    size_t held = courier_desk_waiting(desk) + courier_desk_flying(desk);
    if (held == 0)
        return COURIER_FIRST_MAX;
    return held < desk->options.held_max ? (int64_t) (desk->options.held_max - held) : 0;
}

/* What could not be marked is settled still, before what came meanwhile. Takes results. */
static void keep_results(CourierDesk *desk, GPtrArray *results)
{
    g_ptr_array_extend_and_steal(results, desk->settled);
    desk->settled = results;
}

/* *ret_claims is NULL on failure. */
static bool take_turn(CourierDesk *desk, int64_t limit, int64_t now, GPtrArray **ret_claims,
                      GError **err)
{
    if (!find_strays(desk, err))
        return false;
    GPtrArray *results = desk->settled;
    desk->settled = new_results();
    desk->is_unsure = !outbox_turn(desk->options.db, desk->options.owner, results, limit, now,
                                   ret_claims, err);
    if (desk->is_unsure)
        keep_results(desk, results);
    else
        g_ptr_array_unref(results);
    return !desk->is_unsure;
}

bool courier_desk_turn(CourierDesk *desk, bool may_claim, int64_t now, bool *ret_has_more,
                       GError **err)
{
    int64_t limit = may_claim ? claim_limit(desk) : 0;
    GPtrArray *claims = NULL;
    desk->is_turning = true;
    bool is_done = take_turn(desk, limit, now, &claims, err);
    desk->is_turning = false;
    if (!is_done)
        return false;

    *ret_has_more = claims->len == (guint) limit;
    add_claims(desk, claims);
    if (courier_desk_waiting(desk) + courier_desk_flying(desk) == 0)
        drop_unused(desk);
    return true;
}

/* Results */

static OutboxOutcome outcome_of(CourierDesk *desk, SmtpOutcome outcome)
{
    switch (outcome) {
    case SMTP_SENT:
        desk->tally.sent++;
        return OUTBOX_SENT;
    case SMTP_REFUSED:
        desk->tally.refused++;
        return OUTBOX_REFUSED;
    case SMTP_UNCERTAIN:
        desk->tally.uncertain++;
        return OUTBOX_UNCERTAIN;
    case SMTP_LOST:
        desk->tally.deferred++;
        return OUTBOX_LOST;
    case SMTP_DEFERRED:
    default:
        desk->tally.deferred++;
        return OUTBOX_DEFERRED;
    }
}

static char *reply_of(const SmtpResult *result)
{
    if (result->code == 0)
        return g_strdup(result->text);
    return g_strdup_printf("%d%s%s %s", result->code, result->status[0] != '\0' ? " " : "",
                           result->status, result->text);
}

/* Takes a claim out of the flying ones; its sheet has a copy less. */
static OutboxClaim *land(CourierDesk *desk, int64_t id, const Sheet **ret_sheet)
{
    gpointer claim = NULL;
    bool flew = g_hash_table_steal_extended(desk->flying, &id, NULL, &claim);
    g_assert(flew);
    Sheet *sheet = g_hash_table_lookup(desk->sheets, &((OutboxClaim *) claim)->message_id);
    sheet->copies--;
    *ret_sheet = sheet;
    return claim;
}

void courier_desk_settle(CourierDesk *desk, const SmtpResult *result)
{
    const Sheet *sheet = NULL;
    g_autoptr(OutboxClaim) claim = land(desk, result->id, &sheet);
    add_result(desk, claim, sheet->content->created_at, outcome_of(desk, result->outcome),
               reply_of(result));
}

void courier_desk_take_back(CourierDesk *desk, int64_t id)
{
    const Sheet *sheet = NULL;
    g_ptr_array_insert(desk->waiting, (int) desk->first_waiting, land(desk, id, &sheet));
}

void courier_desk_give_up(CourierDesk *desk, const char *reason)
{
    for (guint i = desk->first_waiting; i < desk->waiting->len; i++)
        add_result(desk, desk->waiting->pdata[i], 0, OUTBOX_UNTRIED, g_strdup(reason));
    g_ptr_array_set_size(desk->waiting, 0);
    desk->first_waiting = 0;
}

void courier_desk_forget(CourierDesk *desk)
{
    g_ptr_array_set_size(desk->waiting, 0);
    desk->first_waiting = 0;
}

CourierTally courier_desk_tally(CourierDesk *desk)
{
    CourierTally tally = desk->tally;
    desk->tally = (CourierTally){ 0 };
    return tally;
}

/* Jobs */

static OutboxClaim *take_first(CourierDesk *desk)
{
    OutboxClaim *claim = desk->waiting->pdata[desk->first_waiting];
    desk->waiting->pdata[desk->first_waiting++] = NULL;
    return claim;
}

static char *envelope_sender(const CourierDesk *desk, const Sheet *sheet, int64_t id)
{
    if (!sheet->content->bounces)
        return g_strdup("");
    g_autofree char *tag = verp_tag(desk->options.secret, id);
    g_autofree char *suffix = g_strconcat("-bounces+", tag, NULL);
    return address_with_detail(desk->options.list, suffix);
}

/* The claim flies from now on. */
static void send_out(CourierDesk *desk, OutboxClaim *claim, Sheet *sheet, SmtpJob *ret_job)
{
    g_free(desk->sender);
    desk->sender = envelope_sender(desk, sheet, claim->id);
    sheet->copies++;
    g_hash_table_insert(desk->flying, &claim->id, claim);
    *ret_job = (SmtpJob){
        .id = claim->id,
        .sender = desk->sender,
        .recipient = claim->address,
        .body = sheet->body,
        .needs_utf8 = sheet->content->is_utf8,
        .needs_8bit = sheet->content->is_8bit,
    };
}

bool courier_desk_next(CourierDesk *desk, SmtpJob *ret_job, bool *ret_has_job, GError **err)
{
    *ret_has_job = false;
    while (courier_desk_waiting(desk) > 0) {
        g_autoptr(GError) failure = NULL;
        const OutboxClaim *next = desk->waiting->pdata[desk->first_waiting];
        Sheet *sheet = NULL;

        if (find_sheet(desk, next->message_id, &sheet, &failure)) {
            *ret_has_job = sheet != NULL;
            if (sheet != NULL)
                send_out(desk, take_first(desk), sheet, ret_job);
            return true;
        }
        if (!err_is(failure, ERR_NOT_FOUND) && !err_is(failure, ERR_INTERNAL)) {
            g_propagate_error(err, g_steal_pointer(&failure));
            return false;
        }
        /* A damaged message must not stop the copies of others; `queue retry` has it tried
         * again when the store is mended. */
        g_autoptr(OutboxClaim) orphan = take_first(desk);
        log_error("copy %" G_GINT64_FORMAT " has no message: %s", orphan->id, failure->message);
        add_result(desk, orphan, 0, OUTBOX_REFUSED, g_strdup(failure->message));
    }
    return true;
}
