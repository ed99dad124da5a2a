/* TLDs: the country-code TLDs that the community is for, and what a text names of them. */
#pragma once

#include "store/db.h"

/* A plain value; strings are owned by the struct. */
typedef struct {
    char *a_label; /* the key everywhere: "ca", "xn--p1ai" */
    char *u_label; /* for people: "ca", "рф" */
    bool is_idn;
    char *iso3166;      /* "CA"; not a key: gb and uk share GB */
    char *name;         /* of the country or territory */
    char *region;       /* ICANN's: "AF", "AP", "EU", "LAC", "NA" */
    char *organisation; /* regional organisation, which is not the region: "CENTR"; NULL if none
                         */
    char *note;         /* NULL if none */
    int64_t contact_limit;    /* 0: that of the policy */
    char *contact_limit_by;   /* who approved it; NULL while contact_limit is 0 */
    int64_t contact_limit_at; /* seconds since 1970 UTC; 0 while contact_limit is 0 */
    int64_t contacts;         /* how many speak for it */
} Tld;

void tld_free(Tld *tld);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tld, tld_free)

/* Installs or renews share/data/tlds*.tsv, all or nothing. What people may have edited (region,
 * organisation, limit) stays as it is; a TLD that left the table goes unless somebody speaks
 * for it. Reference data like the schema, so it is not journaled. */
bool tld_install(Db *db, const char *share, GError **err);

/* The TLD that a text names: with or without its dot, in any case, as U-label or A-label, as it
 * was typed or pasted. Fails with ERR_INVALID and the reason: no label, a code that is not
 * delegated, or a TLD that is no country's (R21, R22). */
bool tld_parse(Db *db, const char *text, Tld **ret_tld, GError **err);

/* By its A-label in canonical form. *ret_tld is NULL if there is none. */
bool tld_find(Db *db, const char *a_label, Tld **ret_tld, GError **err);

/* For people: ".ca", ".рф (xn--p1ai)". */
char *tld_format(const Tld *tld);

typedef enum { TLD_ALL, TLD_MEMBERS, TLD_MISSING } TldWhich;

/* The Tlds with contacts, without, or all, ASCII first; region is NULL for all regions. */
GPtrArray *tld_list(Db *db, TldWhich which, const char *region, GError **err);

/* What to change; NULL and -1 leave a thing as it is. */
typedef struct {
    const char *region;       /* as people write it */
    const char *organisation; /* "": none */
    int64_t contact_limit;    /* 0: that of the policy again */
    const char *approver;     /* who approved the limit: goes with one over 0, and only there */
} TldChange;

/* Changes a TLD with its journal row. A limit below the number of contacts removes nobody: it
 * bounds who can be added. */
bool tld_set(Db *db, const char *a_label, const TldChange *change, const char *actor,
             int64_t now, GError **err);
