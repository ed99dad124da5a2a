#include "queue/health.h"

#include <sysexits.h>

#include "base/clock.h"

#define MAIL_WAITS_S 300 /* seconds: a worker reads a mail in milliseconds */
#define COPY_WAITS_S                                                                           \
    3600 /* seconds: our own relay takes copies at once, and waits for others */
#define HELD_WAITS_S  86400 /* seconds: people were told of it a day ago */
#define ROSTER_LATE_S 3600  /* seconds: workers look at least every half minute */
#define CLOCK_AHEAD_S 30    /* seconds: more than any sign of life takes */

static const struct {
    const char *name;
    int exit_status;
} GRADES[] = {
    [HEALTH_GOOD] = { "good", EX_OK },
    [HEALTH_DEGRADED] = { "degraded", EX_TEMPFAIL },
    [HEALTH_BROKEN] = { "broken", EX_UNAVAILABLE },
};

const char *health_grade_name(HealthGrade grade)
{
    return GRADES[grade].name;
}

int health_exit_status(HealthGrade grade)
{
    return GRADES[grade].exit_status;
}

void health_finding_free(HealthFinding *finding)
{
    if (finding == NULL)
        return;
    g_free(finding->text);
    g_free(finding->advice);
    g_free(finding);
}

HealthFinding *health_finding_new(HealthGrade grade, const char *text, const char *advice)
{
    HealthFinding *finding = g_new0(HealthFinding, 1);
    *finding = (HealthFinding){ grade, g_strdup(text), g_strdup(advice) };
    return finding;
}

char *health_age(int64_t seconds)
{
    static const struct {
        int64_t size;
        const char *name;
    } UNITS[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    size_t i = 0;
    int64_t age = MAX(seconds, 0);
    while (i + 1 < G_N_ELEMENTS(UNITS) && age < 2 * UNITS[i].size)
        i++;
    int64_t count = age / UNITS[i].size;
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count, UNITS[i].name,
                           count == 1 ? "" : "s");
}

static void G_GNUC_PRINTF(4, 5)
    find(GPtrArray *findings, HealthGrade grade, const char *advice, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(findings, health_finding_new(grade, text, advice));
}

/* Roles */

static guint count_running(const HealthFacts *facts, const char *role)
{
    guint count = 0;
    for (guint i = 0; i < facts->nodes->len; i++) {
        const Node *node = facts->nodes->pdata[i];
        count += g_str_equal(node->role, role) && node_state(node, facts->now) == NODE_RUNS;
    }
    return count;
}

static void look_for_roles(const HealthFacts *facts, GPtrArray *findings)
{
    static const struct {
        const char *role;
        const char *text;
    } NEEDED[] = {
        { "lmtp", "No lmtp runs: no mail is taken." },
        { "worker", "No worker runs: nothing is done with mail, and nothing happens by time." },
        { "courier", "No courier runs: nothing is sent." },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(NEEDED); i++) {
        g_autofree char *advice = g_strdup_printf(
            "Start one: \"muster serve %s\", or its systemd unit.", NEEDED[i].role);
        if (count_running(facts, NEEDED[i].role) == 0)
            find(findings, HEALTH_BROKEN, advice, "%s", NEEDED[i].text);
    }
}

static void look_for_lost(const HealthFacts *facts, GPtrArray *findings)
{
    for (guint i = 0; i < facts->nodes->len; i++) {
        const Node *node = facts->nodes->pdata[i];
        if (node_state(node, facts->now) != NODE_LOST)
            continue;
        g_autofree char *seen = clock_format(node->seen_at);
        g_autofree char *advice = g_strdup_printf(
            "Look after that host. If it is gone for good: \"muster node forget %s\".",
            node->host);
        find(findings, HEALTH_DEGRADED, advice,
             "The %s on %s has given no sign of life since %s. What it held goes to others.",
             node->role, node->host, seen);
    }
}

static void look_at_versions(const HealthFacts *facts, GPtrArray *findings)
{
    const Node *first = NULL;
    for (guint i = 0; i < facts->nodes->len; i++) {
        const Node *node = facts->nodes->pdata[i];
        if (node_state(node, facts->now) != NODE_RUNS)
            continue;
        if (first == NULL)
            first = node;
        if (g_str_equal(first->version, node->version))
            continue;
        find(findings, HEALTH_DEGRADED, "Upgrade the older one.",
             "The %s on %s runs muster %s, and the %s on %s runs muster %s.", first->role,
             first->host, first->version, node->role, node->host, node->version);
        return;
    }
}

static void look_at_clocks(const HealthFacts *facts, GPtrArray *findings)
{
    for (guint i = 0; i < facts->nodes->len; i++) {
        const Node *node = facts->nodes->pdata[i];
        if (node->seen_at <= facts->now + CLOCK_AHEAD_S)
            continue;
        g_autofree char *ahead = health_age(node->seen_at - facts->now);
        find(findings, HEALTH_DEGRADED, "Have both clocks set by NTP.",
             "The clock of %s (%s) is %s ahead of that of this host.", node->host, node->role,
             ahead);
    }
}

/* Queues */

static const struct {
    DepthKind kind;
    int64_t waits_s;
    HealthGrade grade;
    const char *one; /* for "1 ..." and "2 ..." */
    const char *many;
    const char *advice;
} WAITS[] = {
    /* clang-format off */
    { DEPTH_INBOX_WAITING, MAIL_WAITS_S, HEALTH_DEGRADED,
      "mail waits to be read", "mails wait to be read",
      "The log of the worker says why; \"muster message list --state waiting\" lists them." },
    { DEPTH_INBOX_CLAIMED, MAIL_WAITS_S, HEALTH_DEGRADED,
      "mail is being read", "mails are being read",
      "The log of the worker says why; what is broken off begins anew by itself." },
    { DEPTH_INBOX_QUARANTINED, 0, HEALTH_DEGRADED,
      "mail could not be read and is put aside", "mails could not be read and are put aside",
      "See \"muster message list --state quarantined\"; then release or drop them." },
    { DEPTH_INBOX_HELD, HELD_WAITS_S, HEALTH_GOOD,
      "mail is held for people", "mails are held for people",
      "See \"muster message list --state held\"; then release or drop them." },
    { DEPTH_OUTBOX_DUE, COPY_WAITS_S, HEALTH_DEGRADED,
      "copy waits for the relay", "copies wait for the relay",
      "See \"muster queue list\" for its last answers, and whether the relay works." },
    { DEPTH_OUTBOX_LATER, COPY_WAITS_S, HEALTH_DEGRADED,
      "copy was put off by the relay", "copies were put off by the relay",
      "See \"muster queue list\" for its last answers." },
    { DEPTH_OUTBOX_CLAIMED, COPY_WAITS_S, HEALTH_DEGRADED,
      "copy is on its way", "copies are on their way",
      "The log of the courier says how the relay answers." },
    /* clang-format on */
};

static void look_at_queues(const HealthFacts *facts, GPtrArray *findings)
{
    for (size_t i = 0; i < G_N_ELEMENTS(WAITS); i++) {
        const Depth *depth = &facts->depths[WAITS[i].kind];
        int64_t age = facts->now - depth->oldest_at;
        if (depth->count == 0 || age < WAITS[i].waits_s)
            continue;
        g_autofree char *oldest = health_age(age);
        find(findings, WAITS[i].grade, WAITS[i].advice,
             "%" G_GINT64_FORMAT " %s; the oldest came %s ago.", depth->count,
             depth->count == 1 ? WAITS[i].one : WAITS[i].many, oldest);
    }
}

static void look_at_roster(const HealthFacts *facts, GPtrArray *findings)
{
    if (facts->roster_due_at == 0 || facts->now - facts->roster_due_at < ROSTER_LATE_S)
        return;
    g_autofree char *due = clock_format(facts->roster_due_at);
    find(findings, HEALTH_DEGRADED,
         "The log of the worker says why; \"muster roster show\" shows whether it can be made.",
         "The roster that was due at %s has not gone out.", due);
}

static void look_at_iana(const HealthFacts *facts, GPtrArray *findings)
{
    if (facts->iana_failure != NULL)
        find(
            findings, HEALTH_DEGRADED,
            "\"muster authority sync ca\" asks about one TLD; [iana] of muster.conf says whom.",
            "IANA could not be asked about the TLDs: %s.", facts->iana_failure);
}

GPtrArray *health_judge(const HealthFacts *facts)
{
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify) health_finding_free);
    look_for_roles(facts, findings);
    look_for_lost(facts, findings);
    look_at_versions(facts, findings);
    look_at_clocks(facts, findings);
    look_at_queues(facts, findings);
    look_at_roster(facts, findings);
    look_at_iana(facts, findings);
    return findings;
}

HealthGrade health_grade(const GPtrArray *findings)
{
    HealthGrade worst = HEALTH_GOOD;
    for (guint i = 0; i < findings->len; i++)
        worst = MAX(worst, ((const HealthFinding *) findings->pdata[i])->grade);
    return worst;
}
