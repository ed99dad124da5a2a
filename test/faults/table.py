"""The closing table."""

COLUMNS = [  # heading, and the value of a result
    ("rounds", lambda result: result.rounds),
    ("posts", lambda result: result.account.posts),
    ("copies due", lambda result: result.account.due),
    ("received", lambda result: result.account.received),
    ("lost", lambda result: result.account.lost),
    ("twice", lambda result: result.account.duplicated),
    ("of these unexplained", lambda result: result.account.unexplained),
    ("wrong", lambda result: result.account.wrong),
    ("posts sent in again", lambda result: result.account.resent),
    ("recovery s", lambda result: "{:.1f} / {:.1f}".format(*result.recovery())),
    ("largest process MB", lambda result: result.peak_memory >> 20),
    ("took s", lambda result: f"{result.seconds:.0f}"),
    ("", lambda result: "pass" if result.is_good() else "FAIL"),
]


def number(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


def describe(result):
    """One line for people."""
    if result.skipped:
        return f"{result.title} ({result.store}): skipped: {result.skipped}"
    values = ", ".join(f"{heading} {number(value(result))}".strip() for heading, value in COLUMNS)
    return f"{result.title} ({result.store}): {values}"


def markdown(results):
    """The lines of a table."""
    headings = ["scenario", "store", *(heading for heading, _ in COLUMNS)]
    rows = [headings, ["---", "---", *["---:"] * (len(COLUMNS) - 1), "---"]]
    for result in results:
        values = [number(value(result)) for _, value in COLUMNS]
        if result.skipped:
            values = [""] * (len(COLUMNS) - 1) + [f"skipped: {result.skipped}"]
        rows.append([result.title, result.store, *values])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
