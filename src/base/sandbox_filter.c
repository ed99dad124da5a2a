/* The filter of system calls, for kernels with seccomp. */
#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sandbox.h"

typedef struct {
    int call;
    uint32_t action;
    unsigned n_args;
    struct scmp_arg_cmp args[2];
} Rule;

/* clang-format off */
static const Rule RULES[] = {
    { SCMP_SYS(read), SCMP_ACT_ALLOW, 1, { { 0, SCMP_CMP_EQ, STDIN_FILENO, 0 } } },
    { SCMP_SYS(write), SCMP_ACT_ALLOW, 1, { { 0, SCMP_CMP_EQ, STDOUT_FILENO, 0 } } },

    /* memory, none of it a file or executable */
    { SCMP_SYS(brk), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(mmap), SCMP_ACT_ALLOW, 2,
      { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
        { 3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS } } },
    { SCMP_SYS(mremap), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(munmap), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(mprotect), SCMP_ACT_ALLOW, 1, { { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } } },
    { SCMP_SYS(madvise), SCMP_ACT_ALLOW, 0, { { 0 } } },

    /* what the C library and the kernel do on their own */
    { SCMP_SYS(futex), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(restart_syscall), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(rt_sigreturn), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(clock_gettime), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(exit), SCMP_ACT_ALLOW, 0, { { 0 } } },
    { SCMP_SYS(exit_group), SCMP_ACT_ALLOW, 0, { { 0 } } },

    /* iconv looks for modules: it shall find none */
    { SCMP_SYS(open), SCMP_ACT_ERRNO(EACCES), 0, { { 0 } } },
    { SCMP_SYS(openat), SCMP_ACT_ERRNO(EACCES), 0, { { 0 } } },
};
/* clang-format on */

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(scmp_filter_ctx, seccomp_release, NULL)

bool sandbox_has_filter(void)
{
    return true;
}

bool sandbox_filter(GError **err)
{
    g_auto(scmp_filter_ctx) filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return err_set(err, ERR_INTERNAL, "could not make a filter of system calls");

    for (size_t i = 0; i < G_N_ELEMENTS(RULES); i++) {
        int fault = seccomp_rule_add_array(filter, RULES[i].action, RULES[i].call,
                                           RULES[i].n_args, RULES[i].args);
        if (fault != 0)
            return err_set(err, ERR_INTERNAL, "could not filter system call %d: %s",
                           RULES[i].call, g_strerror(-fault));
    }
    int fault = seccomp_load(filter);
    if (fault != 0)
        return err_set(err, ERR_INTERNAL, "could not load the filter of system calls: %s",
                       g_strerror(-fault));
    return true;
}
