/* The table of settings. */
#include "base/config.h"

#include "base/limits.h"

static const char *const FROM_REWRITES[] = { "always", "dmarc", "never", NULL };
static const char *const TLS_CHOICES[] = { "none", "require", NULL };
static const char *const LOG_LEVELS[] = { "error", "warning", "info", "debug", NULL };

/* A choice that is kept as text: the log has its own reader for it. */
#define AT(field) offsetof(Config, field)

/* Named groups: tld, rank, name or given and family, mobile, secondary. */
#define NAME_PATTERN                                                                           \
    "^\\.?(?<tld>[^\\s.,;]+)[\\s,;]+(?:(?<rank>[1-9][0-9]?)[\\s,;]+)?(?<name>[^0-9+(]+?)"      \
    "[\\s,;]*(?<mobile>\\+?[0-9(][-0-9().\\s/]*[0-9](?:[\\s,;]*(?:ext|x)[.\\s]*[0-9]+)?)?"     \
    "(?:[\\s,;/]+(?<secondary>[^\\s,;@]+@[^\\s,;@]+))?$"

static const Setting SETTINGS[] = {
    /* clang-format off */
    { "community", "name", SETTING_TEXT, AT(name), "TLD-OPS", false, 0, 0, NULL,
      "What the community calls itself; stands in subjects, From fields and List-Id." },
    { "community", "list", SETTING_ADDRESS, AT(list), NULL, true, 0, 0, NULL,
      "Address that reaches everyone. The other addresses derive from it: NAME-request@, "
      "NAME-owner@, NAME-committee@, NAME-bounces+TAG@, NAME-confirm+TOKEN@ and NAME+TLD@." },
    { "community", "secretariat", SETTING_MAILBOX, AT(secretariat), NULL, true, 0, 0, NULL,
      "The people who run the list. What Muster cannot decide goes there." },
    { "community", "authserv-id", SETTING_TEXT, AT(authserv_id), NULL, false, 0, 0, NULL,
      "Name by which your own mail server signs its Authentication-Results fields. Without it "
      "no such field is trusted and each post must be confirmed by its author." },
    { "community", "subject-prefix", SETTING_TEXT, AT(subject_prefix), NULL, false, 0, 0, NULL,
      "Put before the subject of posts. Default: the community's name in square brackets." },

    { "policy", "contacts-per-tld", SETTING_NUMBER, AT(contacts_per_tld), "3", false, 1, TLD_CONTACTS_MAX, NULL,
      "How many contacts a TLD may have; `muster tld set` allows one TLD more." },
    { "policy", "technical-contact-may-request", SETTING_SWITCH, AT(technical_contact_may_request), "no", false, 0, 0, NULL,
      "Whether the technical contact of a TLD at IANA may ask for contacts too. It takes who "
      "approved that, and when: see technical-contact-approval." },
    { "policy", "technical-contact-approval", SETTING_TEXT, AT(technical_contact_approval), NULL, false, 0, 0, NULL,
      "Who approved that technical contacts may ask, and when: \"ccNSO Council, 2026-11-02\"." },
    { "policy", "objection-days", SETTING_NUMBER, AT(objection_days), "0", false, 0, 90, NULL,
      "Days in which an administrative contact that was in copy may object to a request, after "
      "which silence is consent. 0: silence is never consent, it has to say yes." },
    { "policy", "request-days", SETTING_NUMBER, AT(request_days), "30", false, 1, 365, NULL,
      "Days for which a request waits for an answer before it ends without effect." },
    { "policy", "request-reminder-days", SETTING_DAYS, AT(request_reminder_days), "7,21", false, 0, 0, NULL,
      "Days after which those who have not answered a request are reminded." },
    { "policy", "summary-hour", SETTING_NUMBER, AT(summary_hour), "7", false, 0, 23, NULL,
      "Hour in UTC from which the secretariat gets the daily summary of what waits, on days on "
      "which something does." },
    { "policy", "roster-days", SETTING_DAYS, AT(roster_days), "1,15", false, 0, 0, NULL,
      "Days of the month on which the roster goes out, counted in UTC. A day that a month does "
      "not have is its last one." },
    { "policy", "roster-hour", SETTING_NUMBER, AT(roster_hour), "6", false, 0, 23, NULL,
      "Hour in UTC from which the roster goes out on its day." },
    { "policy", "bounce-months", SETTING_NUMBER, AT(bounce_months), "2", false, 1, 24, NULL,
      "Months an address may bounce before the committee is asked about it." },
    { "policy", "from-rewrite", SETTING_CHOICE, AT(from_rewrite), "dmarc", false, 0, 0, FROM_REWRITES,
      "When posts carry the list's address in From, with the author's name and address beside "
      "it: always, never, or dmarc: unless your mail server says that the author's domain has "
      "no DMARC policy that would make members' servers refuse the copy." },
    { "policy", "trusted-hops", SETTING_NUMBER, AT(trusted_hops), "1", false, 0, 9, NULL,
      "Below how many Received fields an Authentication-Results field of yours may stand: 0 if "
      "your verifier puts it above the field of your own server, 1 if right below. Further down "
      "it came from outside. With 1, your server must remove forged ones." },
    { "policy", "confirmation-hours", SETTING_NUMBER, AT(confirmation_hours), "72", false, 1, 720, NULL,
      "Hours in which a held post may be confirmed by its author." },
    { "policy", "decision-quorum", SETTING_NUMBER, AT(decision_quorum), "0", false, 0, DECISION_VOTERS_MAX, NULL,
      "How many of the committee must vote for anything to be decided; 0: the majority of those "
      "who may vote when the question is put, and two at least." },
    { "policy", "decision-days", SETTING_NUMBER, AT(decision_days), "7", false, 1, DECISION_DAYS_MAX, NULL,
      "Days that the committee has to vote, where nobody says otherwise." },
    { "policy", "max-post-size", SETTING_SIZE, AT(max_post_size), "25M", false, 65536, 209715200, NULL,
      "Largest post, in bytes of the copies that go out; K and M may follow. Many members' "
      "servers take no more than the default." },

    { "import", "name-pattern", SETTING_PATTERN, AT(import_name_pattern), NAME_PATTERN, false, 0, 0, NULL,
      "Perl-compatible regular expression that takes a Mailman real name apart, with the named "
      "groups tld, rank, name (or given and family), mobile and secondary." },

    { "store", "url", SETTING_STORE, AT(store_url), "sqlite:muster.db", false, 0, 0, NULL,
      "Where everything is kept: sqlite:PATH, or postgresql://USER@HOST/DATABASE for several "
      "hosts." },

    { "lmtp", "listen", SETTING_SOCKET, AT(lmtp_listen), "127.0.0.1:8024", false, 0, 0, NULL,
      "Where the mail server hands mail over: HOST:PORT or unix:PATH." },
    { "lmtp", "max-size", SETTING_SIZE, AT(lmtp_max_size), "30M", false, 65536, 209715200, NULL,
      "Largest mail taken, in bytes; K and M may follow." },
    { "lmtp", "max-connections", SETTING_NUMBER, AT(lmtp_max_connections), "50", false, 1, 1000, NULL,
      "Connections at one time; more are asked to come back." },
    { "lmtp", "timeout-seconds", SETTING_NUMBER, AT(lmtp_timeout_s), "300", false, 1, 3600, NULL,
      "A connection that is silent for so long is closed." },
    { "lmtp", "store-timeout-seconds", SETTING_NUMBER, AT(lmtp_store_timeout_s), "15", false, 1, 60, NULL,
      "A store that gives no answer for so long is given up, and mail is put off." },

    { "smtp", "relay", SETTING_SOCKET, AT(smtp_relay), "127.0.0.1:25", false, 0, 0, NULL,
      "The mail server that takes outgoing mail." },
    { "smtp", "connections", SETTING_NUMBER, AT(smtp_connections), "4", false, 1, 50, NULL,
      "Connections to the relay at one time." },
    { "smtp", "timeout-seconds", SETTING_NUMBER, AT(smtp_timeout_s), "600", false, 1, 600, NULL,
      "A relay that is silent for so long is given up. The default leaves each command the time "
      "that RFC 5321 asks for, two to ten minutes." },
    { "smtp", "tls", SETTING_CHOICE, AT(smtp_tls), "none", false, 0, 0, TLS_CHOICES,
      "STARTTLS to the relay: none, which is for the loopback; or require: no mail without it, "
      "and only with a certificate that fits the relay's name." },
    { "smtp", "user", SETTING_TEXT, AT(smtp_user), NULL, false, 0, 0, NULL,
      "User name for the relay (AUTH PLAIN); needs tls = require and a password-file. Default: no "
      "log-in." },
    { "smtp", "password-file", SETTING_PATH, AT(smtp_password_file), NULL, false, 0, 0, NULL,
      "File whose first line is that user's password." },
    { "smtp", "ca-file", SETTING_PATH, AT(smtp_ca_file), NULL, false, 0, 0, NULL,
      "Certificates to trust for the relay. Default: the system's." },

    { "sms", "url", SETTING_GATEWAY, AT(sms_url), NULL, false, 0, 0, NULL,
      "Address of an HTTP gateway that sends text messages, with the holes {to} or {digits}, "
      "{text} and {password}. http:// is for the loopback only. Default: none, so the "
      "secretariat phones." },
    { "sms", "password-file", SETTING_PATH, AT(sms_password_file), NULL, false, 0, 0, NULL,
      "File whose first line goes into the hole {password}." },
    { "sms", "ca-file", SETTING_PATH, AT(sms_ca_file), NULL, false, 0, 0, NULL,
      "Certificates to trust for the gateway. Default: the system's." },
    { "sms", "success", SETTING_PATTERN, AT(sms_success), NULL, false, 0, 0, NULL,
      "Perl-compatible regular expression that the gateway's answer must match, beside an HTTP "
      "status of 2xx, or the message does not count as sent. Default: the status is enough." },
    { "sms", "timeout-seconds", SETTING_NUMBER, AT(sms_timeout_s), "15", false, 1, 120, NULL,
      "How long the gateway may take for one message." },
    { "sms", "per-hour", SETTING_NUMBER, AT(sms_per_hour), "60", false, 1, 10000, NULL,
      "How many text messages are sent in an hour, to all numbers together, so that nobody can "
      "run up a bill." },

    { "web", "listen", SETTING_SOCKET, AT(web_listen), "127.0.0.1:8080", false, 0, 0, NULL,
      "Where the web role listens." },
    { "web", "url", SETTING_URL, AT(web_url), NULL, false, 0, 0, NULL,
      "Address under which members reach the pages. Posts point there (List-Archive, "
      "Archived-At) when it is set." },

    { "iana", "whois", SETTING_SOCKET, AT(iana_whois), "whois.iana.org:43", false, 0, 0, NULL,
      "Where IANA's WHOIS is asked about TLDs: HOST:PORT." },
    { "iana", "rdap", SETTING_URL, AT(iana_rdap), "https://rdap.iana.org/domain/", false, 0, 0, NULL,
      "Where IANA's RDAP is asked about TLDs; the TLD is put behind it. http:// is for the "
      "loopback only." },
    { "iana", "ca-file", SETTING_PATH, AT(iana_ca_file), NULL, false, 0, 0, NULL,
      "Certificates to trust for RDAP. Default: the system's." },
    { "iana", "timeout-seconds", SETTING_NUMBER, AT(iana_timeout_s), "30", false, 1, 300, NULL,
      "How long one answer may take." },
    { "iana", "per-minute", SETTING_NUMBER, AT(iana_per_minute), "10", false, 1, 60000, NULL,
      "How many TLDs are asked for in a minute. All 309 take half an hour with the default." },
    { "iana", "sync-days", SETTING_NUMBER, AT(iana_sync_days), "7", false, 0, 90, NULL,
      "Days from one time that the worker asks for all TLDs to the next; 0: never by itself." },

    { "mail", "templates", SETTING_PATH, AT(mail_templates), NULL, false, 0, 0, NULL,
      "Folder with the secretariat's own wording: LANGUAGE/NAME.mustache there goes before the "
      "text of the same name that comes with Muster." },

    { "run", "directory", SETTING_PATH, AT(run_directory), "run", false, 0, 0, NULL,
      "Folder for the process number and locks." },
    { "run", "user", SETTING_TEXT, AT(run_user), NULL, false, 0, 0, NULL,
      "User to become when started as root. Default: stay who started it." },
    { "run", "secret-file", SETTING_PATH, AT(secret_file), "secret", false, 0, 0, NULL,
      "File with the key that signs bounce addresses. Made by `muster init`; keep it private." },
    { "run", "log-level", SETTING_TEXT, AT(log_level), "info", false, 0, 0, LOG_LEVELS,
      "What is logged: error, warning, info or debug." },
    { "run", "lease-seconds", SETTING_NUMBER, AT(lease_s), "60", false, LEASE_MIN_S, LEASE_MAX_S, NULL,
      "After how long without a sign of life another node takes a role for dead and does its "
      "work; longer than the store takes to fail over." },

    { "test", "clock", SETTING_SWITCH, AT(test_clock), "no", false, 0, 0, NULL,
      "Whether the variable MUSTER_CLOCK may name a file that holds the time. For tests only." },
    /* clang-format on */
};

const Setting *config_settings(size_t *ret_n)
{
    *ret_n = G_N_ELEMENTS(SETTINGS);
    return SETTINGS;
}
