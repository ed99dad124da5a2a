/* What is wrong with an installation: rules over what its store shows, in sentences for whoever
 * runs it, each with what to do. Pure; `muster status` gathers the facts. */
#pragma once

#include "queue/depth.h"
#include "queue/node.h"

typedef enum {
    HEALTH_GOOD,     /* also: something that is good to know */
    HEALTH_DEGRADED, /* mail flows, and something is wrong */
    HEALTH_BROKEN,   /* mail does not flow */
} HealthGrade;

/* As it is shown: "good", ...; and the exit status of `muster status` (sysexits.h). */
const char *health_grade_name(HealthGrade grade);
int health_exit_status(HealthGrade grade);

/* All is borrowed. */
typedef struct {
    const GPtrArray *nodes;   /* Node *, see node_list */
    const Depth *depths;      /* DEPTHS of them */
    int64_t roster_due_at;    /* when a roster was due that has not gone out; 0 if none was */
    int64_t now;              /* seconds since 1970 UTC */
    const char *iana_failure; /* why IANA has not been asked for too long; NULL if it was */
} HealthFacts;

/* Strings are owned. No personal data. */
typedef struct {
    HealthGrade grade;
    char *text;   /* what is wrong */
    char *advice; /* what to do */
} HealthFinding;

void health_finding_free(HealthFinding *finding);
HealthFinding *health_finding_new(HealthGrade grade, const char *text, const char *advice);

/* HealthFinding *, what breaks the mail first. */
GPtrArray *health_judge(const HealthFacts *facts);

/* The worst of them; HEALTH_GOOD if there are none. */
HealthGrade health_grade(const GPtrArray *findings);

/* "3 minutes", "2 days": an age to show. */
char *health_age(int64_t seconds);
