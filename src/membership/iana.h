/* IANA's two servers: asks WHOIS and RDAP about a TLD. Here is the only place of this layer
 * that uses the network, and it uses no store. */
#pragma once

#include "base/config.h"
#include "membership/iana_record.h"

typedef enum { IANA_WHOIS, IANA_RDAP } IanaSource;

#define IANA_SOURCES 2

/* "whois", "rdap": as in the store; and "WHOIS", "RDAP" for people. */
const char *iana_source_key(IanaSource source);
const char *iana_source_title(IanaSource source);

/* What one source said, or why it is not known: record and failure exclude each other. */
typedef struct {
    GBytes *bytes;      /* as it came; NULL if nothing did */
    IanaRecord *record; /* about the TLD that was asked for; NULL if it could not be read */
    GError *failure;    /* kinds: those of whois_ask or fetch_get, whois_read or rdap_read; and
                         * ERR_INVALID for an answer about another TLD. NULL if it was read */
    bool is_reached;    /* the server answered something */
} IanaAnswer;

void iana_answer_clear(IanaAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IanaAnswer, iana_answer_clear)

/* Reads what a source answered about a TLD; takes bytes. */
void iana_read(IanaSource source, const char *tld, GBytes *bytes, IanaAnswer *ret);

typedef struct IanaClient IanaClient;

/* Borrows config. Connects to nobody yet. */
IanaClient *iana_client_new(const Config *config);
void iana_client_free(IanaClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IanaClient, iana_client_free)

/* Asks about a TLD (A-label). Takes as long as [iana] timeout-seconds at most, but for looking
 * up the server's name. *ret is to be cleared. */
void iana_ask(IanaClient *client, IanaSource source, const char *tld, IanaAnswer *ret);
