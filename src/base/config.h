/* The configuration: muster.conf, a key file. One table (config_settings) holds every key with
 * its type, default, limits and help; the reader, `muster config check`, the file that
 * `muster init` writes and the manual page muster.conf(5) all go by it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { FROM_REWRITE_ALWAYS, FROM_REWRITE_DMARC, FROM_REWRITE_NEVER } FromRewrite;
typedef enum { SMTP_TLS_NONE, SMTP_TLS_REQUIRE } SmtpTls;

/* Texts are NULL where the table gives no default and the file is silent. */
typedef struct {
    char *file;      /* absolute path of what was read */
    char *directory; /* where it lies: paths in it are relative to here */

    char *name; /* [community] */
    char *list;
    char *secretariat;         /* mailbox, as "Secretariat <secretariat@example.org>" */
    char *secretariat_address; /* its address alone */
    char *authserv_id;
    char *subject_prefix;

    int64_t contacts_per_tld; /* [policy] */
    bool technical_contact_may_request;
    char *technical_contact_approval; /* who approved that, and when */
    int64_t objection_days;           /* 0: silence is never consent */
    int64_t request_days;
    int64_t request_reminder_days; /* bit N: N days after it was asked */
    int64_t summary_hour;
    int64_t roster_days; /* bit N: day N of the month */
    int64_t roster_hour;
    int64_t bounce_months;
    int64_t from_rewrite; /* FromRewrite */
    int64_t trusted_hops;
    int64_t confirmation_hours;
    int64_t decision_quorum; /* 0: a majority */
    int64_t decision_days;
    int64_t max_post_size;

    char *import_name_pattern; /* [import] */

    char *store_url; /* [store] */

    char *lmtp_listen; /* [lmtp] */
    int64_t lmtp_max_size;
    int64_t lmtp_max_connections;
    int64_t lmtp_timeout_s;
    int64_t lmtp_store_timeout_s;

    char *smtp_relay; /* [smtp] */
    int64_t smtp_connections;
    int64_t smtp_timeout_s;
    int64_t smtp_tls; /* SmtpTls */
    char *smtp_user;
    char *smtp_password_file;
    char *smtp_ca_file;

    char *sms_url; /* [sms]; NULL: there is no gateway. A secret: see base/sms_url.h */
    char *sms_password_file;
    char *sms_ca_file;
    char *sms_success;
    int64_t sms_timeout_s;
    int64_t sms_per_hour;

    char *web_listen; /* [web] */
    char *web_url;

    char *iana_whois; /* [iana] */
    char *iana_rdap;
    char *iana_ca_file;
    int64_t iana_timeout_s;
    int64_t iana_per_minute;
    int64_t iana_sync_days;

    char *mail_templates; /* [mail] */

    char *run_directory; /* [run] */
    char *run_user;
    char *secret_file;
    char *log_level;
    int64_t lease_s;

    bool test_clock; /* [test] */
} Config;

typedef enum {
    SETTING_TEXT,
    SETTING_ADDRESS, /* mail address of a list; kept in canonical form */
    SETTING_MAILBOX, /* "Name <address>" or an address */
    SETTING_NUMBER,  /* whole number within min and max */
    SETTING_SIZE,    /* bytes, with K or M for 1024 and 1024 * 1024 */
    SETTING_SWITCH,  /* yes or no */
    SETTING_CHOICE,  /* one of choices, kept as its place among them */
    SETTING_DAYS,    /* days of the month, with commas: 1,15 */
    SETTING_SOCKET,  /* HOST:PORT or unix:PATH */
    SETTING_URL,     /* http:// or https:// with an end slash */
    SETTING_PATH,    /* relative to the file's folder; kept absolute */
    SETTING_PATTERN, /* regular expression */
    SETTING_GATEWAY, /* address of an SMS gateway; of it only the host is shown */
    SETTING_STORE,   /* sqlite:PATH or postgresql://...; shown without its password */
} SettingType;

typedef struct {
    const char *section;
    const char *key;
    SettingType type;
    size_t offset;        /* in Config: char *, int64_t, or bool for SETTING_SWITCH */
    const char *fallback; /* as it would stand in the file; NULL: none */
    bool is_required;
    int64_t min, max;
    const char *const *choices; /* ends in NULL */
    const char *help;           /* what it is for, one or two sentences */
} Setting;

/* All settings in the order of the manual page, sections together. */
const Setting *config_settings(size_t *ret_n);

/* Reads a file. Fails with ERR_NOT_FOUND if there is none, ERR_INVALID with all that is wrong,
 * a line each ("muster.conf:12: ..."). */
bool config_load(const char *file, Config **ret_config, GError **err);

/* The same from memory; file is the name to use in messages and to find its folder by. */
bool config_parse(const char *text, size_t size, const char *file, Config **ret_config,
                  GError **err);

void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* The value of one setting as it would stand in the file, but for passwords and where they may
 * be; NULL if it has none. */
char *config_show(const Config *config, const Setting *setting);

/* The file that `muster init` writes for a list: what must be decided is set, the rest stands
 * as a comment with its default. store is the store's URL, NULL for the default. */
char *config_sample(const char *list, const char *store);
