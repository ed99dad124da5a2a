"""A very large invented community for measurements: names spread as they are among people, where a
few are very frequent and most are rare, in several scripts; addresses under example domains; and
numbers of country code 999, which no country has."""

import csv
import itertools
import random

import community

FREQUENT = [  # given and family names, the most frequent first
    (["Maria", "Jose", "Anna", "John", "Ahmed", "Mohamed", "Ali", "Fatima", "David", "Juan"],
     ["Silva", "Smith", "Garcia", "Müller", "Khan", "Nguyen", "Santos", "Doe", "Martin", "Lee"]),
    (["Мария", "Иван", "Анна"], ["Иванов", "Петров", "Смирнова"]),
    (["芳", "伟", "秀英"], ["王", "李", "张"]),
    (["محمد", "فاطمة"], ["الحسيني", "منصور"]),
]
STARTS = ["b", "c", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh", "t", "v",
          "z", ""]
VOWELS = ["a", "e", "i", "o", "u", "ia", "é", "ö"]
ENDS = ["", "n", "r", "s", "l", "m", "k"]


def syllables(rng):
    return "".join(rng.choice(part) for _ in range(rng.choice((2, 2, 3)))
                   for part in (STARTS, VOWELS, ENDS)).capitalize()


class Names:
    """Names by frequency: that of place n is met in proportion to 1/(n + 8)."""

    def __init__(self, rng, frequent, count):
        invented = (syllables(rng) for _ in itertools.count())
        self.names = list(frequent) + [next(invented) for _ in range(count - len(frequent))]
        self.weights = list(itertools.accumulate(1 / (n + 8) for n in range(count)))
        self.rng = rng

    def draw(self, n):
        return self.rng.choices(self.names, cum_weights=self.weights, k=n)


def people(contacts, tlds=309, seed=1):
    """Rows as an import takes them, the first contact of every TLD first."""
    rng = random.Random(seed)
    latin = FREQUENT[0]
    given, family = Names(rng, latin[0], 4000), Names(rng, latin[1], 60000)
    labels = [tld["a_label"] for tld in community.choose_tlds(tlds)]
    for start in range(0, contacts, 10000):
        size = min(10000, contacts - start)
        for i, first, last in zip(range(start, start + size), given.draw(size), family.draw(size)):
            if i % 10 == 9:
                first, last = (rng.choice(names) for names in rng.choice(FREQUENT[1:]))
            yield person(i, labels[i % len(labels)], i // len(labels) + 1, first, last)


def person(i, label, rank, given, family):
    local = community.local_part(given, family, 1).replace("contact", "office")
    return {
        "tld": label,
        "rank": rank,
        "given_name": given,
        "family_name": family,
        "mobile": f"+999 {i // 1000000:03} {i // 1000 % 1000:03} {i % 1000:03}",
        "primary": f"{local}{i}@registry{i % 997}.nic-{label}.example",
        "secondary": f"{local}{i}@mail{i % 53}.example" if i % 4 == 0 else "",
    }


def write(path, contacts):
    """The table of so many people; the rows, for whoever wants to ask for some of them."""
    rows = list(people(contacts))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, community.FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows
