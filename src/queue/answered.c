#include "queue/answered.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/limits.h"

/* Days since 1970. */
static int64_t day_of(int64_t now)
{
    return now / CLOCK_DAY;
}

/* Invitations are no answers: nobody can call them forth, and their number is bounded by
 * itself; so is that of the letters about requests (request_outcome). */
bool answered_may_send(Db *db, int64_t now, bool *ret_may, GError **err)
{
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM message"
                       " WHERE kind IN ('confirmation', 'notice')"
                       " AND created_at > $1 AND created_at <= $2 AND NOT EXISTS"
                       " (SELECT 1 FROM invitation_mail i WHERE i.message_id = message.id)"
                       " AND NOT EXISTS"
                       " (SELECT 1 FROM request_event e WHERE e.message_id = message.id)",
                       DB_ARGS(db_int(now - 3600), db_int(now)), &count, err))
        return false;
    *ret_may = count < ANSWERS_PER_HOUR;
    return true;
}

bool answered_was(Db *db, const char *address, const char *kind, int64_t now, bool *ret_was,
                  GError **err)
{
    g_autofree char *key = address_key(address);
    int64_t count = 0;
    if (!db_select_int(db,
                       "SELECT count(*) FROM answered"
                       " WHERE key = $1 AND kind = $2 AND day = $3",
                       DB_ARGS(db_text(key), db_text(kind), db_int(day_of(now))), &count, err))
        return false;
    *ret_was = count > 0;
    return true;
}

bool answered_note(Db *db, const char *address, const char *kind, int64_t now, GError **err)
{
    g_autofree char *key = address_key(address);
    return db_run(db, "DELETE FROM answered WHERE day < $1", DB_ARGS(db_int(day_of(now))), NULL,
                  err) &&
           db_run(db, "INSERT INTO answered (key, kind, day) VALUES ($1, $2, $3)",
                  DB_ARGS(db_text(key), db_text(kind), db_int(day_of(now))), NULL, err);
}
