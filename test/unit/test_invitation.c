#include "membership/invitation.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "community_fixture.h"
#include "membership/authority_change.h"

#define DAY CLOCK_DAY

static Tld *tld_of(const Community *c, const char *label)
{
    g_autoptr(GError) err = NULL;
    Tld *tld = NULL;
    tld_parse(c->base.db, label, &tld, &err);
    g_assert_no_error(err);
    return tld;
}

/* Invites a TLD; what came of it: an address with its outcome before it, or why not. */
static char *invite_how(const Community *c, const char *label, int64_t now,
                        const InviteHow *how)
{
    static const char *const OUTCOMES[] = { "sent to", "planned to", "skipped:" };
    g_autoptr(GError) err = NULL;
    g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
    g_autoptr(Tld) tld = tld_of(c, label);
    const Work work = work_at(c, now);
    invitation_invite(&work, tld, how, &invited, &err);
    g_assert_no_error(err);
    g_assert_true((invited.address == NULL) == (invited.outcome == INVITE_SKIPPED));
    return g_strdup_printf("%s %s", OUTCOMES[invited.outcome],
                           invited.address != NULL ? invited.address : invited.why);
}

static const InviteHow NAMED = { .language = "en", .is_named = true };
static const InviteHow MISSING = { .language = "en" };
static const InviteHow DRY = { .language = "en", .is_named = true, .is_dry_run = true };

static void assert_invite(const Community *c, const char *label, int64_t now,
                          const InviteHow *how, const char *want)
{
    g_autofree char *got = invite_how(c, label, now, how);
    g_test_message("%s", got);
    g_assert_nonnull(strstr(got, want));
}

/* Lets the worker look; when it wants to look again. */
static int64_t run(const Community *c, int64_t now)
{
    g_autoptr(GError) err = NULL;
    int64_t next_at = 0;
    const Work work = work_at(c, now);
    invitation_due(&work, &next_at, &err);
    g_assert_no_error(err);
    return next_at;
}

static int64_t mails(const Community *c)
{
    int64_t count = count_rows(c->base.db, "SELECT count(*) FROM message");
    g_assert_cmpint(count_rows(c->base.db, "SELECT count(*) FROM invitation_mail"), ==, count);
    return count;
}

static Invitation *get(const Community *c, const char *tld)
{
    g_autoptr(GError) err = NULL;
    Invitation *invitation = NULL;
    invitation_find(c->base.db, tld, &invitation, &err);
    g_assert_no_error(err);
    return invitation;
}

static void assert_state(const Community *c, const char *tld, const char *want)
{
    g_autoptr(Invitation) invitation = get(c, tld);
    g_assert_cmpstr(invitation != NULL ? invitation->state : "none", ==, want);
}

static char *last_mail(const Community *c)
{
    return data_text(c->base.db, "SELECT data FROM message ORDER BY id DESC LIMIT 1");
}

static void test_invitation_goes_to_the_authority(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to admin@nic-ca.example");
    g_autofree char *mail = last_mail(c);
    static const char *const PARTS[] = {
        "From: TLD-OPS <tld-ops-request@lists.example.org>\r\n",
        "Reply-To: TLD-OPS <tld-ops-request@lists.example.org>\r\n",
        "To: admin@nic-ca.example\r\n",
        "Subject: Invitation for .ca to join TLD-OPS\r\n",
        "\r\nTLD: .ca\r\nRequest: join\r\nContact 1\r\nName:\r\nMobile phone:\r\nE-mail:\r\n",
        "\r\nE-mail:\r\nSecondary e-mail:\r\nContact 2\r\nName:\r\n",
        "\r\nContact 3\r\nName:\r\nMobile phone:\r\nE-mail:\r\nSecondary e-mail:\r\n\r\n",
        "\r\nIMPORTANT NOTICES\r\n",
        "\r\nRULES OF ENGAGEMENT\r\n",
        "\r\nCONFIDENTIALITY\r\n",
        "up to 3 people",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++)
        g_assert_nonnull(strstr(mail, PARTS[i]));
    g_assert_null(strstr(mail, "Contact 4"));

    g_autoptr(Invitation) invitation = get(c, "ca");
    g_assert_cmpstr(invitation->state, ==, "invited");
    g_assert_cmpstr(invitation->asked_by, ==, "cli:kim");
    g_assert_cmpstr(invitation->address, ==, "admin@nic-ca.example");
    g_assert_cmpstr(invitation->delivery, ==, "waiting");
    g_assert_cmpint(invitation->mails, ==, 1);
    g_assert_cmpint(invitation->due_at, ==, NOW + 14 * DAY);
    assert_journal(c->base.db, 1);
}

static void test_form_has_as_many_contacts_as_the_tld_may_have(Community *c,
                                                               gconstpointer unused)
{
    publish(c->base.db, "ca");
    run_sql(c->base.db, "UPDATE tld SET contact_limit = 1, contact_limit_by = 'Ann',"
                        " contact_limit_at = 1 WHERE a_label = 'ca'");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    g_autofree char *one = last_mail(c);
    g_assert_nonnull(strstr(one, "Name one person."));
    g_assert_null(strstr(one, "Contact 2"));
    publish(c->base.db, "fr");
    run_sql(c->base.db, "UPDATE tld SET contact_limit = 5000, contact_limit_by = 'Ann',"
                        " contact_limit_at = 1 WHERE a_label = 'fr'");
    assert_invite(c, "fr", NOW, &NAMED, "sent to");
    g_autofree char *many = last_mail(c);
    g_assert_nonnull(strstr(many, "Contact 10"));
    g_assert_null(strstr(many, "Contact 11"));
}

static void test_page_is_named_if_there_is_one(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    publish(c->base.db, "fr");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    g_autofree char *without = last_mail(c);
    g_assert_null(strstr(without, "More about"));
    c->config->web_url = g_strdup("https://tld-ops.example.org/");
    assert_invite(c, "fr", NOW, &NAMED, "sent to");
    g_autofree char *with = last_mail(c);
    g_assert_nonnull(strstr(with, "More about TLD-OPS: https://tld-ops.example.org/\r\n"));
}

static void test_answer_is_known_by_what_it_answers(Community *c, gconstpointer unused)
{
    g_autofree char *tld = NULL;
    g_autofree char *none = NULL;
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    g_autofree char *id = join_texts(c->base.db,
                                     "SELECT header_id AS text FROM invitation_mail", "");
    g_autofree char *mail = last_mail(c);
    g_autofree char *field = g_strdup_printf("\r\nMessage-ID: <%s>\r\n", id);
    g_assert_nonnull(strstr(mail, field));
    g_assert_true(invitation_of_mail(c->base.db, id, &tld, NULL));
    g_assert_cmpstr(tld, ==, "ca");
    g_assert_true(invitation_of_mail(c->base.db, "x@mail.example", &none, NULL));
    g_assert_null(none);
}

static void test_tld_without_an_address_is_skipped(Community *c, gconstpointer unused)
{
    assert_invite(c, "fr", NOW, &NAMED, "skipped: nothing is known from IANA about .fr");
    publish(c->base.db, "ca");
    run_sql(c->base.db, "UPDATE authority SET administrative_trust = 'disputed'");
    assert_invite(c, "ca", NOW, &NAMED, "skipped: WHOIS and RDAP contradict each other");
    run_sql(c->base.db, "UPDATE authority SET administrative_trust = 'none',"
                        " administrative_email = NULL");
    assert_invite(c, "ca", NOW, &NAMED, "skipped: IANA publishes no administrative address");
    assert_state(c, "ca", "none");
    g_assert_cmpint(mails(c), ==, 0);
    assert_journal(c->base.db, 0);
}

static void test_member_is_never_invited(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    add_contact(c->base.db, "ca", "Ann", "ann@nic-ca.example");
    assert_invite(c, "ca", NOW, &NAMED, "skipped: it has joined");
    assert_invite(c, "ca", NOW, &DRY, "skipped: it has joined");
    g_assert_cmpint(mails(c), ==, 0);
    assert_state(c, "ca", "none");
}

static void test_dry_run_changes_nothing(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
    g_autoptr(Tld) tld = tld_of(c, "ca");
    const Work work = work_at(c, NOW);
    publish(c->base.db, "ca");
    g_assert_true(invitation_invite(&work, tld, &DRY, &invited, &err));
    g_assert_cmpstr(invited.subject, ==, "Invitation for .ca to join TLD-OPS");
    g_assert_nonnull(strstr(invited.text, "\nTLD: .ca\n"));
    assert_state(c, "ca", "none");
    g_assert_cmpint(mails(c), ==, 0);
    assert_journal(c->base.db, 0);
}

/* A mail is due at a second, and not before. */
static void test_reminders_go_out_to_the_second(Community *c, gconstpointer unused)
{
    static const int64_t DAYS[] = { 14, 30, 60 };
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    for (size_t i = 0; i < G_N_ELEMENTS(DAYS); i++) {
        int64_t due_at = NOW + DAYS[i] * DAY;
        g_assert_cmpint(run(c, due_at - 1), ==, due_at);
        g_assert_cmpint(mails(c), ==, (int64_t) i + 1);
        int64_t next_at = run(c, due_at);
        g_assert_cmpint(mails(c), ==, (int64_t) i + 2);
        g_assert_cmpint(next_at, ==, i < 2 ? NOW + DAYS[i + 1] * DAY : -1);
        g_assert_cmpint(run(c, due_at), ==, next_at);
        g_assert_cmpint(mails(c), ==, (int64_t) i + 2);
    }
    assert_state(c, "ca", "rested");
    g_autofree char *last = last_mail(c);
    g_assert_nonnull(strstr(last, "Subject: Reminder: invitation for .ca to join TLD-OPS\r\n"));
    g_assert_nonnull(strstr(last, "On 2026-09-21 we invited .ca"));
    g_assert_nonnull(strstr(last, "This is the last reminder."));
    g_assert_nonnull(strstr(last, "\r\nTLD: .ca\r\n"));
    g_assert_nonnull(strstr(last, "\r\nRULES OF ENGAGEMENT\r\n"));
    g_assert_cmpint(run(c, NOW + 1000 * DAY), ==, -1);
    g_assert_cmpint(mails(c), ==, 4);
    assert_journal(c->base.db, 4);
}

/* Whether the machine was off or its clock jumped: what was missed does not come at once. */
static void test_clock_that_steps_ahead_sends_one_reminder(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    int64_t late = NOW + 100 * DAY;
    g_assert_cmpint(run(c, late), ==, late + 16 * DAY);
    g_assert_cmpint(run(c, late + 1), ==, late + 16 * DAY);
    g_assert_cmpint(mails(c), ==, 2);
}

static void test_clock_that_is_set_back_holds_up_no_reminder_for_long(Community *c,
                                                                      gconstpointer unused)
{
    publish(c->base.db, "ca");
    publish(c->base.db, "fr");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    int64_t before = NOW - 1000 * DAY;
    g_assert_cmpint(run(c, before), ==, before + 30 * DAY);
    g_assert_cmpint(mails(c), ==, 1);
    assert_invite(c, "fr", before, &NAMED, "sent to"); /* mails of the future fill no hour */
    g_assert_cmpint(run(c, before + 30 * DAY), ==, before + 30 * DAY + 16 * DAY);
}

static void test_who_joins_is_not_reminded(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    int64_t person = add_contact(c->base.db, "ca", "Ann", "ann@nic-ca.example");
    g_assert_cmpint(run(c, NOW + 14 * DAY), ==, -1);
    g_assert_cmpint(mails(c), ==, 1);
    assert_state(c, "ca", "joined");
    assert_journal(c->base.db, 3);
    run(c, NOW + 14 * DAY);
    assert_journal(c->base.db, 3);

    const Edit edit = { .actor = "cli:kim", .now = NOW, .contacts_per_tld = 3 };
    g_assert_true(contact_remove(c->base.db, &edit, person, NULL, NULL));
    g_assert_cmpint(run(c, NOW + 15 * DAY), ==, -1);
    assert_invite(c, "ca", NOW + 15 * DAY, &MISSING, "sent to");
    g_assert_cmpint(mails(c), ==, 2);
}

static void assert_stop(const Community *c, const char *label, const char *reason, int want)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Tld) tld = tld_of(c, label);
    const Work work = work_at(c, NOW);
    g_assert_false(invitation_stop(&work, tld, reason, &err));
    g_assert_error(err, ERR_DOMAIN, want);
}

static void stop(const Community *c, const char *label, const char *reason)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Tld) tld = tld_of(c, label);
    const Work work = work_at(c, NOW);
    invitation_stop(&work, tld, reason, &err);
    g_assert_no_error(err);
}

static void resume_at(const Community *c, const char *label, int64_t now)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Tld) tld = tld_of(c, label);
    const Work work = work_at(c, now);
    invitation_resume(&work, tld, &err);
    g_assert_no_error(err);
}

static void test_stopped_is_neither_reminded_nor_invited(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    publish(c->base.db, "fr");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    stop(c, "ca", "they told us  not to");
    stop(c, "fr", "they wrote to the chair");
    g_assert_cmpint(run(c, NOW + 14 * DAY), ==, -1);
    assert_invite(c, "ca", NOW, &NAMED, "skipped: it was stopped: they told us not to");
    assert_invite(c, "fr", NOW, &MISSING, "skipped: it was stopped");
    g_assert_cmpint(mails(c), ==, 1);
    assert_stop(c, "ca", "once more", ERR_EXISTS);
    assert_stop(c, "de", " ", ERR_INVALID);
    g_autoptr(GPtrArray) values = journal_values(c->base.db, 2, NULL);
    g_assert_cmpstr(((JournalRowValue *) values->pdata[0])->value, ==, "they told us not to");
    assert_journal(c->base.db, 3);
}

static void test_resumed_goes_on_where_it_was(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(Tld) de = tld_of(c, "de");
    const Work work = work_at(c, NOW);
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    stop(c, "ca", "wait");
    stop(c, "fr", "wait");
    resume_at(c, "ca", NOW + DAY);
    resume_at(c, "fr", NOW + DAY);
    assert_state(c, "fr", "none");
    g_assert_cmpint(run(c, NOW + DAY), ==, NOW + 14 * DAY);
    stop(c, "ca", "wait");
    resume_at(c, "ca", NOW + 50 * DAY);
    g_assert_cmpint(run(c, NOW + 50 * DAY), ==, NOW + 66 * DAY);
    g_assert_cmpint(mails(c), ==, 2);
    g_assert_false(invitation_resume(&work, de, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_NOT_FOUND);
}

static void test_rested_is_invited_anew_by_name_only(Community *c, gconstpointer unused)
{
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    assert_invite(c, "ca", NOW, &NAMED, "skipped: it is invited; reminders go out");
    run_sql(c->base.db, "UPDATE invitation SET state = 'rested', mails = 4, due_at = NULL");
    assert_invite(c, "ca", NOW + 100 * DAY, &MISSING, "skipped: all reminders went out");
    assert_invite(c, "ca", NOW + 100 * DAY, &NAMED, "sent to");
    g_autoptr(Invitation) invitation = get(c, "ca");
    g_assert_cmpint(invitation->mails, ==, 1);
    g_assert_cmpint(invitation->first_at, ==, NOW + 100 * DAY);
}

static void assert_held(const Community *c, const char *part)
{
    g_autoptr(Invitation) invitation = get(c, "ca");
    g_assert_cmpstr(invitation->state, ==, "invited");
    if (part == NULL)
        g_assert_null(invitation->held);
    else
        g_assert_nonnull(strstr(invitation->held, part));
}

static void test_change_at_iana_holds_reminders_until_it_is_seen(Community *c,
                                                                 gconstpointer unused)
{
    int64_t seen = 0;
    int64_t due_at = NOW + 14 * DAY;
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    run_sql(c->base.db, "UPDATE authority SET administrative_email = 'bea@nic-ca.example'");
    run_sql(c->base.db, "INSERT INTO authority_change (tld, at, field, weighty, old_value,"
                        " new_value) VALUES ('ca', 1790000001, 'administrative_email', 1,"
                        " 'admin@nic-ca.example', 'bea@nic-ca.example')");
    g_assert_cmpint(run(c, due_at), ==, due_at + INVITATION_LOOK_S);
    assert_held(c, "the secretariat has not seen it yet");
    g_assert_cmpint(run(c, due_at + INVITATION_LOOK_S), ==, due_at + 2 * INVITATION_LOOK_S);
    g_assert_cmpint(mails(c), ==, 1);
    assert_journal(c->base.db, 2); /* one row, however often it was looked at */
    g_assert_true(authority_see(c->base.db, "cli:kim", "ca", due_at, &seen, NULL));
    run(c, due_at + 2 * INVITATION_LOOK_S);
    assert_held(c, NULL);
    g_assert_cmpint(mails(c), ==, 2);
    g_autofree char *mail = last_mail(c);
    g_assert_nonnull(strstr(mail, "To: bea@nic-ca.example\r\n"));
    assert_journal(c->base.db, 4);
}

static void test_doubt_about_an_address_holds_up_that_tld_alone(Community *c,
                                                                gconstpointer unused)
{
    publish(c->base.db, "ca");
    publish(c->base.db, "fr");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    assert_invite(c, "fr", NOW, &NAMED, "sent to");
    run_sql(c->base.db, "UPDATE authority SET administrative_trust = 'disputed'"
                        " WHERE tld = 'ca'");
    run(c, NOW + 14 * DAY);
    assert_held(c, "contradict each other");
    g_assert_cmpint(mails(c), ==, 3);
    g_autofree char *mail = last_mail(c);
    g_assert_nonnull(strstr(mail, "To: admin@nic-fr.example\r\n"));
}

/* All that are missing: as many as an hour may have go out, the rest hour by hour. */
static void test_whole_world_is_invited_hour_by_hour(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_autoptr(GPtrArray) tlds = tld_list(c->base.db, TLD_MISSING, NULL, &err);
    unsigned planned = 0;
    for (guint i = 0; i < 120; i++) {
        const Tld *tld = tlds->pdata[i];
        g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
        const Work work = work_at(c, NOW);
        publish(c->base.db, tld->a_label);
        g_assert_true(invitation_invite(&work, tld, &MISSING, &invited, &err));
        planned += invited.outcome == INVITE_PLANNED ? 1 : 0;
    }
    g_assert_cmpuint(planned, ==, 120 - INVITATIONS_PER_HOUR);
    g_assert_cmpint(mails(c), ==, INVITATIONS_PER_HOUR);
    g_assert_cmpint(run(c, NOW + 3599), ==, NOW + 3600);
    g_assert_cmpint(mails(c), ==, INVITATIONS_PER_HOUR);
    g_assert_cmpint(run(c, NOW + 3600), ==, NOW + 7200);
    g_assert_cmpint(mails(c), ==, 2 * INVITATIONS_PER_HOUR);
    g_assert_cmpint(run(c, NOW + 7200), ==, NOW + 14 * DAY);
    g_assert_cmpint(mails(c), ==, 120);
    g_autofree char *order = join_texts(
        c->base.db, "SELECT tld AS text FROM invitation_mail ORDER BY message_id", " ");
    g_autofree char *sorted = join_texts(
        c->base.db, "SELECT tld AS text FROM invitation_mail ORDER BY tld", " ");
    g_assert_cmpstr(order, ==, sorted);
}

static void test_waiting_is_sent_soon_after_a_clock_was_set_back(Community *c,
                                                                 gconstpointer unused)
{
    publish(c->base.db, "ca");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    run_sql(c->base.db,
            "UPDATE invitation SET state = 'waiting', mails = 0, due_at = 1790000000");
    run(c, NOW - 100 * DAY);
    g_assert_cmpint(mails(c), ==, 2);
    assert_state(c, "ca", "invited");
}

static void test_broken_text_sends_nothing(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
    g_autoptr(Tld) tld = tld_of(c, "ca");
    const Work work = work_at(c, NOW);
    publish(c->base.db, "ca");
    override(c, "en", "rules-of-engagement.mustache", "RULES\n{{#open}}\n");
    g_assert_false(invitation_invite(&work, tld, &NAMED, &invited, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    g_assert_nonnull(strstr(err->message, "en/rules-of-engagement.mustache:"));
    g_clear_error(&err);
    g_assert_false(invitation_invite(&work, tld, &DRY, &invited, &err));
    g_assert_error(err, ERR_DOMAIN, ERR_INVALID);
    assert_state(c, "ca", "none");
    g_assert_cmpint(mails(c), ==, 0);
    assert_journal(c->base.db, 0);
}

/* An invitation and its mail are one transaction, and so is a reminder. */
static void test_half_of_an_invitation_is_none(Community *c, gconstpointer unused)
{
    g_autoptr(GError) err = NULL;
    g_auto(Invited) invited = { .outcome = INVITE_SKIPPED };
    g_autoptr(Tld) ca = tld_of(c, "ca");
    g_autoptr(Tld) fr = tld_of(c, "fr");
    const Work now = work_at(c, NOW);
    const Work later = work_at(c, NOW + 14 * DAY);
    int64_t next_at = 0;
    publish(c->base.db, "ca");
    publish(c->base.db, "fr");
    g_assert_true(invitation_invite(&now, ca, &NAMED, &invited, &err));
    invited_clear(&invited);
    run_sql(c->base.db, "ALTER TABLE journal_head RENAME TO gone");
    g_assert_false(invitation_invite(&now, fr, &NAMED, &invited, NULL));
    g_assert_false(invitation_due(&later, &next_at, NULL));
    run_sql(c->base.db, "ALTER TABLE gone RENAME TO journal_head");
    assert_state(c, "fr", "none");
    g_autoptr(Invitation) invitation = get(c, "ca");
    g_assert_cmpint(invitation->mails, ==, 1);
    g_assert_cmpint(mails(c), ==, 1);
    run(c, NOW + 14 * DAY);
    g_assert_cmpint(mails(c), ==, 2);
}

static void test_list_is_by_tld_and_state(Community *c, gconstpointer unused)
{
    publish(c->base.db, "xn--p1ai");
    publish(c->base.db, "ca");
    assert_invite(c, "рф", NOW, &NAMED, "sent to");
    assert_invite(c, "ca", NOW, &NAMED, "sent to");
    stop(c, "bo", "no");
    g_autoptr(GPtrArray) all = invitation_list(c->base.db, NULL, NULL);
    g_autoptr(GPtrArray) invited = invitation_list(c->base.db, "invited", NULL);
    g_assert_cmpuint(all->len, ==, 3);
    g_assert_cmpstr(((Invitation *) all->pdata[0])->tld, ==, "bo");
    g_assert_cmpstr(((Invitation *) all->pdata[2])->u_label, ==, "рф");
    g_assert_cmpuint(invited->len, ==, 2);
    g_assert_true(invitation_is_state("rested"));
    g_assert_false(invitation_is_state("resting"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_COMMUNITY_TEST("/invitation/sent", test_invitation_goes_to_the_authority);
    ADD_COMMUNITY_TEST("/invitation/form", test_form_has_as_many_contacts_as_the_tld_may_have);
    ADD_COMMUNITY_TEST("/invitation/page", test_page_is_named_if_there_is_one);
    ADD_COMMUNITY_TEST("/invitation/answer", test_answer_is_known_by_what_it_answers);
    ADD_COMMUNITY_TEST("/invitation/no-address", test_tld_without_an_address_is_skipped);
    ADD_COMMUNITY_TEST("/invitation/member", test_member_is_never_invited);
    ADD_COMMUNITY_TEST("/invitation/dry-run", test_dry_run_changes_nothing);
    ADD_COMMUNITY_TEST("/invitation/reminders", test_reminders_go_out_to_the_second);
    ADD_COMMUNITY_TEST("/invitation/clock-ahead",
                       test_clock_that_steps_ahead_sends_one_reminder);
    ADD_COMMUNITY_TEST("/invitation/clock-back",
                       test_clock_that_is_set_back_holds_up_no_reminder_for_long);
    ADD_COMMUNITY_TEST("/invitation/clock-back-waiting",
                       test_waiting_is_sent_soon_after_a_clock_was_set_back);
    ADD_COMMUNITY_TEST("/invitation/joined", test_who_joins_is_not_reminded);
    ADD_COMMUNITY_TEST("/invitation/stopped", test_stopped_is_neither_reminded_nor_invited);
    ADD_COMMUNITY_TEST("/invitation/resumed", test_resumed_goes_on_where_it_was);
    ADD_COMMUNITY_TEST("/invitation/rested", test_rested_is_invited_anew_by_name_only);
    ADD_COMMUNITY_TEST("/invitation/changed",
                       test_change_at_iana_holds_reminders_until_it_is_seen);
    ADD_COMMUNITY_TEST("/invitation/doubt",
                       test_doubt_about_an_address_holds_up_that_tld_alone);
    ADD_COMMUNITY_TEST("/invitation/world", test_whole_world_is_invited_hour_by_hour);
    ADD_COMMUNITY_TEST("/invitation/broken-text", test_broken_text_sends_nothing);
    ADD_COMMUNITY_TEST("/invitation/half", test_half_of_an_invitation_is_none);
    ADD_COMMUNITY_TEST("/invitation/list", test_list_is_by_tld_and_state);
    return g_test_run();
}
