/* How many TLDs are signed: a TLD is when IANA publishes a DS record of it (R286). */
#pragma once

#include "directory/statistics.h"

/* A TLD and what IANA said of it. */
typedef struct {
    char *tld;
    char *u_label;
    char *region;
    bool is_idn;
    char *dnssec;    /* "signed", "unsigned"; NULL: IANA was not asked, or did not say */
    int64_t read_at; /* when that was read; 0 if it was not */
} DnssecTld;

/* In each share, members counts the signed TLDs, and all those of which it is known. */
typedef struct {
    StatisticsRow regions[REGIONS]; /* as in REGION_TABLE */
    StatisticsRow total;
    int64_t unknown;   /* TLDs of which it is not known */
    int64_t oldest_at; /* when the oldest of the answers was read; 0 if there is none */
    GPtrArray *tlds;   /* DnssecTld, ASCII first */
} DnssecStatistics;

void dnssec_statistics_clear(DnssecStatistics *statistics);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DnssecStatistics, dnssec_statistics_clear)

bool dnssec_statistics_read(Db *db, DnssecStatistics *ret_statistics, GError **err);
