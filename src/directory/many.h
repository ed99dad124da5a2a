/* Asking for many rows by their numbers in one statement, instead of one by one. */
#pragma once

#include "store/db.h"

#define MANY 50 /* numbers in one statement */

/* SQL for the list of an IN: $1 to $50. */
/* clang-format off */
#define MANY_IDS                                                                               \
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "                  \
    "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, "                   \
    "$31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, "                   \
    "$45, $46, $47, $48, $49, $50"
/* clang-format on */

/* The parameters of such a statement: values has room for MANY, of which those that are not
 * needed name no row. */
static inline DbArgs many_args(DbValue *values, const int64_t *ids, size_t n_ids)
{
    g_assert(n_ids <= MANY);
    for (size_t i = 0; i < MANY; i++)
        values[i] = db_int(i < n_ids ? ids[i] : 0);
    return (DbArgs){ values, MANY };
}
