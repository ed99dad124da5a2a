/* The jobs of an SMTP session before they begin and after they ended. */
#pragma once

#include "mail/smtp.h"

typedef struct {
    int64_t id;
    char *sender;
    char *recipient;
    GBytes *body;
    bool needs_utf8; /* for its header or its addresses */
    bool needs_8bit;
} SmtpCopy;

void smtp_copy_free(SmtpCopy *copy);

typedef struct {
    GPtrArray *waiting; /* SmtpCopy *, from waiting_at */
    unsigned waiting_at;
    GArray *results; /* SmtpResult, from results_at */
    unsigned results_at;
} SmtpJobs;

void smtp_jobs_init(SmtpJobs *jobs);
void smtp_jobs_clear(SmtpJobs *jobs);

void smtp_jobs_add(SmtpJobs *jobs, const SmtpJob *job);
size_t smtp_jobs_waiting(const SmtpJobs *jobs);

/* Takes the next one out; NULL if none waits. */
SmtpCopy *smtp_jobs_next(SmtpJobs *jobs);

/* The relay decided with this reply. */
void smtp_jobs_answered(SmtpJobs *jobs, const SmtpCopy *copy, const SmtpReply *reply);

/* We refuse to send it; status as in RFC 3463. */
void smtp_jobs_refused(SmtpJobs *jobs, const SmtpCopy *copy, int code, const char *status,
                       const char *text);

/* The session ended under it: SMTP_LOST or SMTP_UNCERTAIN. */
void smtp_jobs_stranded(SmtpJobs *jobs, const SmtpCopy *copy, SmtpOutcome outcome,
                        const char *why);

bool smtp_jobs_next_result(SmtpJobs *jobs, SmtpResult *ret_result);
