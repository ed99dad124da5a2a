#include "directory/seat.h"

#include "base/err.h"
#include "base/limits.h"

static const DbField FIELDS[] = {
    DB_FIELD(Seat, person_id), DB_FIELD(Seat, tld),   DB_FIELD(Seat, u_label),
    DB_FIELD(Seat, rank),      DB_FIELD(Seat, since),
};

static const DbRecord RECORD = {
    .size = sizeof(Seat),
    .free = (GDestroyNotify) seat_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define SELECT_SEAT                                                                            \
    "SELECT s.person_id, s.tld, t.u_label, s.rank, s.since FROM seat s"                        \
    " JOIN tld t ON t.a_label = s.tld"

typedef struct {
    int64_t person_id;
    int64_t rank;
} Holder;

static const DbField HOLDER_FIELDS[] = { DB_FIELD(Holder, person_id), DB_FIELD(Holder, rank) };

static const DbRecord HOLDER_RECORD = {
    .size = sizeof(Holder),
    .free = g_free,
    .fields = HOLDER_FIELDS,
    .n_fields = G_N_ELEMENTS(HOLDER_FIELDS),
};

/* Who holds which rank of one TLD: a person, or 0. */
typedef struct {
    const Tld *tld;
    int64_t limit;
    int64_t holder[TLD_CONTACTS_MAX + 1]; /* by rank, from 1 */
} Ranks;

void seat_free(Seat *seat)
{
    if (seat == NULL)
        return;
    g_free(seat->tld);
    g_free(seat->u_label);
    g_free(seat);
}

GPtrArray *seat_list(Db *db, int64_t person_id, GError **err)
{
    return db_select(db, &RECORD, SELECT_SEAT " WHERE s.person_id = $1 ORDER BY t.kind, s.tld",
                     DB_ARGS(db_int(person_id)), err);
}

GPtrArray *seat_list_of_tld(Db *db, const char *a_label, GError **err)
{
    return db_select(db, &RECORD, SELECT_SEAT " WHERE s.tld = $1 ORDER BY s.rank",
                     DB_ARGS(db_text(a_label)), err);
}

bool seat_holder(Db *db, const char *a_label, int64_t rank, int64_t *ret_person_id,
                 GError **err)
{
    return db_select_int(
        db, "SELECT coalesce((SELECT person_id FROM seat WHERE tld = $1 AND rank = $2), 0)",
        DB_ARGS(db_text(a_label), db_int(rank)), ret_person_id, err);
}

bool seat_rank(Db *db, const char *a_label, int64_t person_id, int64_t *ret_rank, GError **err)
{
    return db_select_int(
        db, "SELECT coalesce((SELECT rank FROM seat WHERE tld = $1 AND person_id = $2), 0)",
        DB_ARGS(db_text(a_label), db_int(person_id)), ret_rank, err);
}

int64_t seat_limit(const Edit *edit, const Tld *tld)
{
    return tld->contact_limit > 0 ? tld->contact_limit : edit->contacts_per_tld;
}

static bool read_ranks(Db *db, const Edit *edit, const Tld *tld, Ranks *ranks, GError **err)
{
    g_autoptr(GPtrArray)
        seats = db_select(db, &HOLDER_RECORD, "SELECT person_id, rank FROM seat WHERE tld = $1",
                          DB_ARGS(db_text(tld->a_label)), err);
    if (seats == NULL)
        return false;

    *ranks = (Ranks){ .tld = tld, .limit = seat_limit(edit, tld) };
    for (guint i = 0; i < seats->len; i++) {
        const Holder *seat = seats->pdata[i];
        g_assert(seat->rank >= 1 && seat->rank <= TLD_CONTACTS_MAX);
        ranks->holder[seat->rank] = seat->person_id;
    }
    return true;
}

static int64_t count(const Ranks *ranks)
{
    int64_t n = 0;
    for (int64_t rank = 1; rank <= TLD_CONTACTS_MAX; rank++)
        n += ranks->holder[rank] != 0;
    return n;
}

static int64_t rank_of(const Ranks *ranks, int64_t person_id)
{
    for (int64_t rank = 1; rank <= TLD_CONTACTS_MAX; rank++)
        if (ranks->holder[rank] == person_id)
            return rank;
    return 0;
}

/* The free rank towards which the others move: the next one below within the limit, else one
 * above. There is one, as the TLD is not full. */
static int64_t free_near(const Ranks *ranks, int64_t rank)
{
    int64_t gap = rank;

    while (gap <= ranks->limit && ranks->holder[gap] != 0)
        gap++;
    if (gap <= ranks->limit)
        return gap;
    for (gap = rank; ranks->holder[gap] != 0;)
        gap--;
    g_assert(gap >= 1);
    return gap;
}

/* The same for somebody who comes from another rank, which is free by then: those in between
 * close up. */
static int64_t free_towards(const Ranks *ranks, int64_t rank, int64_t from)
{
    while (ranks->holder[rank] != 0)
        rank += from > rank ? 1 : -1;
    return rank;
}

static bool store_rank(Db *db, const Edit *edit, const Ranks *ranks, int64_t from, int64_t to,
                       GError **err)
{
    g_autofree char *details = g_strdup_printf(
        "rank %" G_GINT64_FORMAT ", was %" G_GINT64_FORMAT, to, from);
    int64_t person_id = ranks->holder[from];

    return db_run(db, "UPDATE seat SET rank = $3 WHERE tld = $1 AND person_id = $2",
                  DB_ARGS(db_text(ranks->tld->a_label), db_int(person_id), db_int(to)), NULL,
                  err) &&
           edit_journal(db, edit, "seat.rank", ranks->tld->a_label, person_id, details, NULL, 0,
                        err);
}

/* Frees a rank by moving those between it and a gap by one. */
static bool make_room(Db *db, const Edit *edit, const Ranks *ranks, int64_t rank, int64_t gap,
                      GError **err)
{
    int64_t step = gap > rank ? -1 : 1;

    for (int64_t to = gap; to != rank; to += step)
        if (!store_rank(db, edit, ranks, to + step, to, err))
            return false;
    if (gap != rank) {
        g_autofree char *tld = tld_format(ranks->tld);
        edit_notice(edit, "%s: other contacts moved to make room at rank %" G_GINT64_FORMAT,
                    tld, rank);
    }
    return true;
}

static bool check_rank(const Ranks *ranks, int64_t rank, GError **err)
{
    if (rank >= 1 && rank <= ranks->limit)
        return true;
    return err_set(err, ERR_INVALID,
                   "rank %" G_GINT64_FORMAT ": .%s has ranks 1 to %" G_GINT64_FORMAT, rank,
                   ranks->tld->u_label, ranks->limit);
}

static bool check_new(const Ranks *ranks, int64_t person_id, GError **err)
{
    if (rank_of(ranks, person_id) != 0)
        return err_set(err, ERR_EXISTS, "that person speaks for .%s already",
                       ranks->tld->u_label);
    if (count(ranks) >= ranks->limit)
        return err_set(err, ERR_LIMIT,
                       ".%s has %" G_GINT64_FORMAT " contacts and may have %" G_GINT64_FORMAT
                       ": remove one first, or have a higher limit approved for it",
                       ranks->tld->u_label, count(ranks), ranks->limit);
    return true;
}

bool seat_add(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
              int64_t *ret_rank, GError **err)
{
    Ranks ranks;
    if (!read_ranks(db, edit, tld, &ranks, err) || !check_new(&ranks, person_id, err))
        return false;
    if (rank == 0)
        rank = free_near(&ranks, 1);
    if (!check_rank(&ranks, rank, err) ||
        !make_room(db, edit, &ranks, rank, free_near(&ranks, rank), err))
        return false;

    if (!db_run(
            db, "INSERT INTO seat (tld, person_id, rank, since) VALUES ($1, $2, $3, $4)",
            DB_ARGS(db_text(tld->a_label), db_int(person_id), db_int(rank), db_int(edit->now)),
            NULL, err))
        return false;
    *ret_rank = rank;
    return true;
}

bool seat_move(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
               GError **err)
{
    Ranks ranks;
    if (!read_ranks(db, edit, tld, &ranks, err))
        return false;
    int64_t from = rank_of(&ranks, person_id);
    if (from == 0)
        return err_set(err, ERR_NOT_FOUND, "that person does not speak for .%s", tld->u_label);
    if (!check_rank(&ranks, rank, err))
        return false;
    if (from == rank)
        return true;

    /* Out of the way, so that the others can close up behind. */
    if (!db_run(db, "UPDATE seat SET rank = -1 WHERE tld = $1 AND person_id = $2",
                DB_ARGS(db_text(tld->a_label), db_int(person_id)), NULL, err))
        return false;
    ranks.holder[from] = 0;
    if (!make_room(db, edit, &ranks, rank, free_towards(&ranks, rank, from), err))
        return false;
    ranks.holder[from] = person_id;
    return store_rank(db, edit, &ranks, from, rank, err);
}

bool seat_remove(Db *db, int64_t person_id, const char *a_label, GError **err)
{
    int64_t removed = 0;
    if (!db_run(db, "DELETE FROM seat WHERE tld = $1 AND person_id = $2",
                DB_ARGS(db_text(a_label), db_int(person_id)), &removed, err))
        return false;
    return removed > 0 ||
           err_set(err, ERR_NOT_FOUND, "that person does not speak for .%s", a_label);
}
