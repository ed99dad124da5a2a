/* Seats: a person speaks for a TLD, with a rank. Whoever has a seat is a contact.
 *
 * Ranks tell whom to call first. They are 1 to the limit of the TLD and may have gaps: when a
 * contact leaves, nobody else's rank changes, and who comes next takes the lowest free one. */
#pragma once

#include "directory/edit.h"
#include "directory/tld.h"

/* A plain value; strings are owned by the struct. */
typedef struct {
    int64_t person_id;
    char *tld;     /* A-label */
    char *u_label; /* for people */
    int64_t rank;  /* 1: to be called first */
    int64_t since; /* seconds since 1970 UTC */
} Seat;

void seat_free(Seat *seat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seat, seat_free)

/* The Seats of a person, ASCII TLDs first. */
GPtrArray *seat_list(Db *db, int64_t person_id, GError **err);

/* The same of people with these numbers, at most MANY (directory/many.h), person by person. */
GPtrArray *seat_list_of_people(Db *db, const int64_t *ids, size_t n_ids, GError **err);

/* The Seats of a TLD by rank. */
GPtrArray *seat_list_of_tld(Db *db, const char *a_label, GError **err);

/* Who holds a rank; 0 if nobody does. */
bool seat_holder(Db *db, const char *a_label, int64_t rank, int64_t *ret_person_id,
                 GError **err);

/* The rank of a person; 0 for one who does not speak for the TLD. */
bool seat_rank(Db *db, const char *a_label, int64_t person_id, int64_t *ret_rank, GError **err);

/* What follows runs inside the caller's transaction and writes journal rows only for those whom
 * it moves to another rank ("seat.rank"). */

/* Gives a person a seat. rank 0 is the lowest free one; at a rank that is taken the others make
 * room. *ret_rank is the rank given. Fails with ERR_LIMIT if the TLD is full, ERR_EXISTS if the
 * person has a seat there, ERR_INVALID for a rank beyond the limit. */
bool seat_add(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
              int64_t *ret_rank, GError **err);

/* The two steps of seat_add for somebody who is not on file yet: first all that may be refused,
 * then all that is written. */
typedef struct {
    int64_t rank; /* to be given */
    int64_t gap;  /* the free rank towards which the others move to make room */
} SeatPlace;

bool seat_find_place(Db *db, const Edit *edit, const Tld *tld, int64_t rank,
                     SeatPlace *ret_place, GError **err);
bool seat_take(Db *db, const Edit *edit, const Tld *tld, int64_t person_id,
               const SeatPlace *place, GError **err);

/* Moves a contact to another rank, its own row included. ERR_NOT_FOUND if there is no seat. */
bool seat_move(Db *db, const Edit *edit, const Tld *tld, int64_t person_id, int64_t rank,
               GError **err);

/* ERR_NOT_FOUND if the person does not speak for the TLD. */
bool seat_remove(Db *db, int64_t person_id, const char *a_label, GError **err);

/* How many contacts a TLD may have. */
int64_t seat_limit(const Edit *edit, const Tld *tld);
