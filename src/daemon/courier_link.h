/* One connection to the relay: the engines (mail/smtp.h, mail/tls.h) with their socket and
 * time-outs. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "mail/smtp.h"
#include "mail/tls.h"

/* The relay and how to speak with it; for all connections. */
typedef struct CourierRelay CourierRelay;

/* Reads the password and the certificates of the configuration, which must outlive it. */
CourierRelay *courier_relay_new(const Config *config, GError **err);
void courier_relay_free(CourierRelay *relay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CourierRelay, courier_relay_free)

typedef struct CourierLink CourierLink;

/* Begins to connect. A failure shows itself in a session that has ended. */
CourierLink *courier_link_new(const CourierRelay *relay, int64_t now_ms);
void courier_link_free(CourierLink *link);

/* Its session: to add jobs to, and to take results from. */
Smtp *courier_link_smtp(const CourierLink *link);

/* Whether it takes jobs, and whether it has ever done. */
bool courier_link_is_ready(const CourierLink *link);
bool courier_link_was_ready(const CourierLink *link);

/* Whether the session has ended and there is nothing left to write. */
bool courier_link_is_over(const CourierLink *link);

/* -1 if there is no socket (any more). */
int courier_link_fd(const CourierLink *link);

/* The events of poll(2) that it waits for. */
short courier_link_events(const CourierLink *link);

/* Works on what poll reported, and on time-outs. */
void courier_link_work(CourierLink *link, short events, int64_t now_ms);

/* Writes what jobs have been added, as far as the relay reads. */
void courier_link_flush(CourierLink *link, int64_t now_ms);

/* When courier_link_work should be called even without events. */
int64_t courier_link_deadline_ms(const CourierLink *link);

/* Ends the session when the jobs that it has are done. */
void courier_link_quit(CourierLink *link, int64_t now_ms);

/* Ends it now. */
void courier_link_lose(CourierLink *link, const char *why);
