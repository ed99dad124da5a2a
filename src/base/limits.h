/* Every bound on what comes from outside: one line each, with its unit and its reason. */
#pragma once

/* clang-format off */

/* Mail addresses (RFC 5321 4.5.3.1) */
#define ADDRESS_MAX      254  /* bytes: a path of 256 less its brackets */
#define ADDRESS_TEXT_MAX 1024 /* bytes as given: U-labels are longer than A-labels */
#define DOMAIN_MAX       253  /* bytes of A-labels with their dots (RFC 1035 2.3.4) */
#define DOMAIN_LABEL_MAX 63   /* bytes of one A-label (RFC 1035 2.3.4) */
#define LIST_LOCAL_MAX   23   /* bytes before the @ of the list: 41 of "-bounces+TAG" fit into 64 */

/* LMTP in */
#define LMTP_LINE_MAX       2048      /* bytes of a command line: RFC 5321's 512 plus SMTPUTF8 and parameters */
#define LMTP_DATA_LINE_MAX  65536     /* bytes of a line of mail: far over RFC 5322's 998, under what hurts */
#define LMTP_RECIPIENTS_MAX 100       /* per transaction: RFC 5321 4.5.3.1.8 asks for at least 100 */
#define LMTP_ERRORS_MAX     20        /* refused commands before the session ends */
#define LMTP_PEER_NAME_MAX  255       /* bytes of the name in LHLO: the longest domain name */
#define LMTP_REASON_MAX     400       /* bytes of a refusal's text: RFC 5321 ends a line at 512 */
#define LMTP_MEMORY_MAX     268435456 /* bytes of half-received mail over all sessions */
#define LMTP_TRANSACTION_S  1800      /* seconds for one mail, however steadily its bytes drip */

/* Mail out */
#define SMTP_REPLY_LINE_MAX  2048      /* bytes of a line: RFC 5321's 512 and what some servers add */
#define SMTP_REPLY_LINES_MAX 100       /* of one reply: EHLO has some 20 */
#define SMTP_TEXT_MAX        500       /* bytes kept of what a relay says to a copy */
#define SMTP_SHOWN_MAX       100       /* bytes shown of what is no reply */
#define COURIER_MEMORY_MAX   134217728 /* bytes of messages held; a single larger one is held alone */
#define OUTBOX_LIFETIME_S    432000    /* seconds: 5 days, as RFC 5321 4.5.4.1 advises */

/* MIME, before and while GMime reads it (its known ways to die: see mail/census.h) */
#define MESSAGE_HEADER_MAX      65536     /* bytes of header: GMime overflows its stack from about 100 KB */
#define MESSAGE_PARTS_MAX       1000      /* MIME parts in all */
#define MESSAGE_DEPTH_MAX       100       /* boundaries declared, so also multiparts in multiparts */
#define MESSAGE_TEXT_MAX        65536     /* bytes of readable text handed on from a message */
#define MESSAGE_PART_MAX        1048576   /* bytes of one part that are looked at to find text */
#define MESSAGE_VALUE_MAX       4096      /* bytes of one decoded field or name; longer ones are cut */
#define MESSAGE_ID_MAX          900       /* bytes of a Message-ID: it cannot be folded, and a line has 998 */
#define MESSAGE_VALUES_MAX      100       /* addresses, references, reports ... kept of one message */
#define MESSAGE_COLONS_MAX      1000      /* colons in one field: GMime recurses for each group in To */
#define MESSAGE_CHARSETS_MAX    32        /* names of character sets looked up for one message */
#define AUTH_RESULTS_MAX        4000      /* bytes of Authentication-Results: a value cut has more */
#define AUTH_RESULTS_FIELDS_MAX 100       /* Authentication-Results fields of one mail that are looked at */
#define SANDBOX_MEMORY_MAX      536870912 /* bytes of address space of a reader */
#define PARSER_CPU_S            5         /* seconds of processor time for one message */
#define PARSER_WALL_MS          15000     /* milliseconds until the child is killed */
#define PARSER_ANSWER_MAX       1048576   /* bytes of the child's answer */

/* Posts */
#define RECEIVED_MAX   50  /* Received fields: more and it goes in circles (Postfix's hopcount_limit) */
#define REPLY_TO_MAX   10  /* mailboxes in the Reply-To of a post */
#define FIELD_WORD_MAX 200 /* bytes of a word in a field that goes on as it is */

/* Automatic answers */
#define ANSWERS_PER_HOUR       100 /* in all: whoever forges senders must not mail through us */
#define CONFIRMATIONS_OPEN_MAX 5   /* of one person: more would flood who is being forged */
#define SECRETARIAT_NOTICE_S   600 /* seconds from one notice to the next: a flood is one mail */
#define SUBJECT_SHOWN_MAX      80  /* characters of a subject that an answer repeats */
#define SECRETARIAT_LINES_MAX  50  /* mails that one notice lists: it must stay legible */

/* The directory */
#define TLD_CONTACTS_MAX      10000 /* contacts of one TLD: a million over 309 TLDs are 3,237 of each */
#define CONTACT_SEARCH_MAX    200   /* bytes to look for: twice the longest name */
#define CONTACT_WORDS_MAX     16    /* words to look for: more than the longest names have */
#define LOOKALIKES_MAX        10    /* addresses that one looks like: more are of no help */
#define CONTACT_FOUND_MAX     200   /* answers to a search: more are of no help */

/* People */
#define NAME_MAX_CHARS      100 /* characters of a given or family name, an approver, an organisation */
#define PERSON_WORD_MAX     300 /* bytes of a word that somebody is found by: the longest address */
#define PERSON_WORDS_MAX    256 /* words that one person is found by, far over any but a hostile name */
#define PHONE_MAX           40  /* bytes of a phone number as typed */
#define PHONE_EXTENSION_MAX 11  /* digits: what is longer is another number */

/* The roster */
#define ROSTER_LINES_MAX   50000 /* contacts: over 10 MB of mail, and many servers take no more than 25 */
#define ROSTER_FIELD_MAX   500  /* bytes of a field: what is longer is damage */
#define ROSTER_COLUMN_MAX  44   /* columns that a field is aligned to; longer ones stick out */
#define ROSTER_HISTORY_MAX 1000 /* rosters listed: twenty years of two a month are 480 */

/* Lists of contacts from elsewhere */
#define IMPORT_SIZE_MAX    268435456 /* bytes of a file: twice that of a million contacts */
#define IMPORT_LINES_MAX   1000000  /* contacts of a file */
#define IMPORT_LINE_MAX    4096     /* bytes of a line, or of a field in a table */
#define IMPORT_SHOWN_MAX   200      /* bytes of a field when a line is reported */
#define IMPORT_COLUMNS_MAX 100      /* columns of a table: spreadsheets have many that we ignore */

/* Templates: they are ours or the administrator's, the data may be long */
#define TEMPLATE_MAX        262144   /* bytes of a template */
#define TEMPLATE_DEPTH_MAX  16       /* sections in sections: rendering recurses */
#define TEMPLATE_OUTPUT_MAX 16777216 /* bytes rendered: a roster of 50,000 contacts has 10 MB */
#define TEMPLATE_STEPS_MAX  2000000  /* nodes rendered: a roster of 50,000 contacts has 1,500,000 */

/* Nodes */
#define NODES_MAX   10000  /* roles of all hosts: far over what one community runs */
#define LEASE_MIN_S 5      /* seconds: reading one mail may take three times that, so for tests */
#define LEASE_MAX_S 3600   /* seconds: an alert must not wait longer for a lost host */
#define NODE_KEEP_S 604800 /* seconds that the row of a role stays that is gone: a week */

/* Backups */
#define BACKUP_ITEMS_MAX  1000      /* tables and indexes that are looked at: ten times what a store has */
#define BACKUP_SHOWN_MAX  200       /* bytes shown of what it says */
#define BACKUP_TABLES_MAX 1000      /* that a backup may name: some thirty times what a store has */
#define BACKUP_VALUE_MAX  536870912 /* bytes of one value: over any mail that LMTP_MEMORY_MAX lets in */

/* Text messages */
#define SMS_TEXT_MAX     400  /* bytes: percent-encoded three times that, and FETCH_URL_MAX has room */
#define SMS_URL_MAX      500  /* bytes of a gateway's address before a number and a text are put in */
#define SMS_PASSWORD_MAX 100  /* bytes, which may be three times that in an address */
#define SMS_ANSWER_MAX   4096 /* bytes of a gateway's answer that are looked at: it has one line */
#define SMS_SHOWN_MAX    100  /* bytes of it that are shown */
#define SMS_ATTEMPTS_MAX 8    /* at one message: each may cost money */

/* Fetching by HTTP */
#define FETCH_SIZE_MAX 262144 /* bytes of a body: the largest answer that anybody reads */
#define FETCH_URL_MAX  2000   /* bytes of an address: more than any server takes */

/* Decisions */
#define DECISION_QUESTION_MAX  500    /* characters of a question: it stands in one paragraph */
#define DECISION_REFERENCE_MAX 200    /* characters of what it is about */
#define DECISION_REASON_MAX    500    /* characters of why it was withdrawn */
#define DECISION_OPTIONS_MAX   9      /* their numbers have one digit */
#define DECISION_OPTION_MAX    60     /* characters of an option: people type it */
#define DECISION_VOTERS_MAX    100    /* who may vote: ten times what a committee has */
#define DECISION_DAYS_MAX      90     /* days to vote: what takes longer is asked anew */
#define DECISIONS_LISTED_MAX   1000   /* decisions that one command prints */
#define BALLOT_VOTES_MAX       20     /* votes of one person by mail: each is answered by a receipt */
#define BALLOT_NOTICE_S        3600   /* seconds from one notice that a mail did not count to the next */

/* What IANA says of a TLD */
#define WHOIS_SIZE_MAX     65536  /* bytes of an answer: twenty times a usual one */
#define WHOIS_LINES_MAX    1000   /* of an answer: ten times those of a TLD with many name servers */
#define RDAP_SIZE_MAX      262144 /* bytes of an answer: JSON says the same in ten times as many */
#define IANA_VALUE_MAX     1000   /* bytes of one field with all its lines: a long postal address */
#define IANA_SHOWN_MAX     200    /* bytes of an error that a server tells of */
#define IANA_SECOND_LOOK_S 72000  /* seconds, 20 hours, until what one source said once is believed */
#define IANA_SILENT_MAX    5      /* times in a row that a server is silent before it is left alone */
#define IANA_RETRY_S       3600   /* seconds before a run that came to nothing is tried again */
#define IANA_LEASE_S       900    /* seconds without a sign of life, and a run is taken for dead */
#define IANA_CHANGES_MAX   1000   /* changes listed: more are of no help */

/* The secretariat's desk */
#define INVITATIONS_PER_HOUR    50   /* in all: a host that suddenly mails hundreds of strangers passes for a spammer */
#define INVITATION_LOOK_S       3600 /* seconds from one look at an address that could not be used to the next */
#define INVITATION_REASON_MAX   500  /* characters of why an invitation was stopped */
#define INVITATION_CONTACTS_MAX 10   /* blocks of the form: more are no help to who fills it in */
#define TLD_NOTE_MAX            4000 /* characters of a note: what is longer is a document */
#define TLD_NOTES_MAX           1000 /* notes listed: more are of no help */
#define TLD_NOTES_SHOWN         5    /* notes that stand below a TLD */

/* The form of a request */
#define FORMS_MAX          20    /* of one mail: an operator of many TLDs has one for all of them */
#define FORM_LINES_MAX     5000  /* looked at: a form has some ten, and a mail that quotes a thousand */
#define FORM_NAME_MAX      60    /* characters before a colon: the longest name of a field has 40 */
#define FORM_ANSWER_MAX    500   /* bytes of an answer: the longest address has 254 */
#define FORM_CONTACTS_MAX  20    /* of a form: more than any TLD has */
#define FORM_TLDS_MAX      50    /* of a form: the operator of most IDNs has 15 */
#define FORM_NOTES_MAX     20    /* lines beside its fields that are kept */
#define FORM_CONFLICTS_MAX 10    /* answers in two ways that are told */

/* Requests */
#define REQUEST_EVENTS_MAX   1000 /* of one request that are shown: more is no story any more */
#define REQUEST_FILE_MAX     65536 /* bytes of a form that is opened by command: as much as of a mail */
#define REQUEST_LIST_MAX     10000 /* requests listed */
#define REQUESTS_PER_DAY     20   /* opened by the mails of one address: an operator of many TLDs sends one mail */
#define REQUEST_UNCLEAR_MAX 5 /* answers to a request that are answered, for being neither yes nor no */
#define REQUESTS_UNPROVEN    3    /* of those, by mails of which nothing shows who sent them: each is answered */
#define REQUESTS_OPEN_MAX    5    /* of one TLD: more would flood its administrative contact */
#define REQUEST_MAILS_PER_DAY 10  /* that complete one request: each is answered */
#define REQUEST_LETTERS_PER_HOUR 100 /* in all about requests of which nothing shows who sent them */
#define REQUEST_RETRY_S      3600 /* seconds until what could not be asked is tried again */
#define REQUEST_ROUND_MAX    100  /* requests taken on before mail gets its turn */
#define DESK_ENTRIES_MAX     10000 /* of one kind that the desk shows: a table of it is still read */
#define REQUEST_COMMENT_MAX  2000 /* characters of a comment or a reason */
#define PHONE_CODE_DIGITS    6    /* as many as people read out without a slip */
#define CODE_LINES_MAX       50   /* of an answer in which a code is looked for */
#define PHONE_CODE_TRIES     5    /* wrong codes before a code is void: one of 1,000,000 is guessed then in 200,000 tries */
#define PHONE_CODE_S         86400 /* seconds that a code is good for */

/* The log */
#define LOG_TEXT_MAX 3000 /* bytes of a line's text: with the rest under PIPE_BUF (4096) */

/* Files */
#define CONFIG_SIZE_MAX 65536 /* bytes of muster.conf: a hundred times what it needs */
