#include "daemon/role.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "daemon/confine.h"
#include "store/migrate.h"

static const Role ROLES[] = {
    { .name = "lmtp", .listens = true, .run = role_lmtp_run },
    { .name = "worker", .starts_programs = true, .run = role_worker_run },
    { .name = "courier", .sends_texts = true, .run = role_courier_run },
};

const Role *role_at(size_t place)
{
    return place < G_N_ELEMENTS(ROLES) ? &ROLES[place] : NULL;
}

const Role *role_find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROLES); i++) {
        if (g_str_equal(name, ROLES[i].name))
            return &ROLES[i];
    }
    return NULL;
}

/* A terminal sends SIGINT to all of us; it is for the supervisor to say when a role ends. */
static int open_stop(void)
{
    sigset_t all;
    sigset_t stop;
    (void) sigfillset(&all);
    (void) sigdelset(&all, SIGCHLD);
    (void) sigemptyset(&stop);
    (void) sigaddset(&stop, SIGTERM);
    (void) sigprocmask(SIG_UNBLOCK, &all, NULL);
    (void) sigprocmask(SIG_BLOCK, &stop, NULL);
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGHUP, SIG_IGN);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is like a full disk */
    return signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC);
}

#define STORE_REST_MS 1000 /* before a store is asked again that could not be reached */

#define LARGE_SIZE 262144 /* bytes that are worth a mapping of their own */

/* The C library would learn from the first large mail to keep such memory for the next one. */
static void give_memory_back(void)
{
    (void) mallopt(M_MMAP_THRESHOLD, LARGE_SIZE);
    (void) mallopt(M_TRIM_THRESHOLD, LARGE_SIZE);
}

static bool set_up(const Role *role, const RoleContext *context, GError **err)
{
    role_open_log(role->name, context->config);
    give_memory_back();
    if (context->stop < 0)
        return err_set(err, ERR_TEMPORARY, "could not wait for signals: %s", g_strerror(errno));
    bool starts_programs = role->starts_programs ||
                           (role->sends_texts && context->config->sms_url != NULL);
    if (!confine_process(starts_programs, err))
        return false;
    /* For ps and top, and last: whoever sees the name sees a role that is confined. */
    (void) prctl(PR_SET_NAME, role->name);
    return true;
}

static void run_child(const Role *role, const RoleContext *given, pid_t parent,
                      const GArray *close_fds)
{
    g_autoptr(GError) err = NULL;
    RoleContext context = *given;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        exit(EX_OSERR); /* the parent died before we could tie our life to its */
    for (guint i = 0; i < close_fds->len; i++)
        (void) close(g_array_index(close_fds, int, i));
    context.name = role->name;
    context.stop = open_stop();
    if (!set_up(role, &context, &err) || !role->run(&context, &err)) {
        log_error("%s", err->message);
        exit(err_face(err_kind(err))->exit_status);
    }
    exit(EX_OK);
}

bool role_start(const Role *role, const RoleContext *context, const GArray *close_fds,
                pid_t *ret_pid, GError **err)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return err_set(err, ERR_TEMPORARY, "could not start the role %s: %s", role->name,
                       g_strerror(errno));
    if (pid == 0)
        run_child(role, context, parent, close_fds);
    *ret_pid = pid;
    return true;
}

bool role_open_store(const Config *config, Db **ret_db, GError **err)
{
    g_autoptr(Db) db = NULL;
    if (!db_open(config->store_url, config->directory, false, &db, err) ||
        !migrate_check(db, err))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

bool role_may_pass(const GError *failure)
{
    return err_is(failure, ERR_TEMPORARY) || err_is(failure, ERR_LIMIT);
}

void role_tell_wait(char **told, const GError *failure)
{
    if (g_strcmp0(*told, failure->message) == 0) {
        log_debug("still waits for the store: %s", failure->message);
        return;
    }
    log_warning("waits for the store: %s", failure->message);
    g_free(*told);
    *told = g_strdup(failure->message);
}

bool role_wait_for_store(const RoleContext *context, Db **ret_db, GError **err)
{
    struct pollfd stop = { .fd = context->stop, .events = POLLIN };
    g_autofree char *told = NULL;
    Db *db = NULL;
    while (db == NULL && !role_must_stop(context)) {
        g_autoptr(GError) failure = NULL;
        if (role_open_store(context->config, &db, &failure))
            break;
        if (!role_may_pass(failure)) {
            g_propagate_error(err, g_steal_pointer(&failure));
            return false;
        }
        role_tell_wait(&told, failure);
        (void) poll(&stop, 1, STORE_REST_MS);
    }
    *ret_db = db;
    return true;
}

void role_open_log(const char *name, const Config *config)
{
    LogLevel level = LOG_LEVEL_INFO;
    (void) log_level_parse(config->log_level, &level); /* was checked when it was read */
    log_open(name, level);
}

bool role_check_store(const Config *config, GError **err)
{
    g_autoptr(Db) db = NULL;
    g_autoptr(GError) failure = NULL;
    /* A file that cannot be opened stays so until somebody acts; a server may be starting. */
    bool is_server = !g_str_has_prefix(config->store_url, "sqlite:");
    if (role_open_store(config, &db, &failure))
        return true;
    if (is_server && role_may_pass(failure)) {
        log_warning("the roles wait for the store: %s", failure->message);
        return true;
    }
    g_propagate_error(err, g_steal_pointer(&failure));
    return false;
}

bool role_must_stop(const RoleContext *context)
{
    struct pollfd stop = { .fd = context->stop, .events = POLLIN };
    return poll(&stop, 1, 0) > 0;
}

int64_t role_ticks_ms(void)
{
    return g_get_monotonic_time() / 1000;
}
