/* The five geographic regions of ICANN. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *code;  /* in tables and files: "LAC" */
    const char *title; /* "Latin America and the Caribbean" */
} Region;

#define REGIONS 5
extern const Region REGION_TABLE[REGIONS];

/* By its code in any case; "EUR", which is in use as well, is EU. ERR_INVALID names them all.
 */
bool region_parse(const char *text, const Region **ret_region, GError **err);
