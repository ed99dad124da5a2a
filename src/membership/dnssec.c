#include "membership/dnssec.h"

static void dnssec_tld_free(DnssecTld *tld)
{
    g_free(tld->tld);
    g_free(tld->u_label);
    g_free(tld->region);
    g_free(tld->dnssec);
    g_free(tld);
}

static const DbField FIELDS[] = {
    DB_FIELD(DnssecTld, tld),    DB_FIELD(DnssecTld, u_label), DB_FIELD(DnssecTld, region),
    DB_FIELD(DnssecTld, is_idn), DB_FIELD(DnssecTld, dnssec),  DB_FIELD(DnssecTld, read_at),
};

static const DbRecord RECORD = {
    .size = sizeof(DnssecTld),
    .free = (GDestroyNotify) dnssec_tld_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

void dnssec_statistics_clear(DnssecStatistics *statistics)
{
    g_clear_pointer(&statistics->tlds, g_ptr_array_unref);
}

static void count_in(StatisticsRow *row, const DnssecTld *tld)
{
    StatisticsShare *shares[] = { &row->all, tld->is_idn ? &row->idn : &row->ascii };
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
        shares[i]->members += g_str_equal(tld->dnssec, "signed") ? 1 : 0;
        shares[i]->all++;
    }
}

static void count(DnssecStatistics *statistics, const DnssecTld *tld)
{
    if (tld->dnssec == NULL) {
        statistics->unknown++;
        return;
    }
    for (size_t i = 0; i < REGIONS; i++) {
        if (g_str_equal(tld->region, REGION_TABLE[i].code))
            count_in(&statistics->regions[i], tld);
    }
    count_in(&statistics->total, tld);
    if (statistics->oldest_at == 0 || tld->read_at < statistics->oldest_at)
        statistics->oldest_at = tld->read_at;
}

bool dnssec_statistics_read(Db *db, DnssecStatistics *ret_statistics, GError **err)
{
    GPtrArray *tlds = db_select(
        db, &RECORD,
        "SELECT a_label AS tld, u_label, region, kind = 'idn' AS is_idn, dnssec,"
        " (SELECT max(read_at) FROM authority_source s WHERE s.tld = a_label) AS read_at"
        " FROM tld LEFT JOIN authority ON authority.tld = a_label ORDER BY kind, a_label",
        DB_NO_ARGS, err);
    if (tlds == NULL)
        return false;

    *ret_statistics = (DnssecStatistics){ .tlds = tlds };
    for (guint i = 0; i < tlds->len; i++)
        count(ret_statistics, tlds->pdata[i]);
    return true;
}
