#include "directory/seat.h"

#include "base/err.h"
#include "directory/many.h"

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

GPtrArray *seat_list_of_people(Db *db, const int64_t *ids, size_t n_ids, GError **err)
{
    DbValue values[MANY];
    return db_select(db, &RECORD,
                     SELECT_SEAT " WHERE s.person_id IN (" MANY_IDS
                                 ") ORDER BY s.person_id, t.kind, s.tld",
                     many_args(values, ids, n_ids), err);
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

/* Ranks are looked up one by one, as a TLD may have thousands of contacts; an edit of many has
 * them all (directory/bulk.h). */

static bool highest_rank(Db *db, const Edit *edit, const Tld *tld, int64_t *ret_rank,
                         GError **err)
{
    if (edit->bulk != NULL)
        return bulk_highest_rank(edit->bulk, tld->a_label, ret_rank, err);
    return db_select_int(db, "SELECT coalesce(max(rank), 0) FROM seat WHERE tld = $1",
                         DB_ARGS(db_text(tld->a_label)), ret_rank, err);
}

static bool count(Db *db, const Edit *edit, const Tld *tld, int64_t *ret_count, GError **err)
{
    if (edit->bulk != NULL)
        return bulk_count_seats(edit->bulk, tld->a_label, ret_count, err);
    return db_select_int(db, "SELECT count(*) FROM seat WHERE tld = $1",
                         DB_ARGS(db_text(tld->a_label)), ret_count, err);
}

/* The first free rank from this one upwards; there always is one. */
static bool free_from(Db *db, const Edit *edit, const Tld *tld, int64_t rank, int64_t *ret_rank,
                      GError **err)
{
    if (edit->bulk != NULL)
        return bulk_free_rank(edit->bulk, tld->a_label, rank, 1, ret_rank, err);
    return db_select_int(
        db,
        "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM seat WHERE tld = $1 AND rank = $2) THEN $2"
        " ELSE (SELECT s.rank + 1 FROM seat s WHERE s.tld = $1 AND s.rank >= $2 AND NOT EXISTS"
        " (SELECT 1 FROM seat n WHERE n.tld = $1 AND n.rank = s.rank + 1)"
        " ORDER BY s.rank LIMIT 1) END",
        DB_ARGS(db_text(tld->a_label), db_int(rank)), ret_rank, err);
}

/* The same downwards; 0 if there is none. */
static bool free_below(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                       int64_t *ret_rank, GError **err)
{
    if (edit->bulk != NULL)
        return bulk_free_rank(edit->bulk, tld->a_label, rank, -1, ret_rank, err);
    return db_select_int(
        db,
        "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM seat WHERE tld = $1 AND rank = $2) THEN $2"
        " ELSE (SELECT s.rank - 1 FROM seat s WHERE s.tld = $1 AND s.rank BETWEEN 1 AND $2"
        " AND NOT EXISTS (SELECT 1 FROM seat n WHERE n.tld = $1 AND n.rank = s.rank - 1)"
        " ORDER BY s.rank DESC LIMIT 1) END",
        DB_ARGS(db_text(tld->a_label), db_int(rank)), ret_rank, err);
}

/* The lowest free rank. Where the ranks have no gap it is the next one, which spares looking
 * through them. */
static bool lowest_free(Db *db, const Edit *edit, const Tld *tld, int64_t *ret_rank,
                        GError **err)
{
    int64_t highest = 0;
    int64_t taken = 0;
    if (!highest_rank(db, edit, tld, &highest, err) || !count(db, edit, tld, &taken, err))
        return false;
    if (highest != taken)
        return free_from(db, edit, tld, 1, ret_rank, err);
    *ret_rank = highest + 1;
    return true;
}

/* The free rank towards which the others move: the next one below within the limit, else one
 * above. There is one, as the TLD is not full. */
static bool free_near(Db *db, const Edit *edit, const Tld *tld, int64_t rank, int64_t limit,
                      int64_t *ret_rank, GError **err)
{
    if (!free_from(db, edit, tld, rank, ret_rank, err))
        return false;
    return *ret_rank <= limit || free_below(db, edit, tld, rank, ret_rank, err);
}

/* The same for somebody who comes from another rank, which is free by then: those in between
 * close up. */
static bool free_towards(Db *db, const Edit *edit, const Tld *tld, int64_t rank, int64_t from,
                         int64_t *ret_rank, GError **err)
{
    return from > rank ? free_from(db, edit, tld, rank, ret_rank, err)
                       : free_below(db, edit, tld, rank, ret_rank, err);
}

static bool store_rank(Db *db, const Edit *edit, const Tld *tld, int64_t person_id,
                       int64_t from, int64_t to, GError **err)
{
    g_autofree char *details = g_strdup_printf(
        "rank %" G_GINT64_FORMAT ", was %" G_GINT64_FORMAT, to, from);

    return db_run(db, "UPDATE seat SET rank = $3 WHERE tld = $1 AND person_id = $2",
                  DB_ARGS(db_text(tld->a_label), db_int(person_id), db_int(to)), NULL, err) &&
           edit_journal(db, edit, "seat.rank", tld->a_label, person_id, details, NULL, 0, err);
}

/* Frees a rank by moving those between it and a gap by one. */
static bool make_room(Db *db, const Edit *edit, const Tld *tld, int64_t rank, int64_t gap,
                      GError **err)
{
    int64_t step = gap > rank ? -1 : 1;
    if (gap != rank && edit->bulk != NULL && !bulk_write(edit->bulk, err))
        return false;

    for (int64_t to = gap; to != rank; to += step) {
        int64_t person_id = 0;
        if (!seat_holder(db, tld->a_label, to + step, &person_id, err) ||
            !store_rank(db, edit, tld, person_id, to + step, to, err))
            return false;
    }
    if (gap != rank) {
        g_autofree char *shown = tld_format(tld);
        edit_notice(edit, "%s: other contacts moved to make room at rank %" G_GINT64_FORMAT,
                    shown, rank);
    }
    return true;
}

static bool check_rank(const Edit *edit, const Tld *tld, int64_t rank, GError **err)
{
    int64_t limit = seat_limit(edit, tld);
    if (rank >= 1 && rank <= limit)
        return true;
    return err_set(err, ERR_INVALID,
                   "rank %" G_GINT64_FORMAT ": .%s has ranks 1 to %" G_GINT64_FORMAT, rank,
                   tld->u_label, limit);
}

static bool check_room(Db *db, const Edit *edit, const Tld *tld, GError **err)
{
    int64_t limit = seat_limit(edit, tld);
    int64_t taken = 0;
    if (!count(db, edit, tld, &taken, err))
        return false;
    return taken < limit ||
           err_set(err, ERR_LIMIT,
                   ".%s has %" G_GINT64_FORMAT " contacts and may have %" G_GINT64_FORMAT
                   ": remove one first, or have a higher limit approved for it",
                   tld->u_label, taken, limit);
}

/* No TLD has more contacts than its highest rank, so most need not be counted; and behind that
 * rank all are free. */
bool seat_find_place(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                     SeatPlace *ret_place, GError **err)
{
    int64_t limit = seat_limit(edit, tld);
    int64_t highest = 0;
    if (!highest_rank(db, edit, tld, &highest, err) ||
        (highest >= limit && !check_room(db, edit, tld, err)) ||
        (rank == 0 && !lowest_free(db, edit, tld, &rank, err)) ||
        !check_rank(edit, tld, rank, err))
        return false;

    int64_t gap = rank;
    if (rank <= highest && !free_near(db, edit, tld, rank, limit, &gap, err))
        return false;
    *ret_place = (SeatPlace){ rank, gap };
    return true;
}

bool seat_take(Db *db, const Edit *edit, const Tld *tld, int64_t person_id,
               const SeatPlace *place, GError **err)
{
    return make_room(db, edit, tld, place->rank, place->gap, err) &&
           (edit->bulk == NULL || bulk_take_rank(edit->bulk, tld->a_label, place->gap, err)) &&
           edit_run(db, edit,
                    "INSERT INTO seat (tld, person_id, rank, since) VALUES ($1, $2, $3, $4)",
                    DB_ARGS(db_text(tld->a_label), db_int(person_id), db_int(place->rank),
                            db_int(edit->now)),
                    err);
}

bool seat_add(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
              int64_t *ret_rank, GError **err)
{
    int64_t held = 0;
    SeatPlace place = { 0, 0 };
    if (!seat_rank(db, tld->a_label, person_id, &held, err))
        return false;
    if (held != 0)
        return err_set(err, ERR_EXISTS, "that person speaks for .%s already", tld->u_label);
    if (!seat_find_place(db, edit, tld, rank, &place, err) ||
        !seat_take(db, edit, tld, person_id, &place, err))
        return false;
    *ret_rank = place.rank;
    return true;
}

bool seat_move(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
               GError **err)
{
    int64_t from = 0;
    int64_t gap = 0;
    if (!seat_rank(db, tld->a_label, person_id, &from, err))
        return false;
    if (from == 0)
        return err_set(err, ERR_NOT_FOUND, "that person does not speak for .%s", tld->u_label);
    if (!check_rank(edit, tld, rank, err))
        return false;
    if (from == rank)
        return true;

    /* Out of the way, so that the others can close up behind. */
    return db_run(db, "UPDATE seat SET rank = -1 WHERE tld = $1 AND person_id = $2",
                  DB_ARGS(db_text(tld->a_label), db_int(person_id)), NULL, err) &&
           free_towards(db, edit, tld, rank, from, &gap, err) &&
           make_room(db, edit, tld, rank, gap, err) &&
           store_rank(db, edit, tld, person_id, from, rank, err);
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
