/* By seccomp: a list of what is denied, so that a C library that takes to a new call does not
 * break a role. The parser child, which reads hostile mail, has a list of what is allowed. */
#include "daemon/confine_calls.h"

#include <errno.h>
#include <seccomp.h>

#include "base/err.h"

static const int DENIED[] = {
    /* other processes, other ports */
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(listen),
    /* users, namespaces, the file system's shape */
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setreuid),
    SCMP_SYS(setregid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(chroot),
    SCMP_SYS(pivot_root),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    /* the kernel and its rarely walked paths */
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(personality),
};

static const int STARTING[] = { SCMP_SYS(execve), SCMP_SYS(execveat) };

typedef void Filter;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Filter, seccomp_release)

static int deny(Filter *filter, const int *calls, size_t n)
{
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < n; i++)
        failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    return failure;
}

bool confine_calls(bool starts_programs, GError **err)
{
    g_autoptr(Filter) filter = seccomp_init(SCMP_ACT_ALLOW);
    int failure = filter == NULL ? -ENOMEM : deny(filter, DENIED, G_N_ELEMENTS(DENIED));

    if (failure == 0 && !starts_programs)
        failure = deny(filter, STARTING, G_N_ELEMENTS(STARTING));
    if (failure == 0)
        failure = seccomp_load(filter);
    return failure == 0 || err_set(err, ERR_INTERNAL, "could not give up system calls: %s",
                                   g_strerror(-failure));
}
