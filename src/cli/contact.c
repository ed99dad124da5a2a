/* muster contact: who speaks for a TLD. */
#include "base/err.h"
#include "base/limits.h"
#include "cli/groups.h"
#include "cli/records.h"

static bool cmd_contact_list(Session *session, const Args *args, GError **err)
{
    g_autoptr(Tld) tld = NULL;
    if (args_has(args, "tld") && !tld_parse(session->db, args_get(args, "tld"), &tld, err))
        return false;

    g_autoptr(GPtrArray)
        contacts = contact_list(session->db, tld != NULL ? tld->a_label : NULL, err);
    if (contacts == NULL)
        return false;
    output_table(session->output, record_contacts(contacts), RECORD_CONTACT_COLUMNS,
                 RECORD_CONTACT_N_COLUMNS);
    return true;
}

static bool cmd_contact_show(Session *session, const Args *args, GError **err)
{
    int64_t id = 0;
    return contact_resolve(session->db, args_get(args, "who"), &id, err) &&
           record_show_person(session, id, NULL, err);
}

static bool cmd_contact_find(Session *session, const Args *args, GError **err)
{
    g_autofree char *words = record_words(args, "words");
    g_autoptr(GPtrArray) contacts = contact_search(session->db, words, err);
    if (contacts == NULL)
        return false;

    if (contacts->len == 0)
        output_line(session->output, "Nobody fits.");
    if (contacts->len == CONTACT_FOUND_MAX)
        output_line(session->output, "The first %d:", CONTACT_FOUND_MAX);
    output_table(session->output, record_contacts(contacts), RECORD_CONTACT_COLUMNS,
                 RECORD_CONTACT_N_COLUMNS);
    return true;
}

static bool cmd_contact_add(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    const Edit edit = record_edit(session, notices);
    const PersonInput input = record_person_input(args);
    int64_t rank = 0;
    int64_t id = 0;

    return args_number(args, "rank", 1, TLD_CONTACTS_MAX, &rank, err) &&
           contact_add(session->db, &edit, args_get(args, "tld"), rank, &input, &id, err) &&
           record_show_person(session, id, notices, err);
}

/* The TLD for a rank: the one that was named, or the only one there is. */
static bool find_tld(Session *session, const Args *args, int64_t id, char **ret_tld,
                     GError **err)
{
    if (args_has(args, "tld")) {
        *ret_tld = g_strdup(args_get(args, "tld"));
        return true;
    }
    g_autoptr(GPtrArray) seats = seat_list(session->db, id, err);
    if (seats == NULL)
        return false;
    if (seats->len != 1)
        return err_set(err, ERR_INVALID,
                       "that person speaks for %u TLDs: name the one that is meant with --tld",
                       seats->len);
    *ret_tld = g_strdup(((Seat *) seats->pdata[0])->tld);
    return true;
}

static bool cmd_contact_change(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    const Edit edit = record_edit(session, notices);
    const PersonInput input = record_person_input(args);
    g_autofree char *tld = NULL;
    int64_t rank = 0;
    int64_t id = 0;

    if (!args_number(args, "rank", 1, TLD_CONTACTS_MAX, &rank, err) ||
        !contact_resolve(session->db, args_get(args, "who"), &id, err))
        return false;
    if (args_has(args, "secondary-gets-mail") && args_has(args, "secondary-gets-no-mail"))
        return err_set(err, ERR_INVALID,
                       "either --secondary-gets-mail or --secondary-gets-no-mail");
    if (rank == 0 && args_has(args, "tld"))
        return err_set(err, ERR_INVALID, "--tld goes with --rank here");
    if (rank != 0 && !find_tld(session, args, id, &tld, err))
        return false;
    return contact_change(session->db, &edit, id, &input, tld, rank, err) &&
           record_show_person(session, id, notices, err);
}

/* One TLD, unless all are meant in so many words. */
static bool cmd_contact_remove(Session *session, const Args *args, GError **err)
{
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(g_free);
    const Edit edit = record_edit(session, notices);
    bool is_all = args_has(args, "all");
    g_autofree char *tld = NULL;
    int64_t id = 0;

    if (is_all && args_has(args, "tld"))
        return err_set(err, ERR_INVALID, "either --tld or --all");
    if (!contact_resolve(session->db, args_get(args, "who"), &id, err) ||
        (!is_all && !find_tld(session, args, id, &tld, err)))
        return false;

    g_autoptr(Contact) before = NULL;
    if (!contact_get(session->db, id, &before, err) ||
        !contact_remove(session->db, &edit, id, tld, err))
        return false;
    g_autofree char *name = person_name(before->person);
    output_line(session->output, "Removed %s%s%s.", name, tld != NULL ? " from ." : "",
                tld != NULL ? tld : "");
    output_document(session->output,
                    json_pack("{s:I, s:s, s:o, s:o}", "id", id, "name", name, "tld",
                              output_string(tld), "notices", record_notices(session, notices)));
    return true;
}

#define PERSON_OPTIONS                                                                         \
    "[--family=<name>] [--ascii-name=<name>] [--mobile=<number>] [--secondary=<address>] "     \
    "[--secondary-gets-mail] [--language=<tag>]"

static const Command COMMANDS[] = {
    { "contact list [--tld=<tld>]", cmd_contact_list, COMMAND_STORE,
      "list all contacts by name, or those of a TLD by rank" },
    { "contact show <who>", cmd_contact_show, COMMAND_STORE,
      "show one person, by address, number, seat (ca/1) or name" },
    { "contact find <words>...", cmd_contact_find, COMMAND_STORE,
      "look for a name, an address, a phone number or a TLD" },
    { "contact add <tld> --primary=<address> [--rank=<number>] "
      "[--given=<name>] " PERSON_OPTIONS,
      cmd_contact_add, COMMAND_STORE, "add a contact, or give somebody on file a further TLD" },
    { "contact change <who> [--primary=<address>] [--tld=<tld>] [--rank=<number>] "
      "[--given=<name>] " PERSON_OPTIONS " [--secondary-gets-no-mail]",
      cmd_contact_change, COMMAND_STORE, "change what is on file, or the rank at a TLD" },
    { "contact remove <who> [--tld=<tld>] [--all]", cmd_contact_remove, COMMAND_STORE,
      "take a contact off a TLD, or off all" },
};

const CommandGroup CLI_CONTACT = COMMAND_GROUP(COMMANDS);
