#include "directory/bulk.h"

#include "directory/many.h"
#include "store/db_batch.h"

/* The seats of a TLD. */
typedef struct {
    GHashTable *ranks; /* of those who have one */
    GHashTable *names; /* search_name -> how many bear it */
    int64_t highest;   /* rank; 0 if there is none */
} Seats;

struct Bulk {
    Db *db;                /* borrowed */
    GPtrArray *batches;    /* DbBatch, by their first use */
    GHashTable *by_sql;    /* text -> one of these, borrowed */
    GHashTable *free_keys; /* of addresses that are known to be nobody's */
    GHashTable *tlds;      /* A-label -> Seats */
    int64_t last_id;       /* given to a person; 0 if none was */
    bool is_id_noted;      /* by the store too */
};

static void seats_free(Seats *seats)
{
    g_hash_table_unref(seats->ranks);
    g_hash_table_unref(seats->names);
    g_free(seats);
}

Bulk *bulk_new(Db *db)
{
    Bulk *bulk = g_new0(Bulk, 1);
    bulk->db = db;
    bulk->batches = g_ptr_array_new_with_free_func((GDestroyNotify) db_batch_free);
    bulk->by_sql = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bulk->free_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bulk->tlds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) seats_free);
    bulk->is_id_noted = true;
    return bulk;
}

void bulk_free(Bulk *bulk)
{
    if (bulk == NULL)
        return;
    g_ptr_array_unref(bulk->batches);
    g_hash_table_unref(bulk->by_sql);
    g_hash_table_unref(bulk->free_keys);
    g_hash_table_unref(bulk->tlds);
    g_free(bulk);
}

/* Rows */

void bulk_run(Bulk *bulk, const char *sql, DbArgs args)
{
    DbBatch *batch = g_hash_table_lookup(bulk->by_sql, sql);
    if (batch == NULL) {
        batch = db_batch_new(bulk->db, sql, args.n_values);
        g_ptr_array_add(bulk->batches, batch);
        g_hash_table_insert(bulk->by_sql, g_strdup(sql), batch);
    }
    db_batch_add(batch, args.values);
}

bool bulk_write(Bulk *bulk, GError **err)
{
    for (guint i = 0; i < bulk->batches->len; i++)
        if (!db_batch_write(bulk->batches->pdata[i], err))
            return false;
    if (!bulk->is_id_noted && !db_skip_ids(bulk->db, "person", bulk->last_id, err))
        return false;
    bulk->is_id_noted = true;
    return true;
}

bool bulk_next_id(Bulk *bulk, int64_t *ret_id, GError **err)
{
    if (bulk->last_id > 0) {
        bulk->last_id++;
        bulk->is_id_noted = false;
    } else if (!db_next_id(bulk->db, "person", &bulk->last_id, err)) {
        return false;
    }
    *ret_id = bulk->last_id;
    return true;
}

/* Addresses */

typedef struct {
    char *key;
} Key;

static void key_free(Key *key)
{
    g_free(key->key);
    g_free(key);
}

static const DbField KEY_FIELDS[] = { DB_FIELD(Key, key) };

static const DbRecord KEY_RECORD = {
    .size = sizeof(Key),
    .free = (GDestroyNotify) key_free,
    .fields = KEY_FIELDS,
    .n_fields = G_N_ELEMENTS(KEY_FIELDS),
};

/* At most MANY of the keys, from one on. */
static bool look_at(Bulk *bulk, const GPtrArray *keys, guint from, GError **err)
{
    DbValue values[MANY];
    for (guint i = 0; i < MANY; i++)
        values[i] = db_text(from + i < keys->len ? keys->pdata[from + i] : "");
    g_autoptr(GPtrArray) on_file = db_select(
        bulk->db, &KEY_RECORD, "SELECT key FROM address WHERE key IN (" MANY_IDS ")",
        (DbArgs){ values, MANY }, err);

    if (on_file == NULL)
        return false;
    for (guint i = 0; i < on_file->len; i++)
        bulk_use_key(bulk, ((const Key *) on_file->pdata[i])->key);
    return true;
}

bool bulk_look(Bulk *bulk, const GPtrArray *keys, GError **err)
{
    if (!bulk_write(bulk, err))
        return false;
    g_hash_table_remove_all(bulk->free_keys);
    for (guint i = 0; i < keys->len; i++)
        g_hash_table_add(bulk->free_keys, g_strdup(keys->pdata[i]));
    for (guint i = 0; i < keys->len; i += MANY)
        if (!look_at(bulk, keys, i, err))
            return false;
    return true;
}

bool bulk_is_free(const Bulk *bulk, const char *key)
{
    return g_hash_table_contains(bulk->free_keys, key);
}

void bulk_use_key(Bulk *bulk, const char *key)
{
    g_hash_table_remove(bulk->free_keys, key);
}

/* Seats */

typedef struct {
    int64_t rank;
    char *search_name;
} Named;

static void named_free(Named *named)
{
    g_free(named->search_name);
    g_free(named);
}

static const DbField NAMED_FIELDS[] = { DB_FIELD(Named, rank), DB_FIELD(Named, search_name) };

static const DbRecord NAMED_RECORD = {
    .size = sizeof(Named),
    .free = (GDestroyNotify) named_free,
    .fields = NAMED_FIELDS,
    .n_fields = G_N_ELEMENTS(NAMED_FIELDS),
};

static void take_rank(Seats *seats, int64_t rank)
{
    g_hash_table_add(seats->ranks, GINT_TO_POINTER(rank));
    seats->highest = MAX(seats->highest, rank);
}

static int64_t add_name(Seats *seats, const char *name)
{
    int others = GPOINTER_TO_INT(g_hash_table_lookup(seats->names, name));
    g_hash_table_insert(seats->names, g_strdup(name), GINT_TO_POINTER(others + 1));
    return others;
}

/* What is held back is of TLDs that are known. */
static Seats *load(Bulk *bulk, const char *a_label, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        bulk->db, &NAMED_RECORD,
        "SELECT s.rank, p.search_name FROM seat s JOIN person p ON p.id = s.person_id"
        " WHERE s.tld = $1",
        DB_ARGS(db_text(a_label)), err);
    if (rows == NULL)
        return NULL;

    Seats *seats = g_new0(Seats, 1);
    seats->ranks = g_hash_table_new(NULL, NULL);
    seats->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < rows->len; i++) {
        const Named *named = rows->pdata[i];
        take_rank(seats, named->rank);
        (void) add_name(seats, named->search_name);
    }
    g_hash_table_insert(bulk->tlds, g_strdup(a_label), seats);
    return seats;
}

static Seats *seats_of(Bulk *bulk, const char *a_label, GError **err)
{
    Seats *seats = g_hash_table_lookup(bulk->tlds, a_label);
    return seats != NULL ? seats : load(bulk, a_label, err);
}

bool bulk_highest_rank(Bulk *bulk, const char *a_label, int64_t *ret_rank, GError **err)
{
    const Seats *seats = seats_of(bulk, a_label, err);
    if (seats == NULL)
        return false;
    *ret_rank = seats->highest;
    return true;
}

bool bulk_count_seats(Bulk *bulk, const char *a_label, int64_t *ret_count, GError **err)
{
    const Seats *seats = seats_of(bulk, a_label, err);
    if (seats == NULL)
        return false;
    *ret_count = g_hash_table_size(seats->ranks);
    return true;
}

bool bulk_free_rank(Bulk *bulk, const char *a_label, int64_t rank, int step, int64_t *ret_rank,
                    GError **err)
{
    const Seats *seats = seats_of(bulk, a_label, err);
    if (seats == NULL)
        return false;
    while (g_hash_table_contains(seats->ranks, GINT_TO_POINTER(rank)))
        rank += step;
    *ret_rank = rank;
    return true;
}

bool bulk_take_rank(Bulk *bulk, const char *a_label, int64_t rank, GError **err)
{
    Seats *seats = seats_of(bulk, a_label, err);
    if (seats == NULL)
        return false;
    take_rank(seats, rank);
    return true;
}

bool bulk_add_name(Bulk *bulk, const char *a_label, const char *search_name,
                   int64_t *ret_others, GError **err)
{
    Seats *seats = seats_of(bulk, a_label, err);
    if (seats == NULL)
        return false;
    *ret_others = add_name(seats, search_name);
    return true;
}

void bulk_forget(Bulk *bulk, const char *a_label)
{
    if (a_label != NULL)
        (void) g_hash_table_remove(bulk->tlds, a_label);
    else
        g_hash_table_remove_all(bulk->tlds);
}
