#include "base/paths.h"

#include "base/err.h"

static char *share_beside(const char *folder)
{
    static const char *const PLACES[] = { "../share/muster", "../share", "../../share",
                                          "../../../share" }; /* the last two: test programs */

    for (size_t i = 0; i < G_N_ELEMENTS(PLACES); i++) {
        g_autofree char *share = g_canonicalize_filename(PLACES[i], folder);
        g_autofree char *mark = g_build_filename(share, "schema", NULL);
        if (g_file_test(mark, G_FILE_TEST_IS_DIR))
            return g_steal_pointer(&share);
    }
    return NULL;
}

/* The folder of the running program. */
static char *own_folder(GError **err)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", err);
    return program != NULL ? g_path_get_dirname(program) : NULL;
}

char *paths_share(GError **err)
{
    g_autofree char *folder = own_folder(err);
    if (folder == NULL)
        return NULL;
    char *share = share_beside(folder);
    if (share == NULL)
        err_set(err, ERR_NOT_FOUND, "found no share folder beside \"%s\"", folder);
    return share;
}

char *paths_program(const char *name, GError **err)
{
    static const char *const PLACES[] = { "../libexec/muster", ".", "../.." };

    g_autofree char *folder = own_folder(err);
    if (folder == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(PLACES); i++) {
        g_autofree char *place = g_canonicalize_filename(PLACES[i], folder);
        g_autofree char *program = g_build_filename(place, name, NULL);
        if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer(&program);
    }
    err_set(err, ERR_NOT_FOUND, "found no program %s beside \"%s\"", name, folder);
    return NULL;
}
