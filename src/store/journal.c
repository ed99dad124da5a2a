#include "store/journal.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"
#include "store/db_batch.h"

#define HASH_SIZE crypto_hash_sha256_BYTES
#define SALT_SIZE 16

typedef struct {
    uint8_t bytes[HASH_SIZE];
} Hash;

/* What is read back may be missing where no column allows it: somebody may have edited more
 * than the rows. */
static bool has_size(GBytes *bytes, size_t size)
{
    return bytes != NULL && g_bytes_get_size(bytes) == size;
}

/* Integers and lengths enter the hash as eight bytes, most significant first. */
static void hash_int(crypto_hash_sha256_state *state, int64_t value)
{
    uint64_t big_endian = GUINT64_TO_BE((uint64_t) value);
    (void) crypto_hash_sha256_update(state, (const uint8_t *) &big_endian, sizeof big_endian);
}

static void hash_bytes(crypto_hash_sha256_state *state, const void *data, size_t size)
{
    hash_int(state, (int64_t) size);
    (void) crypto_hash_sha256_update(state, data, size);
}

/* A missing text has the length -1, so that it differs from an empty one. */
static void hash_text(crypto_hash_sha256_state *state, const char *text)
{
    if (text == NULL)
        hash_int(state, -1);
    else
        hash_bytes(state, text, strlen(text));
}

static Hash digest_value(const void *salt, const char *value)
{
    Hash digest;
    crypto_hash_sha256_state state;
    (void) crypto_hash_sha256_init(&state);
    (void) crypto_hash_sha256_update(&state, salt, SALT_SIZE);
    hash_text(&state, value);
    (void) crypto_hash_sha256_final(&state, digest.bytes);
    return digest;
}

/* The canonical row: previous hash, fields in the order of the table, then each value's name
 * and digest in their order. */
static void hash_row_start(crypto_hash_sha256_state *state, const void *previous, int64_t seq,
                           int64_t at, const JournalEntry *entry)
{
    (void) crypto_hash_sha256_init(state);
    (void) crypto_hash_sha256_update(state, previous, HASH_SIZE);
    hash_int(state, seq);
    hash_int(state, at);
    hash_text(state, entry->actor);
    hash_text(state, entry->action);
    hash_text(state, entry->tld);
    hash_int(state, entry->person_id);
    hash_text(state, entry->details);
}

static void hash_row_value(crypto_hash_sha256_state *state, const char *name,
                           const void *digest)
{
    hash_text(state, name);
    hash_bytes(state, digest, HASH_SIZE);
}

void journal_row_free(JournalRow *row)
{
    if (row == NULL)
        return;
    g_free(row->actor);
    g_free(row->action);
    g_free(row->tld);
    g_free(row->details);
    g_clear_pointer(&row->hash, g_bytes_unref);
    g_free(row);
}

void journal_row_value_free(JournalRowValue *value)
{
    if (value == NULL)
        return;
    g_free(value->name);
    g_free(value->value);
    g_free(value);
}

typedef struct {
    int64_t seq;
    GBytes *hash;
} Head;

static void head_free(Head *head)
{
    g_clear_pointer(&head->hash, g_bytes_unref);
    g_free(head);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Head, head_free)

static const DbField HEAD_FIELDS[] = { DB_FIELD(Head, seq), DB_FIELD(Head, hash) };

static const DbRecord HEAD_RECORD = {
    .size = sizeof(Head),
    .free = (GDestroyNotify) head_free,
    .fields = HEAD_FIELDS,
    .n_fields = G_N_ELEMENTS(HEAD_FIELDS),
};

static bool one_head(GPtrArray *rows, Head **ret_head, GError **err)
{
    if (rows == NULL)
        return false;
    if (rows->len != 1 || !has_size(((Head *) rows->pdata[0])->hash, HASH_SIZE))
        return err_set(err, ERR_INTERNAL, "the journal has no head");
    *ret_head = g_ptr_array_steal_index(rows, 0);
    return true;
}

/* Writing takes the lock on the head in every database, so rows get their numbers one
 * transaction after the other. */
static bool take_head(Db *db, Head **ret_head, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &HEAD_RECORD, "UPDATE journal_head SET seq = seq WHERE id = 1 RETURNING seq, hash",
        DB_NO_ARGS, err);
    return one_head(rows, ret_head, err);
}

/* Where the chain ends, with the rows that are held back. */
typedef struct {
    int64_t seq;
    Hash hash;
    size_t rows;
    size_t values;
} End;

struct JournalBatch {
    Db *db; /* borrowed */
    DbBatch *rows;
    DbBatch *values;
    End end;
    End kept; /* see journal_batch_keep */
};

JournalBatch *journal_batch_new(Db *db, GError **err)
{
    g_autoptr(Head) head = NULL;
    if (!take_head(db, &head, err))
        return NULL;

    JournalBatch *batch = g_new0(JournalBatch, 1);
    batch->db = db;
    batch->rows = db_batch_new(
        db,
        "INSERT INTO journal (seq, at, actor, action, tld, person_id, details, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        8);
    batch->values = db_batch_new(
        db,
        "INSERT INTO journal_value (seq, position, name, salt, value, digest)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        6);
    batch->end.seq = head->seq;
    memcpy(batch->end.hash.bytes, g_bytes_get_data(head->hash, NULL), HASH_SIZE);
    batch->kept = batch->end;
    return batch;
}

void journal_batch_free(JournalBatch *batch)
{
    if (batch == NULL)
        return;
    db_batch_free(batch->rows);
    db_batch_free(batch->values);
    g_free(batch);
}

static void add_value(JournalBatch *batch, size_t position, const JournalValue *value,
                      crypto_hash_sha256_state *state)
{
    uint8_t salt[SALT_SIZE];
    randombytes_buf(salt, sizeof salt);
    Hash digest = digest_value(salt, value->value);
    hash_row_value(state, value->name, digest.bytes);

    const DbValue values[] = {
        db_int(batch->end.seq), db_int((int64_t) position),
        db_text(value->name),   db_raw(salt, sizeof salt),
        db_text(value->value),  db_raw(digest.bytes, sizeof digest.bytes),
    };
    db_batch_add(batch->values, values);
}

void journal_batch_add(JournalBatch *batch, const JournalEntry *entry, int64_t now)
{
    End *end = &batch->end;
    crypto_hash_sha256_state state;
    end->seq++;
    hash_row_start(&state, end->hash.bytes, end->seq, now, entry);
    for (size_t i = 0; i < entry->n_values; i++)
        add_value(batch, i, &entry->values[i], &state);
    (void) crypto_hash_sha256_final(&state, end->hash.bytes);

    const DbValue values[] = {
        db_int(end->seq),        db_int(now),
        db_text(entry->actor),   db_text(entry->action),
        db_text(entry->tld),     db_int(entry->person_id),
        db_text(entry->details), db_raw(end->hash.bytes, HASH_SIZE),
    };
    db_batch_add(batch->rows, values);
    end->rows = db_batch_rows(batch->rows);
    end->values = db_batch_rows(batch->values);
}

void journal_batch_keep(JournalBatch *batch)
{
    batch->kept = batch->end;
}

void journal_batch_undo(JournalBatch *batch)
{
    batch->end = batch->kept;
    db_batch_truncate(batch->rows, batch->end.rows);
    db_batch_truncate(batch->values, batch->end.values);
}

size_t journal_batch_rows(const JournalBatch *batch)
{
    return batch->end.rows;
}

bool journal_batch_write(JournalBatch *batch, GError **err)
{
    if (!db_batch_write(batch->rows, err) || !db_batch_write(batch->values, err) ||
        !db_run(batch->db, "UPDATE journal_head SET seq = $1, hash = $2 WHERE id = 1",
                DB_ARGS(db_int(batch->end.seq), db_raw(batch->end.hash.bytes, HASH_SIZE)), NULL,
                err))
        return false;
    batch->end.rows = 0;
    batch->end.values = 0;
    batch->kept = batch->end;
    return true;
}

bool journal_add(Db *db, const JournalEntry *entry, int64_t now, GError **err)
{
    g_autoptr(JournalBatch) batch = journal_batch_new(db, err);
    if (batch == NULL)
        return false;
    journal_batch_add(batch, entry, now);
    return journal_batch_write(batch, err);
}

static const DbField ROW_FIELDS[] = {
    DB_FIELD(JournalRow, seq),     DB_FIELD(JournalRow, at),   DB_FIELD(JournalRow, actor),
    DB_FIELD(JournalRow, action),  DB_FIELD(JournalRow, tld),  DB_FIELD(JournalRow, person_id),
    DB_FIELD(JournalRow, details), DB_FIELD(JournalRow, hash),
};

static const DbRecord ROW_RECORD = {
    .size = sizeof(JournalRow),
    .free = (GDestroyNotify) journal_row_free,
    .fields = ROW_FIELDS,
    .n_fields = G_N_ELEMENTS(ROW_FIELDS),
};

DbCursor *journal_query(Db *db, const JournalFilter *filter, GError **err)
{
    return db_query(
        db, &ROW_RECORD,
        "SELECT seq, at, actor, action, tld, person_id, details, hash FROM journal"
        " WHERE (tld = $1 OR $1 IS NULL) AND ($2 = 0 OR person_id = $2)"
        " AND at >= $3 ORDER BY seq",
        DB_ARGS(db_text(filter->tld), db_int(filter->person_id), db_int(filter->since)), err);
}

static const DbField VALUE_FIELDS[] = {
    DB_FIELD(JournalRowValue, name),
    DB_FIELD(JournalRowValue, value),
    DB_FIELD(JournalRowValue, is_erased),
};

static const DbRecord VALUE_RECORD = {
    .size = sizeof(JournalRowValue),
    .free = (GDestroyNotify) journal_row_value_free,
    .fields = VALUE_FIELDS,
    .n_fields = G_N_ELEMENTS(VALUE_FIELDS),
};

GPtrArray *journal_values(Db *db, int64_t seq, GError **err)
{
    return db_select(db, &VALUE_RECORD,
                     "SELECT name, value, salt IS NULL AS is_erased FROM journal_value"
                     " WHERE seq = $1 ORDER BY position",
                     DB_ARGS(db_int(seq)), err);
}

bool journal_erase_person(Db *db, int64_t person_id, GError **err)
{
    return db_run(db,
                  "UPDATE journal_value SET salt = NULL, value = NULL"
                  " WHERE seq IN (SELECT seq FROM journal WHERE person_id = $1)",
                  DB_ARGS(db_int(person_id)), NULL, err);
}

/* Verifying */

typedef struct {
    int64_t seq;
    char *name;
    char *value;
    GBytes *salt;
    GBytes *digest;
} Kept;

static void kept_free(Kept *kept)
{
    g_free(kept->name);
    g_free(kept->value);
    g_clear_pointer(&kept->salt, g_bytes_unref);
    g_clear_pointer(&kept->digest, g_bytes_unref);
    g_free(kept);
}

static const DbField KEPT_FIELDS[] = {
    DB_FIELD(Kept, seq),  DB_FIELD(Kept, name),   DB_FIELD(Kept, value),
    DB_FIELD(Kept, salt), DB_FIELD(Kept, digest),
};

static const DbRecord KEPT_RECORD = {
    .size = sizeof(Kept),
    .free = (GDestroyNotify) kept_free,
    .fields = KEPT_FIELDS,
    .n_fields = G_N_ELEMENTS(KEPT_FIELDS),
};

/* The walk: two cursors side by side, rows and values. */
typedef struct {
    DbCursor *rows;
    DbCursor *values;
    const Kept *value; /* the next one, NULL after the last */
    Hash previous;
    int64_t count;
} Walk;

static bool is_value_right(const Kept *kept)
{
    if (!has_size(kept->digest, HASH_SIZE))
        return false;
    if (kept->salt == NULL) /* erased, and then nothing but the digest is left */
        return kept->value == NULL;
    if (!has_size(kept->salt, SALT_SIZE))
        return false;
    Hash digest = digest_value(g_bytes_get_data(kept->salt, NULL), kept->value);
    return memcmp(digest.bytes, g_bytes_get_data(kept->digest, NULL), HASH_SIZE) == 0;
}

static bool next_value(Walk *walk, GError **err)
{
    const void *row = NULL;
    if (!db_next(walk->values, &row, err))
        return false;
    walk->value = row;
    return true;
}

/* *ret_right tells whether the row and its values fit the chain. */
static bool check_row(Walk *walk, const JournalRow *row, bool *ret_right, GError **err)
{
    bool right = row->seq == walk->count + 1;
    crypto_hash_sha256_state state;
    const JournalEntry entry = {
        .actor = row->actor,
        .action = row->action,
        .tld = row->tld,
        .person_id = row->person_id,
        .details = row->details,
    };
    hash_row_start(&state, walk->previous.bytes, row->seq, row->at, &entry);

    while (walk->value != NULL && walk->value->seq == row->seq) {
        right = right && is_value_right(walk->value);
        if (!right)
            break;
        hash_row_value(&state, walk->value->name, g_bytes_get_data(walk->value->digest, NULL));
        if (!next_value(walk, err))
            return false;
    }

    (void) crypto_hash_sha256_final(&state, walk->previous.bytes);
    *ret_right = right && has_size(row->hash, HASH_SIZE) &&
                 memcmp(walk->previous.bytes, g_bytes_get_data(row->hash, NULL), HASH_SIZE) ==
                     0;
    return true;
}

/* Rows cut off at the end leave a chain that is right in itself: the head tells. */
static bool check_head(Db *db, const Walk *walk, char **ret_broken, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &HEAD_RECORD, "SELECT seq, hash FROM journal_head WHERE id = 1", DB_NO_ARGS, err);
    g_autoptr(Head) head = NULL;
    if (!one_head(rows, &head, err))
        return false;

    if (head->seq != walk->count ||
        memcmp(g_bytes_get_data(head->hash, NULL), walk->previous.bytes, HASH_SIZE) != 0)
        *ret_broken = g_strdup_printf("row %" G_GINT64_FORMAT
                                      ": missing, or the head of the journal was "
                                      "changed (it counts %" G_GINT64_FORMAT " rows)",
                                      walk->count + 1, head->seq);
    else if (walk->value != NULL)
        *ret_broken = g_strdup_printf(
            "row %" G_GINT64_FORMAT ": missing, but its values are there", walk->value->seq);
    return true;
}

static bool walk_rows(Walk *walk, char **ret_broken, GError **err)
{
    for (;;) {
        const void *row = NULL;
        bool right = false;
        if (!db_next(walk->rows, &row, err))
            return false;
        if (row == NULL)
            return true;
        if (!check_row(walk, row, &right, err))
            return false;
        if (!right) {
            *ret_broken = g_strdup_printf("row %" G_GINT64_FORMAT
                                          ": does not fit the row before it, or was changed",
                                          ((const JournalRow *) row)->seq);
            return true;
        }
        walk->count++;
    }
}

/* Damage is what we look for; whatever else stops the walk is passed on. The values are read
 * ahead of the rows, so it may be those of the next row that are damaged. */
static bool unreadable(const Walk *walk, GError **fault, char **ret_broken, GError **err)
{
    if (!err_is(*fault, ERR_INTERNAL)) {
        g_propagate_error(err, g_steal_pointer(fault));
        return false;
    }
    *ret_broken = g_strdup_printf("row %" G_GINT64_FORMAT
                                  ": cannot be read, or the values of the next one cannot: %s",
                                  walk->count + 1, (*fault)->message);
    return true;
}

static char *hex(const Hash *hash)
{
    char *text = g_malloc(2 * HASH_SIZE + 1);
    return sodium_bin2hex(text, 2 * HASH_SIZE + 1, hash->bytes, HASH_SIZE);
}

bool journal_verify_within(Db *db, JournalVerdict *ret_verdict, GError **err)
{
    g_autoptr(DbCursor) rows = journal_query(db, &(JournalFilter){ .tld = NULL }, err);
    if (rows == NULL)
        return false;
    g_autoptr(DbCursor)
        values = db_query(db, &KEPT_RECORD,
                          "SELECT seq, name, value, salt, digest FROM journal_value"
                          " ORDER BY seq, position",
                          DB_NO_ARGS, err);
    if (values == NULL)
        return false;

    Walk walk = { .rows = rows, .values = values };
    g_autoptr(GError) fault = NULL;
    g_autofree char *broken = NULL;
    bool is_read = next_value(&walk, &fault) && walk_rows(&walk, &broken, &fault);
    if (!is_read && !unreadable(&walk, &fault, &broken, err))
        return false;
    if (broken == NULL && !check_head(db, &walk, &broken, err))
        return false;

    ret_verdict->rows = walk.count;
    ret_verdict->head = broken == NULL ? hex(&walk.previous) : NULL;
    ret_verdict->broken = g_steal_pointer(&broken);
    return true;
}

void journal_verdict_clear(JournalVerdict *verdict)
{
    g_clear_pointer(&verdict->broken, g_free);
    g_clear_pointer(&verdict->head, g_free);
}

bool journal_verify(Db *db, JournalVerdict *ret_verdict, GError **err)
{
    /* Others may append meanwhile. */
    g_autoptr(DbTransaction) view = db_begin_read(db, err);
    return view != NULL && journal_verify_within(db, ret_verdict, err);
}
