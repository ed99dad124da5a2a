#include "membership/authority.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/err.h"

static const char *const ROLES[AUTHORITY_ROLES] = {
    [AUTHORITY_ADMINISTRATIVE] = "administrative",
    [AUTHORITY_TECHNICAL] = "technical",
};

const char *authority_role_text(AuthorityRole role)
{
    return ROLES[role];
}

/* A row, as it becomes an Authority. */
typedef struct {
    Authority authority;
    char *administrative_trust;
    bool administrative_pending;
    int64_t administrative_since;
    char *technical_trust;
    bool technical_pending;
    int64_t technical_since;
} Row;

#define FIELD(column, member)                                                                  \
    {                                                                                          \
        column, DB_FIELD_TYPE(Row, member), offsetof(Row, member)                              \
    }

static const DbField FIELDS[] = {
    /* clang-format off */
    FIELD("tld", authority.record.domain),
    FIELD("status", authority.record.status),
    FIELD("organisation", authority.record.organisation),
    FIELD("address", authority.record.address),
    FIELD("dnssec", authority.record.dnssec),
    FIELD("ds_count", authority.record.ds_count),
    FIELD("created_at", authority.record.created_at),
    FIELD("changed_at", authority.record.changed_at),
    FIELD("administrative_name", authority.record.administrative.name),
    FIELD("administrative_organisation", authority.record.administrative.organisation),
    FIELD("administrative_address", authority.record.administrative.address),
    FIELD("administrative_phone", authority.record.administrative.phone),
    FIELD("administrative_fax", authority.record.administrative.fax),
    FIELD("administrative_email", authority.record.administrative.email),
    FIELD("technical_name", authority.record.technical.name),
    FIELD("technical_organisation", authority.record.technical.organisation),
    FIELD("technical_address", authority.record.technical.address),
    FIELD("technical_phone", authority.record.technical.phone),
    FIELD("technical_fax", authority.record.technical.fax),
    FIELD("technical_email", authority.record.technical.email),
    FIELD("administrative_trust", administrative_trust),
    FIELD("administrative_pending", administrative_pending),
    FIELD("administrative_candidate", authority.candidates[AUTHORITY_ADMINISTRATIVE]),
    FIELD("administrative_since", administrative_since),
    FIELD("technical_trust", technical_trust),
    FIELD("technical_pending", technical_pending),
    FIELD("technical_candidate", authority.candidates[AUTHORITY_TECHNICAL]),
    FIELD("technical_since", technical_since),
    FIELD("asked_at", authority.asked_at),
    FIELD("read_at", authority.read_at),
    FIELD("unseen", authority.unseen),
    /* clang-format on */
};

static void authority_clear(Authority *authority)
{
    iana_record_clear(&authority->record);
    for (size_t i = 0; i < AUTHORITY_ROLES; i++)
        g_clear_pointer(&authority->candidates[i], g_free);
}

static void row_free(Row *row)
{
    if (row == NULL)
        return;
    authority_clear(&row->authority);
    g_free(row->administrative_trust);
    g_free(row->technical_trust);
    g_free(row);
}

static const DbRecord RECORD = {
    .size = sizeof(Row),
    .free = (GDestroyNotify) row_free,
    .fields = FIELDS,
    .n_fields = G_N_ELEMENTS(FIELDS),
};

#define SELECT_AUTHORITY                                                                       \
    "SELECT tld, status, organisation, address, dnssec, ds_count, created_at, changed_at,"     \
    " administrative_name, administrative_organisation, administrative_address,"               \
    " administrative_phone, administrative_fax, administrative_email, technical_name,"         \
    " technical_organisation, technical_address, technical_phone, technical_fax,"              \
    " technical_email, administrative_trust, administrative_pending,"                          \
    " administrative_candidate, administrative_since, technical_trust, technical_pending,"     \
    " technical_candidate, technical_since, (SELECT max(asked_at) FROM authority_source s"     \
    " WHERE s.tld = authority.tld) AS asked_at, (SELECT max(read_at) FROM authority_source s"  \
    " WHERE s.tld = authority.tld) AS read_at, (SELECT count(*) FROM authority_change c"       \
    " WHERE c.tld = authority.tld AND weighty = 1 AND seen_at IS NULL) AS unseen"              \
    " FROM authority"

void authority_free(Authority *authority)
{
    if (authority == NULL)
        return;
    authority_clear(authority);
    g_free(authority);
}

static const char *email_of(const IanaRecord *record, AuthorityRole role)
{
    return role == AUTHORITY_ADMINISTRATIVE ? record->administrative.email
                                            : record->technical.email;
}

static Authority *authority_of(Row *row)
{
    const struct {
        const char *trust;
        bool is_pending;
        int64_t since;
    } STATES[AUTHORITY_ROLES] = {
        { row->administrative_trust, row->administrative_pending, row->administrative_since },
        { row->technical_trust, row->technical_pending, row->technical_since },
    };
    Authority *authority = g_new0(Authority, 1);

    *authority = row->authority;
    row->authority = (Authority){ .unseen = 0 };
    for (size_t i = 0; i < AUTHORITY_ROLES; i++)
        authority->addresses[i] = (AddressState){
            .trust = trust_parse(STATES[i].trust),
            .address = email_of(&authority->record, (AuthorityRole) i),
            .is_pending = STATES[i].is_pending,
            .candidate = authority->candidates[i],
            .pending_since = STATES[i].since,
        };
    return authority;
}

bool authority_find(Db *db, const char *tld, Authority **ret_authority, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(db, &RECORD, SELECT_AUTHORITY " WHERE tld = $1",
                                          DB_ARGS(db_text(tld)), err);
    if (rows == NULL)
        return false;
    *ret_authority = rows->len > 0 ? authority_of(rows->pdata[0]) : NULL;
    return true;
}

char *authority_never_read(const char *tld)
{
    return g_strdup_printf("nothing is known from IANA about .%s: \"muster authority sync %s\" "
                           "asks",
                           tld, tld);
}

bool authority_get(Db *db, const char *tld, Authority **ret_authority, GError **err)
{
    g_autoptr(Authority) authority = NULL;
    if (!authority_find(db, tld, &authority, err))
        return false;
    if (authority == NULL) {
        g_autofree char *reason = authority_never_read(tld);
        return err_set(err, ERR_NOT_FOUND, "%s", reason);
    }
    *ret_authority = g_steal_pointer(&authority);
    return true;
}
