#include "base/paths.h"

#include "base/err.h"

#define LIBRARY "../" PATHS_LIBRARY /* from the folder of the program */

/* The folder of the running program. */
static char *own_folder(GError **err)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", err);
    return program != NULL ? g_path_get_dirname(program) : NULL;
}

/* The first of the places, seen from the program's folder, where there is what the name says.
 */
static char *find_beside(const char *const *places, size_t n_places, const char *name,
                         GFileTest test, GError **err)
{
    g_autofree char *folder = own_folder(err);
    if (folder == NULL)
        return NULL;
    for (size_t i = 0; i < n_places; i++) {
        g_autofree char *place = g_canonicalize_filename(places[i], folder);
        g_autofree char *path = g_build_filename(place, name, NULL);
        if (g_file_test(path, test))
            return g_steal_pointer(&path);
    }
    err_set(err, ERR_NOT_FOUND, "found no %s beside \"%s\"", name, folder);
    return NULL;
}

char *paths_share(GError **err)
{
    static const char *const PLACES[] = { "../share/muster", "../share", "../../share",
                                          "../../../share" }; /* the last two: test programs */
    g_autofree char *schema = find_beside(PLACES, G_N_ELEMENTS(PLACES), "schema",
                                          G_FILE_TEST_IS_DIR, err);
    return schema != NULL ? g_path_get_dirname(schema) : NULL;
}

char *paths_program(const char *name, GError **err)
{
    static const char *const PLACES[] = { "../libexec/muster", ".", "../.." };
    return find_beside(PLACES, G_N_ELEMENTS(PLACES), name, G_FILE_TEST_IS_EXECUTABLE, err);
}

char *paths_module(const char *name, GError **err)
{
    static const char *const PLACES[] = { LIBRARY, "src/store", "../src/store",
                                          "../../src/store" }; /* the last two: test programs */
    return find_beside(PLACES, G_N_ELEMENTS(PLACES), name, G_FILE_TEST_IS_REGULAR, err);
}
