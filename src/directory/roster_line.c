#include "directory/roster_line.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/text.h"
#include "directory/person.h"

/* What the store has of a line; anything may be NULL or damaged. */
typedef struct {
    char *tld;
    char *u_label;
    bool is_idn;
    int64_t person_id;
    int64_t rank;
    char *given_name;
    char *family_name;
    char *ascii_name;
    char *mobile;
    char *mobile_extension;
    char *mobile_typed;
    char *primary;
    char *secondary;
} Stored;

static void stored_free(Stored *stored)
{
    g_free(stored->tld);
    g_free(stored->u_label);
    g_free(stored->given_name);
    g_free(stored->family_name);
    g_free(stored->ascii_name);
    g_free(stored->mobile);
    g_free(stored->mobile_extension);
    g_free(stored->mobile_typed);
    g_free(stored->primary);
    g_free(stored->secondary);
    g_free(stored);
}

static const DbField STORED_FIELDS[] = {
    DB_FIELD(Stored, tld),          DB_FIELD(Stored, u_label),
    DB_FIELD(Stored, is_idn),       DB_FIELD(Stored, person_id),
    DB_FIELD(Stored, rank),         DB_FIELD(Stored, given_name),
    DB_FIELD(Stored, family_name),  DB_FIELD(Stored, ascii_name),
    DB_FIELD(Stored, mobile),       DB_FIELD(Stored, mobile_extension),
    DB_FIELD(Stored, mobile_typed), DB_FIELD(Stored, primary),
    DB_FIELD(Stored, secondary),
};

static const DbRecord STORED_RECORD = {
    .size = sizeof(Stored),
    .free = (GDestroyNotify) stored_free,
    .fields = STORED_FIELDS,
    .n_fields = G_N_ELEMENTS(STORED_FIELDS),
};

void roster_line_free(RosterLine *line)
{
    if (line == NULL)
        return;
    g_free(line->tld);
    g_free(line->u_label);
    g_free(line->name);
    g_free(line->ascii_name);
    g_free(line->mobile);
    g_free(line->primary);
    g_free(line->secondary);
    g_free(line->damage);
    g_free(line);
}

static void note(GString *damage, const char *what, const char *how)
{
    g_string_append_printf(damage, "%s%s %s", damage->len > 0 ? ", " : "", what, how);
}

/* Printable, and never NULL. If it had to be changed for that, what (unless NULL) is damaged.
 */
static char *shown(const char *text, const char *what, GString *damage)
{
    if (text == NULL)
        return g_strdup("");
    char *printable = text_printable_max(text, strlen(text), ROSTER_FIELD_MAX);
    if (what != NULL && !g_str_equal(printable, text))
        note(damage, what, "damaged");
    return printable;
}

static void note_missing(const char *text, const char *what, GString *damage)
{
    if (*text == '\0')
        note(damage, what, "missing");
}

/* Whether it has letters of another script than Latin. */
static bool is_foreign(const char *name)
{
    const uc_script_t *latin = uc_script_byname("Latin");
    ucs4_t c = 0;

    for (const uint8_t *at = (const uint8_t *) name; (at = u8_next(&c, at)) != NULL;)
        if (uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L) && uc_script(c) != latin)
            return true;
    return false;
}

static char *ascii_form(const char *name, const Stored *stored)
{
    if (!is_foreign(name))
        return g_strdup("");
    g_autofree char *form = stored->ascii_name != NULL
                                ? text_printable_max(stored->ascii_name,
                                                     strlen(stored->ascii_name),
                                                     ROSTER_FIELD_MAX)
                                : text_ascii(name);
    return form != NULL ? g_steal_pointer(&form) : g_strdup("");
}

static char *shown_address(const char *address, const char *what, GString *damage)
{
    g_autofree char *canonical = NULL;
    if (address == NULL || !address_parse(address, &canonical, NULL)) {
        if (address != NULL)
            note(damage, what, "damaged");
        return shown(address, NULL, damage);
    }
    g_autofree char *display = address_display(canonical);
    return shown(display, what, damage);
}

static char *shown_mobile(Stored *stored, GString *damage)
{
    const Person person = { .mobile = stored->mobile,
                            .mobile_extension = stored->mobile_extension,
                            .mobile_typed = stored->mobile_typed };
    if (stored->mobile == NULL || stored->mobile_typed == NULL)
        return shown(stored->mobile, "mobile number", damage);
    g_autofree char *mobile = person_mobile(&person);
    return shown(mobile, "mobile number", damage);
}

static RosterLine *line_from(Stored *stored)
{
    g_autoptr(GString) damage = g_string_new(NULL);
    const char *given = stored->given_name != NULL ? stored->given_name : "";
    const char *family = stored->family_name != NULL ? stored->family_name : "";
    g_autofree char *name = g_strconcat(given, *family != '\0' ? " " : "", family, NULL);
    RosterLine *line = g_new0(RosterLine, 1);

    line->tld = shown(stored->tld, "TLD", damage);
    line->u_label = shown(stored->u_label, "TLD", damage);
    line->is_idn = stored->is_idn;
    line->person_id = stored->person_id;
    line->rank = stored->rank;
    line->name = shown(name, "name", damage);
    line->ascii_name = ascii_form(line->name, stored);
    line->mobile = shown_mobile(stored, damage);
    line->primary = shown_address(stored->primary, "primary address", damage);
    line->secondary = shown_address(stored->secondary, "secondary address", damage);
    note_missing(line->u_label, "TLD", damage);
    note_missing(line->name, "name", damage);
    note_missing(line->primary, "primary address", damage);
    line->damage = g_strdup(damage->str);
    return line;
}

/* Outer joins: a seat whose person or TLD is gone is shown as such and not left out. */
GPtrArray *roster_lines_read(Db *db, GError **err)
{
    g_autoptr(GPtrArray) rows = db_select(
        db, &STORED_RECORD,
        "SELECT s.tld, t.u_label, t.kind = 'idn' AS is_idn, s.person_id, s.rank,"
        " p.given_name, p.family_name, p.ascii_name, p.mobile, p.mobile_extension,"
        " p.mobile_typed, a.address AS \"primary\", b.address AS secondary FROM seat s"
        " LEFT JOIN tld t ON t.a_label = s.tld LEFT JOIN person p ON p.id = s.person_id"
        " LEFT JOIN address a ON a.person_id = s.person_id AND a.kind = 'primary'"
        " LEFT JOIN address b ON b.person_id = s.person_id AND b.kind = 'secondary'"
        " ORDER BY t.kind, s.tld, s.rank",
        DB_NO_ARGS, err);
    if (rows == NULL)
        return NULL;

    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify) roster_line_free);
    for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add(lines, line_from(rows->pdata[i]));
    return lines;
}

/* The roster before */

typedef struct {
    char *tld;
    int64_t person_id;
    int64_t rank;
    char *name;
    char *mobile;
    char *primary;
    char *secondary;
} Kept;

static void kept_free(Kept *kept)
{
    g_free(kept->tld);
    g_free(kept->name);
    g_free(kept->mobile);
    g_free(kept->primary);
    g_free(kept->secondary);
    g_free(kept);
}

static const DbField KEPT_FIELDS[] = {
    DB_FIELD(Kept, tld),       DB_FIELD(Kept, person_id), DB_FIELD(Kept, rank),
    DB_FIELD(Kept, name),      DB_FIELD(Kept, mobile),    DB_FIELD(Kept, primary),
    DB_FIELD(Kept, secondary),
};

static const DbRecord KEPT_RECORD = {
    .size = sizeof(Kept),
    .free = (GDestroyNotify) kept_free,
    .fields = KEPT_FIELDS,
    .n_fields = G_N_ELEMENTS(KEPT_FIELDS),
};

static RosterLine *line_from_kept(Kept *kept)
{
    RosterLine *line = g_new0(RosterLine, 1);
    line->tld = g_steal_pointer(&kept->tld);
    line->u_label = domain_display(line->tld);
    line->is_idn = g_str_has_prefix(line->tld, "xn--");
    line->person_id = kept->person_id;
    line->rank = kept->rank;
    line->name = g_steal_pointer(&kept->name);
    line->mobile = g_steal_pointer(&kept->mobile);
    line->primary = g_steal_pointer(&kept->primary);
    line->secondary = g_steal_pointer(&kept->secondary);
    line->ascii_name = g_strdup("");
    line->damage = g_strdup("");
    return line;
}

GPtrArray *roster_lines_last(Db *db, GError **err)
{
    g_autoptr(GPtrArray)
        rows = db_select(db, &KEPT_RECORD,
                         "SELECT tld, person_id, rank, name, mobile, \"primary\", secondary"
                         " FROM roster_line ORDER BY tld, rank",
                         DB_NO_ARGS, err);
    if (rows == NULL)
        return NULL;

    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify) roster_line_free);
    for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add(lines, line_from_kept(rows->pdata[i]));
    return lines;
}

bool roster_lines_keep(Db *db, const GPtrArray *lines, GError **err)
{
    if (!db_run(db, "DELETE FROM roster_line", DB_NO_ARGS, NULL, err))
        return false;
    for (guint i = 0; i < lines->len; i++) {
        const RosterLine *line = lines->pdata[i];
        if (!db_run(db,
                    "INSERT INTO roster_line (tld, person_id, rank, name, mobile, \"primary\","
                    " secondary) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    DB_ARGS(db_text(line->tld), db_int(line->person_id), db_int(line->rank),
                            db_text(line->name), db_text(line->mobile), db_text(line->primary),
                            db_text(line->secondary)),
                    NULL, err))
            return false;
    }
    return true;
}
