/* Statistics: how much of the ccTLD world the community reaches, and how well. Every share
 * carries what it is a share of, since "65 %" means nothing without (R154, R155). */
#pragma once

#include "directory/region.h"
#include "store/db.h"

/* Of so many delegated TLDs, so many are members: somebody speaks for them. */
typedef struct {
    int64_t members;
    int64_t all;
} StatisticsShare;

typedef struct {
    StatisticsShare ascii;
    StatisticsShare idn;
    StatisticsShare all;
} StatisticsRow;

typedef struct {
    StatisticsRow regions[REGIONS]; /* as in REGION_TABLE */
    StatisticsRow total;
    int64_t people;         /* who speak for a TLD */
    int64_t seats;          /* one person may hold several */
    int64_t addresses;      /* of these people */
    int64_t delivering;     /* of these, those that get mail */
    int64_t with_secondary; /* people with a second address (R91) */
    int64_t with_mobile;
    int64_t inside_only; /* people all of whose addresses are inside a TLD that they speak for:
                          * out of reach when it fails (R92) */
    GPtrArray *single;   /* Tld: with one contact only (R28) */
    GPtrArray *missing;  /* Tld: with none (R160) */
} Statistics;

void statistics_clear(Statistics *statistics);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Statistics, statistics_clear)

bool statistics_read(Db *db, Statistics *ret_statistics, GError **err);

/* 0 to 100. */
double statistics_percent(const StatisticsShare *share);
