#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"

enum { DONE = 42, REFUSED = 43 };

/* What a reader may try; returns how it went, if it lives. */
typedef int (*Attempt)(void);

static int outcome(bool is_done)
{
    return is_done ? DONE : REFUSED;
}

static int try_nothing(void)
{
    return DONE;
}

static int try_memory(void)
{
    g_autofree char *bytes = g_malloc0(100000000);
    bytes = g_realloc(bytes, 200000000);
    return DONE;
}

static int try_too_much_memory(void)
{
    void *bytes = mmap(NULL, SANDBOX_MEMORY_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(bytes != MAP_FAILED);
}

static int try_open(void)
{
    return outcome(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES);
}

static int try_create(void)
{
    return outcome(open("/tmp/muster-test", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0);
}

static int try_socket(void)
{
    return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
}

static int try_fork(void)
{
    return outcome(fork() >= 0);
}

static int try_exec(void)
{
    return outcome(execl("/bin/true", "true", NULL) == 0);
}

static int try_ptrace(void)
{
    return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
}

static int try_kill(void)
{
    return outcome(kill(getppid(), 0) == 0);
}

static int try_unlink(void)
{
    return outcome(unlink("/nonexistent") == 0);
}

static int try_other_output(void)
{
    return outcome(write(STDERR_FILENO, "", 1) == 1);
}

static int try_other_input(void)
{
    char byte;
    return outcome(read(STDERR_FILENO, &byte, 1) == 1);
}

static int try_executable_memory(void)
{
    return outcome(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                        0) != MAP_FAILED);
}

static int try_making_executable(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
}

static int try_more_processor_time(void)
{
    struct rlimit more = { .rlim_cur = 1000, .rlim_max = 1000 };
    return outcome(setrlimit(RLIMIT_CPU, &more) == 0);
}

/* clang-format off */
static const struct {
    const char *name;
    Attempt attempt;
    int exit_status; /* or */
    int signal;
} CASES[] = {
    { "it may do nothing", try_nothing, DONE, 0 },
    { "it may take memory", try_memory, DONE, 0 },
    { "but not more than the limit", try_too_much_memory, REFUSED, 0 },
    { "it opens no file", try_open, REFUSED, 0 },
    { "it creates no file", try_create, REFUSED, 0 },
    { "it dies of a socket", try_socket, 0, SIGSYS },
    { "it dies of fork", try_fork, 0, SIGSYS },
    { "it dies of exec", try_exec, 0, SIGSYS },
    { "it dies of ptrace", try_ptrace, 0, SIGSYS },
    { "it dies of kill", try_kill, 0, SIGSYS },
    { "it dies of unlink", try_unlink, 0, SIGSYS },
    { "it dies of writing elsewhere", try_other_output, 0, SIGSYS },
    { "it dies of reading elsewhere", try_other_input, 0, SIGSYS },
    { "it dies of mapping executable memory", try_executable_memory, 0, SIGSYS },
    { "it dies of making memory executable", try_making_executable, 0, SIGSYS },
    { "it dies of lifting its limits", try_more_processor_time, 0, SIGSYS },
};
/* clang-format on */

static int run_inside(Attempt attempt)
{
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0)
        _exit(sandbox_reader(NULL) ? attempt() : EXIT_FAILURE);
    int status = 0;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return status;
}

static void test_a_reader_reads_and_nothing_else(void)
{
    if (!sandbox_has_filter()) {
        g_test_skip("this build has no filter of system calls");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        g_test_message("%s", CASES[i].name);
        int status = run_inside(CASES[i].attempt);
        if (CASES[i].signal != 0)
            g_assert_cmpint(WIFSIGNALED(status) ? WTERMSIG(status) : 0, ==, CASES[i].signal);
        else
            g_assert_cmpint(WIFEXITED(status) ? WEXITSTATUS(status) : 0, ==,
                            CASES[i].exit_status);
    }
}

static void test_limits_hold_without_a_filter(void)
{
    int status = run_inside(try_create);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, REFUSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sandbox/reader", test_a_reader_reads_and_nothing_else);
    g_test_add_func("/sandbox/limits", test_limits_hold_without_a_filter);
    return g_test_run();
}
