#include "directory/statistics.h"

#include "directory/tld.h"

typedef struct {
    char *region;
    bool is_idn;
    int64_t members;
    int64_t total;
} RegionRow;

static void region_row_free(RegionRow *row)
{
    g_free(row->region);
    g_free(row);
}

static const DbField REGION_FIELDS[] = {
    DB_FIELD(RegionRow, region),
    DB_FIELD(RegionRow, is_idn),
    DB_FIELD(RegionRow, members),
    DB_FIELD(RegionRow, total),
};

static const DbRecord REGION_RECORD = {
    .size = sizeof(RegionRow),
    .free = (GDestroyNotify) region_row_free,
    .fields = REGION_FIELDS,
    .n_fields = G_N_ELEMENTS(REGION_FIELDS),
};

/* Counts of people who speak for a TLD. */
typedef struct {
    int64_t people;
    int64_t seats;
    int64_t addresses;
    int64_t delivering;
    int64_t with_secondary;
    int64_t with_mobile;
} PeopleRow;

static const DbField PEOPLE_FIELDS[] = {
    DB_FIELD(PeopleRow, people),         DB_FIELD(PeopleRow, seats),
    DB_FIELD(PeopleRow, addresses),      DB_FIELD(PeopleRow, delivering),
    DB_FIELD(PeopleRow, with_secondary), DB_FIELD(PeopleRow, with_mobile),
};

static const DbRecord PEOPLE_RECORD = {
    .size = sizeof(PeopleRow),
    .free = g_free,
    .fields = PEOPLE_FIELDS,
    .n_fields = G_N_ELEMENTS(PEOPLE_FIELDS),
};

#define IN_A_SEAT " person_id IN (SELECT person_id FROM seat)"

void statistics_clear(Statistics *statistics)
{
    g_clear_pointer(&statistics->single, g_ptr_array_unref);
    g_clear_pointer(&statistics->missing, g_ptr_array_unref);
}

double statistics_percent(const StatisticsShare *share)
{
    return share->all == 0 ? 0 : 100.0 * (double) share->members / (double) share->all;
}

static void count_in(StatisticsRow *row, const RegionRow *counted)
{
    StatisticsShare *shares[] = { &row->all, counted->is_idn ? &row->idn : &row->ascii };

    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
        shares[i]->members += counted->members;
        shares[i]->all += counted->total;
    }
}

static bool read_regions(Db *db, Statistics *statistics, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &REGION_RECORD,
        "SELECT region, kind = 'idn' AS is_idn, sum(CASE WHEN EXISTS"
        " (SELECT 1 FROM seat WHERE seat.tld = tld.a_label) THEN 1 ELSE 0 END) AS members,"
        " count(*) AS total FROM tld GROUP BY region, kind",
        DB_NO_ARGS, err);
    if (rows == NULL)
        return false;

    for (guint i = 0; i < rows->len; i++) {
        const RegionRow *row = rows->pdata[i];
        const Region *region = NULL;
        if (!region_parse(row->region, &region, err))
            return false;
        count_in(&statistics->regions[region - REGION_TABLE], row);
        count_in(&statistics->total, row);
    }
    return true;
}

static bool read_people(Db *db, Statistics *statistics, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &PEOPLE_RECORD,
        "SELECT (SELECT count(DISTINCT person_id) FROM seat) AS people,"
        " (SELECT count(*) FROM seat) AS seats,"
        " (SELECT count(*) FROM address WHERE" IN_A_SEAT ") AS addresses,"
        " (SELECT count(*) FROM address WHERE delivers = 1 AND" IN_A_SEAT ") AS delivering,"
        " (SELECT count(*) FROM address WHERE kind = 'secondary' AND" IN_A_SEAT
        ") AS with_secondary,"
        " (SELECT count(*) FROM person WHERE mobile IS NOT NULL"
        " AND id IN (SELECT person_id FROM seat)) AS with_mobile",
        DB_NO_ARGS, err);
    if (rows == NULL)
        return false;

    const PeopleRow *row = rows->pdata[0];
    statistics->people = row->people;
    statistics->seats = row->seats;
    statistics->addresses = row->addresses;
    statistics->delivering = row->delivering;
    statistics->with_secondary = row->with_secondary;
    statistics->with_mobile = row->with_mobile;
    return true;
}

/* Nobody has an address outside unless one of theirs ends in no TLD that they speak for. */
static bool read_inside_only(Db *db, int64_t *ret_count, GError **err)
{
    return db_select_int(
        db,
        "SELECT count(*) FROM person WHERE id IN (SELECT person_id FROM seat)"
        " AND NOT EXISTS (SELECT 1 FROM address a WHERE a.person_id = person.id"
        " AND NOT EXISTS (SELECT 1 FROM seat WHERE seat.person_id = person.id"
        " AND (a.key LIKE '%.' || seat.tld OR a.key LIKE '%@' || seat.tld)))",
        DB_NO_ARGS, ret_count, err);
}

static GPtrArray *with_one_contact(Db *db, GError **err)
{
    g_autoptr(GPtrArray) tlds = tld_list(db, TLD_MEMBERS, NULL, err);
    if (tlds == NULL)
        return NULL;
    for (guint i = tlds->len; i > 0; i--)
        if (((Tld *) tlds->pdata[i - 1])->contacts > 1)
            g_ptr_array_remove_index(tlds, i - 1);
    return g_steal_pointer(&tlds);
}

static bool read_all(Db *db, Statistics *statistics, GError **err)
{
    if (!read_regions(db, statistics, err) || !read_people(db, statistics, err) ||
        !read_inside_only(db, &statistics->inside_only, err))
        return false;
    statistics->single = with_one_contact(db, err);
    if (statistics->single == NULL)
        return false;
    statistics->missing = tld_list(db, TLD_MISSING, NULL, err);
    return statistics->missing != NULL;
}

bool statistics_read(Db *db, Statistics *ret_statistics, GError **err)
{
    g_auto(Statistics) statistics = { 0 };
    g_autoptr(DbTransaction) view = db_begin_read(db, err);

    if (view == NULL || !read_all(db, &statistics, err))
        return false;
    *ret_statistics = statistics;
    statistics = (Statistics){ 0 };
    return true;
}
