"""The page about posts names the rules that there are."""

import re

from harness import TOP

RULE = re.compile(r'^    \{ "([a-z-]+)", [A-Z| ]+, ', re.MULTILINE)
ROW = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


def test_every_rule_is_described_in_order():
    rules = RULE.findall((TOP / "src" / "alert" / "policy.c").read_text(encoding="utf-8"))
    described = ROW.findall((TOP / "docs" / "posts.md").read_text(encoding="utf-8"))
    assert len(rules) > 30
    assert described == rules
