#include "mail/smtp_jobs.h"

void smtp_copy_free(SmtpCopy *copy)
{
    if (copy == NULL)
        return;
    g_free(copy->sender);
    g_free(copy->recipient);
    g_bytes_unref(copy->body);
    g_free(copy);
}

void smtp_result_clear(SmtpResult *result)
{
    g_clear_pointer(&result->text, g_free);
}

void smtp_jobs_init(SmtpJobs *jobs)
{
    *jobs = (SmtpJobs){
        .waiting = g_ptr_array_new(),
        .results = g_array_new(FALSE, FALSE, sizeof(SmtpResult)),
    };
}

void smtp_jobs_clear(SmtpJobs *jobs)
{
    SmtpCopy *copy = NULL;
    SmtpResult result;

    while ((copy = smtp_jobs_next(jobs)) != NULL)
        smtp_copy_free(copy);
    while (smtp_jobs_next_result(jobs, &result))
        smtp_result_clear(&result);
    g_ptr_array_unref(jobs->waiting);
    g_array_unref(jobs->results);
}

void smtp_jobs_add(SmtpJobs *jobs, const SmtpJob *job)
{
    SmtpCopy *copy = g_new(SmtpCopy, 1);

    *copy = (SmtpCopy){
        .id = job->id,
        .sender = g_strdup(job->sender),
        .recipient = g_strdup(job->recipient),
        .body = g_bytes_ref(job->body),
        .needs_utf8 = job->needs_utf8 || !g_str_is_ascii(job->sender) ||
                      !g_str_is_ascii(job->recipient),
        .needs_8bit = job->needs_8bit,
    };
    g_ptr_array_add(jobs->waiting, copy);
}

size_t smtp_jobs_waiting(const SmtpJobs *jobs)
{
    return jobs->waiting->len - jobs->waiting_at;
}

SmtpCopy *smtp_jobs_next(SmtpJobs *jobs)
{
    if (jobs->waiting_at == jobs->waiting->len) {
        g_ptr_array_set_size(jobs->waiting, 0);
        jobs->waiting_at = 0;
        return NULL;
    }
    return jobs->waiting->pdata[jobs->waiting_at++];
}

static SmtpOutcome outcome_of(int code)
{
    if (code < 300)
        return SMTP_SENT;
    /* 530 asks for TLS or AUTH (RFC 3207, 4954): our settings are wrong, not the mail. */
    return code >= 500 && code != 530 ? SMTP_REFUSED : SMTP_DEFERRED;
}

void smtp_jobs_answered(SmtpJobs *jobs, const SmtpCopy *copy, const SmtpReply *reply)
{
    SmtpResult result = {
        .id = copy->id,
        .outcome = outcome_of(reply->code),
        .code = reply->code,
        .text = smtp_reply_text(reply),
    };

    smtp_reply_status(reply, result.status);
    g_array_append_val(jobs->results, result);
}

void smtp_jobs_refused(SmtpJobs *jobs, const SmtpCopy *copy, int code, const char *status,
                       const char *text)
{
    SmtpResult result = {
        .id = copy->id,
        .outcome = SMTP_REFUSED,
        .code = code,
        .text = g_strdup(text),
    };

    g_strlcpy(result.status, status, sizeof result.status);
    g_array_append_val(jobs->results, result);
}

void smtp_jobs_stranded(SmtpJobs *jobs, const SmtpCopy *copy, SmtpOutcome outcome,
                        const char *why)
{
    SmtpResult result = { .id = copy->id, .outcome = outcome, .text = g_strdup(why) };

    g_array_append_val(jobs->results, result);
}

bool smtp_jobs_next_result(SmtpJobs *jobs, SmtpResult *ret_result)
{
    if (jobs->results_at == jobs->results->len) {
        g_array_set_size(jobs->results, 0);
        jobs->results_at = 0;
        return false;
    }
    *ret_result = g_array_index(jobs->results, SmtpResult, jobs->results_at++);
    return true;
}
