/* Recognising the sender of a mail. */
#include "base/address.h"
#include "directory/contact.h"
#include "directory/office.h"

typedef struct {
    int64_t person_id;
    char *given_name;
    char *family_name;
    char *address;
    bool is_secondary;
} Sender;

static void sender_free(Sender *sender)
{
    g_free(sender->given_name);
    g_free(sender->family_name);
    g_free(sender->address);
    g_free(sender);
}

static const DbField SENDER_FIELDS[] = {
    DB_FIELD(Sender, person_id), DB_FIELD(Sender, given_name),   DB_FIELD(Sender, family_name),
    DB_FIELD(Sender, address),   DB_FIELD(Sender, is_secondary),
};

static const DbRecord SENDER_RECORD = {
    .size = sizeof(Sender),
    .free = (GDestroyNotify) sender_free,
    .fields = SENDER_FIELDS,
    .n_fields = G_N_ELEMENTS(SENDER_FIELDS),
};

void recognised_free(Recognised *recognised)
{
    if (recognised == NULL)
        return;
    g_free(recognised->name);
    g_free(recognised->address);
    g_strfreev(recognised->tlds);
    g_free(recognised);
}

static char **seat_tlds(const GPtrArray *seats)
{
    char **tlds = g_new0(char *, seats->len + 1);
    for (guint i = 0; i < seats->len; i++)
        tlds[i] = g_strdup(((Seat *) seats->pdata[i])->tld);
    return tlds;
}

bool contact_recognise(Db *db, const char *address, Recognised **ret_recognised, GError **err)
{
    g_autofree char *key = address_key(address);
    g_autoptr(GPtrArray) senders = db_select(
        db, &SENDER_RECORD,
        "SELECT p.id AS person_id, p.given_name, p.family_name, a.address,"
        " a.kind = 'secondary' AS is_secondary"
        " FROM address a JOIN person p ON p.id = a.person_id WHERE a.key = $1"
        " AND (EXISTS (SELECT 1 FROM seat WHERE person_id = p.id)"
        " OR EXISTS (SELECT 1 FROM office WHERE person_id = p.id AND until IS NULL"
        " AND kind IN " OFFICE_SQL_POSTERS "))",
        DB_ARGS(db_text(key)), err);
    if (senders == NULL)
        return false;
    if (senders->len == 0) {
        *ret_recognised = NULL;
        return true;
    }

    Sender *sender = senders->pdata[0];
    g_autoptr(GPtrArray) seats = seat_list(db, sender->person_id, err);
    if (seats == NULL)
        return false;
    const Person person = { .given_name = sender->given_name,
                            .family_name = sender->family_name };
    Recognised *recognised = g_new0(Recognised, 1);
    recognised->person_id = sender->person_id;
    recognised->name = person_name(&person);
    recognised->address = g_steal_pointer(&sender->address);
    recognised->is_secondary = sender->is_secondary;
    recognised->tlds = seat_tlds(seats);
    *ret_recognised = recognised;
    return true;
}
