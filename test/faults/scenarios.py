"""The table of scenarios."""

import dataclasses

import database
import disk
import hosts
import kills
import relay


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One row of the closing table for each store."""

    name: str
    title: str
    run: callable
    stores: tuple = ("sqlite", "postgresql")


SCENARIOS = [
    Scenario("kill", "kill -9 of each role, of the supervisor and of all", kills.kill_at_random),
    Scenario("cut-off", "two hosts, one cut off in the middle", hosts.cut_one_off),
    Scenario("restart", "PostgreSQL restarted", database.restart, ("postgresql",)),
    Scenario("crash", "PostgreSQL killed (-9)", database.kill, ("postgresql",)),
    Scenario("fail-over", "PostgreSQL fails over to a synchronous standby", database.fail_over,
             ("postgresql",)),
    Scenario("put-off", "relay: 4xx at each command", relay.put_off),
    Scenario("refuse", "relay: 5xx for some recipients", relay.refuse_some),
    Scenario("silence", "relay: silence at each place", relay.fall_silent),
    Scenario("hang-up", "relay: closes at each place, in the middle of DATA too", relay.hang_up),
    Scenario("after-dot", "relay: closes after the last dot, without an answer",
             relay.hang_up_after_the_dot),
    Scenario("crawl", "relay: one byte per second", relay.crawl),
    Scenario("hands-full", "relay: 421 on connect", relay.have_hands_full),
    Scenario("greylist", "relay: greylisting for ten minutes", relay.greylist),
    Scenario("disk", "disk full: the store", disk.fill_the_store),
    Scenario("log", "disk full: the log", disk.fill_the_log),
    Scenario("read-only", "store that can only be read", disk.forbid_writing),
    Scenario("clock", "clock set back by an hour", disk.set_the_clock_back),
]
