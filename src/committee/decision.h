/* Decisions: questions that are put to the committee, its votes and the outcome.
 *
 * Who may vote is whoever is chair or on the committee (directory/office.h) when the question
 * is put; each has one vote, which may be changed until the decision closes. Whose office ends
 * before that votes no more, and a vote given before does not count. A decision closes at its
 * deadline, by command, or as soon as all who still may vote have voted and one option leads.
 * The option with most votes is chosen; a tie decides nothing, and so do fewer votes than the
 * quorum. What is not decided is never a yes.
 *
 * What changes something runs inside the caller's transaction, unless it says otherwise, and
 * writes its journal rows and letters in it. Names and texts of people are personal values
 * there. */
#pragma once

#include "queue/work.h"

/* The options of a question that names none. */
#define DECISION_YES "yes"
#define DECISION_NO  "no"

typedef enum {
    DECISION_OPEN,
    DECISION_CHOSEN,    /* one of the options is the committee's answer */
    DECISION_TIE,       /* closed, and nothing decided */
    DECISION_NO_QUORUM, /* the same */
    DECISION_WITHDRAWN, /* closed before it came to anything */
} DecisionState;

/* As it is stored and shown: "open", "chosen", "tie", "no-quorum", "withdrawn". */
const char *decision_state_name(DecisionState state);

typedef struct {
    int64_t position; /* from 1 */
    char *text;
    int64_t votes; /* that count, as things are */
} DecisionOption;

/* One for each who could vote when the decision was opened. */
typedef struct {
    int64_t id;
    int64_t person_id; /* 0 and name NULL if that person is no longer on file */
    char *name;
    int64_t choice;    /* the position of an option; 0: no vote */
    int64_t voted_at;  /* 0: no vote */
    char *via;         /* "mail" or "command"; NULL: no vote */
    char *recorded_by; /* who typed it for the voter; NULL: nobody */
    int64_t mail_votes;
    int64_t told_at;
    bool may_vote; /* holds an office that votes; of a closed decision: did when it closed */
} Ballot;

typedef struct {
    int64_t id; /* people see it as "DEC-7" */
    char *question;
    char *reference_kind; /* "request", "address", "policy", "bounce"; NULL: about nothing */
    char *reference;      /* such as the number of the request; NULL with the kind */
    int64_t quorum;
    int64_t voters; /* who could vote when it was opened */
    int64_t voted;  /* votes that count, as things are */
    int64_t opened_at;
    char *opened_by;
    int64_t deadline;    /* at this second it is too late */
    int64_t reminded_at; /* 0: not yet */
    char *state_name;
    DecisionState state;
    int64_t chosen;     /* the position of an option; 0: none */
    char *outcome;      /* its text; NULL: none */
    char *reason;       /* why it was withdrawn; NULL: it was not */
    int64_t closed_at;  /* 0: it is open */
    char *closed_by;    /* NULL: it is open */
    GPtrArray *options; /* DecisionOption by position; NULL in lists */
    GPtrArray *ballots; /* Ballot by name; NULL in lists */
} Decision;

void decision_free(Decision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Decision, decision_free)

/* "DEC-7" */
char *decision_label(int64_t id);

/* Reads "DEC-7", "dec-7" or "7". ERR_INVALID if it is neither. */
bool decision_parse_label(const char *text, int64_t *ret_id, GError **err);

/* What it is about, for people: "request 142"; NULL if nothing. */
char *decision_about(const Decision *decision);

/* Reading */

/* *ret_decision is NULL if there is none. */
bool decision_find(Db *db, int64_t id, Decision **ret_decision, GError **err);

/* The same, but ERR_NOT_FOUND. */
bool decision_get(Db *db, int64_t id, Decision **ret_decision, GError **err);

/* The last that was opened about this, a kind and a text as in DecisionInput; NULL if none was.
 */
bool decision_find_about(Db *db, const char *kind, const char *reference,
                         Decision **ret_decision, GError **err);

/* Those that are open, by deadline, or with is_all those of the past behind them, the latest
 * first; at most DECISIONS_LISTED_MAX. */
GPtrArray *decision_list(Db *db, bool is_all, GError **err);

/* What became of it. *ret_chosen is the text of the option and yours; NULL unless the state is
 * DECISION_CHOSEN. ERR_NOT_FOUND if there is no such decision. */
bool decision_outcome(Db *db, int64_t id, DecisionState *ret_state, char **ret_chosen,
                      GError **err);

/* The option that somebody means by its words or its number. ERR_INVALID lists them. */
bool decision_parse_option(const Decision *decision, const char *text, int64_t *ret_choice,
                           GError **err);

/* Changing */

/* What is asked. Everything is borrowed. */
typedef struct {
    const char *question;
    const char *reference_kind; /* NULL: about nothing */
    const char *reference;      /* NULL with the kind */
    const char *const *options; /* NULL: yes and no */
    size_t n_options;
    int64_t days; /* to vote; 0: as the policy has it */
} DecisionInput;

/* Opens a decision and sends each voter a ballot. ERR_INVALID names what is wrong with the
 * input. ERR_DENIED if so few may vote that no quorum can be reached; nothing was written then,
 * and the transaction may go on. */
bool decision_open(const Work *work, const DecisionInput *input, int64_t *ret_id, GError **err);

typedef enum { DECISION_VIA_MAIL, DECISION_VIA_COMMAND } DecisionVia;

/* Everything is borrowed. */
typedef struct {
    int64_t person_id;
    int64_t choice; /* the position of an option */
    DecisionVia via;
    int64_t cast_at;         /* when the voter said so, which is now or before */
    const char *evidence;    /* what showed that it is the voter; NULL: nothing but the token */
    const char *in_reply_to; /* the voter's mail, a Message-ID; NULL if none */
} DecisionVote;

/* Records a vote or changes it, sends the voter a receipt, and closes the decision if that was
 * all it waited for. A vote by command says in the journal who typed it. ERR_NOT_FOUND if there
 * is no such decision, ERR_INVALID if it has no such option. ERR_DENIED if it is closed, the
 * deadline had come, the person may not vote, a later vote is known, or mail has changed it
 * BALLOT_VOTES_MAX times; nothing was written then, and the transaction may go on. */
bool decision_vote(const Work *work, int64_t id, const DecisionVote *vote, GError **err);

/* Closes a decision now, with the votes that are there. ERR_DENIED if it is closed. */
bool decision_close(const Work *work, int64_t id, GError **err);

/* Closes it without an outcome. ERR_INVALID without a reason. */
bool decision_withdraw(const Work *work, int64_t id, const char *reason, GError **err);

/* Does what is due by time, in a transaction of its own: closes what has come to its deadline
 * or waits for nobody any more, and reminds those who have not voted. *ret_next_at is when to
 * call it again; -1 if nothing will fall due by itself. */
bool decision_due(const Work *work, int64_t *ret_next_at, GError **err);
