"""Change notices: approvals, exactly once, receipts, refusals, hostile names; against real servers on loopback."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import ConfigurationError
from orchestration.estate import load_estate
from orchestration.home import Home
from orchestration.notices import sending
from orchestration.notices.sending import notify
from orchestration.notices.settings import Notifications
from orchestration.policy import load_policy
from orchestration.policy.model import Policy
from orchestration.rule_changes import MoneyEffect, Moved, RuleChanges, Transition
from orchestration.rule_changes.approving import judged
from orchestration.rule_changes.comparing import changed_rows
from tests.python.servers import Mailbox

HEADER = "rule_id,rule_version,precedence,kind,name_regex,domain_id,rationale,owner,approved_by,valid_from,valid_to\n"
DOMAINS = "domain_id,business_unit,cost_centre,product,environment,owner,chargeback_mode,valid_from,valid_to\n"
RULE = "a,1,10,naming,^a,shop,why,me,cfo,2026-01-01,9999-12-31\n"
HOSTILE = '<script>alert(1)</script>|"=cmd\u202e'


def policy(folder: Path, rules: str, approvals: str = "", owner: str = "ann@example.com") -> Policy:
    folder.mkdir()
    quoted = owner.replace('"', '""')
    (folder / "cost_domains.csv").write_text(
        f'{DOMAINS}shop,Retail,CC-1,shop,prod,"{quoted}",showback,2026-01-01,9999-12-31\n'
        "bank,Finance,CC-2,bank,prod,bob@example.com,showback,2026-01-01,9999-12-31\n"
    )
    (folder / "ownership_rules.csv").write_text(HEADER + rules)
    (folder / "change_approvals.csv").write_text("change_id,policy_file,approved_by,approved_on\n" + approvals)
    return load_policy(folder)


def record(before: Policy, after: Policy, *, measured: bool = True) -> RuleChanges:
    moved = {"CC-1": Moved(before=Decimal(10), after=Decimal(7))}
    effect = MoneyEffect(
        billing_period="2026-05", currency="USD", moved=Decimal(3), cost_centres=moved, pools={}, rules={}, moves=()
    )
    transition = Transition(
        number=1,
        period_before="2026-05",
        publication_before=1,
        revision_before=before.revision,
        revision_after=after.revision,
        changes=judged(changed_rows(before, after), before, after),
        effect=effect if measured else None,
        unmeasured=None if measured else "found other code",
    )
    return RuleChanges(billing_period="2026-05", policy_revision=after.revision, transitions=(transition,))


@pytest.fixture
def changed(tmp_path: Path) -> tuple[Policy, RuleChanges]:
    """A rule of which an approved version takes the place of the first on the 17th."""
    rules = RULE.replace("9999-12-31", "2026-05-17") + "a,2,10,naming,^a,bank,why,me,cfo,2026-05-17,9999-12-31\n"
    after = policy(tmp_path / "after", rules)
    return after, record(policy(tmp_path / "before", RULE), after)


def by_mail(box: Mailbox, **more: Any) -> Notifications:
    smtp = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "tieout@example.com"}
    return Notifications.model_validate({"smtp": smtp, **more})


def test_each_owner_whose_cost_moves_gets_one_mail_and_one_receipt(tmp_path, changed, mailbox):
    (after, changes), home = changed, Home(tmp_path / "home")
    settings = by_mail(mailbox, finance=["cfo@example.com"])
    told = notify(home, settings, changes, after)
    assert [mail["To"] for mail in mailbox.mails] == ["ann@example.com", "cfo@example.com"]
    assert told.record.transitions[0].notified_at == max(receipt.sent_at for receipt in told.sent)
    assert told.record.transitions[0].notified_owners == 2
    kinds = [part.get_content_type() for part in mailbox.mails[0].walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]

    again = notify(home, settings, changes, after)
    assert (len(mailbox.mails), again.sent) == (2, ())
    assert again.record == told.record, "receipts give the same bytes as sending did"


def test_a_crash_between_answer_and_receipt_sends_again_under_the_same_identity(
    tmp_path, changed, receiver, monkeypatch
):
    (after, changes), home = changed, Home(tmp_path / "home")
    monkeypatch.setenv("HOOK_TOKEN", "s3cret")
    settings = Notifications.model_validate({"webhook": {"url": receiver.url, "token_variable": "HOOK_TOKEN"}})
    with monkeypatch.context() as crashing:
        crashing.setattr(sending.Receipt, "model_dump_json", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            notify(home, settings, changes, after)
    notify(home, settings, changes, after)
    notify(home, settings, changes, after)
    (first, sent), (second, sent_again) = receiver.posted
    assert first["Idempotency-Key"] == second["Idempotency-Key"] == sent["notice"]
    assert sent == sent_again
    assert first["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in "".join(path.read_text() for path in home.notices.rglob("*") if path.is_file())


@pytest.mark.parametrize("answer", [302, 500])
def test_a_notice_that_is_not_accepted_has_no_receipt_and_is_sent_later(tmp_path, changed, receiver, answer):
    (after, changes), home = changed, Home(tmp_path / "home")
    settings = Notifications.model_validate({"webhook": {"url": receiver.url}, "finance": ["cfo@example.com"]})
    receiver.answers.append(answer)
    with pytest.raises(ConfigurationError, match=f"HTTP {answer}.*1 of 2 notices"):
        notify(home, settings, changes, after)
    told = notify(home, settings, changes, after)
    assert [len(receiver.posted), len(told.sent), len(told.sent_before)] == [3, 1, 1]


def test_an_owner_without_an_address_is_named_before_anything_is_sent(tmp_path, mailbox):
    before = policy(tmp_path / "before", RULE, owner="Retail team")
    rules = RULE.replace("9999-12-31", "2026-05-17") + "a,2,10,naming,^a,bank,why,me,cfo,2026-05-17,9999-12-31\n"
    after = policy(tmp_path / "after", rules, owner="Retail team")
    home, changes = Home(tmp_path / "home"), record(before, after, measured=False)
    with pytest.raises(ConfigurationError, match=r"no mail address for Retail team.*recipients"):
        notify(home, by_mail(mailbox), changes, after)
    assert not mailbox.mails
    notify(home, by_mail(mailbox, recipients={"Retail team": "retail@example.com"}), changes, after)
    assert {mail["To"] for mail in mailbox.mails} == {"retail@example.com", "bob@example.com"}, "all, if not measured"


def test_hostile_names_are_texts_on_the_page_and_in_the_home(tmp_path, receiver):
    rules = RULE.replace("9999-12-31", "2026-05-17") + RULE.replace("a,1", "a,2").replace("2026-01-01", "2026-05-17")
    before = policy(tmp_path / "before", RULE, owner=HOSTILE)
    after = policy(
        tmp_path / "after", rules.replace("why", f'"{HOSTILE.replace(chr(34), chr(34) * 2)}"'), owner=HOSTILE
    )
    home, changes = Home(tmp_path / "home"), record(before, after)
    approved = [change.model_copy(update={"missing": None}) for change in changes.transitions[0].changes]
    step = changes.transitions[0].model_copy(update={"changes": tuple(approved)})
    notify(
        home,
        Notifications.model_validate({"webhook": {"url": receiver.url}}),
        changes.model_copy(update={"transitions": (step,)}),
        after,
    )
    ((_, sent),) = receiver.posted
    assert "<script>" not in sent["html"]
    assert "<script>" not in sent["markdown"]
    assert "\u202e" not in sent["html"] + sent["markdown"]
    assert all(".." not in path.name and "<" not in path.name for path in home.notices.rglob("*"))


def test_approvals(tmp_path, changed):
    _, by_version = changed
    assert [(c.change, c.approved_by, c.approved_how) for c in by_version.transitions[0].changes] == [
        ("edited", "cfo", "with the new version of a"),
        ("added", "cfo", "approved_by of version 2"),
    ]
    before = policy(tmp_path / "one", RULE)
    edited = RULE.replace(",shop,", ",bank,")
    (change,) = record(before, policy(tmp_path / "two", edited)).transitions[0].changes
    assert change.approved_by is None
    for text in (
        "ownership_rules.csv: a version 1 was edited (domain_id)",
        "found no approval",
        "change_approvals.csv",
    ):
        assert text in (change.missing or "")
    entry = f"{change.change_id},ownership_rules,cfo,2026-05-01\n"
    (approved,) = record(before, policy(tmp_path / "three", edited, entry)).transitions[0].changes
    assert (approved.approved_by, approved.missing) == ("cfo", None)
    (other,) = record(before, policy(tmp_path / "four", RULE.replace("^a", "^b"), entry)).transitions[0].changes
    assert other.missing, "an approval is of one change, and of no other of the same row"


def test_nothing_is_sent_while_a_change_lacks_an_approval(tmp_path, mailbox):
    before, after = policy(tmp_path / "before", RULE), policy(tmp_path / "after", RULE.replace(",shop,", ",bank,"))
    told = notify(Home(tmp_path / "home"), by_mail(mailbox), record(before, after), after)
    assert (mailbox.mails, told.sent, told.record.transitions[0].notified_at) == ([], (), None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "a channel is expected"),
        ("{webhook: {url: 'http://example.com/x'}}", "unencrypted"),
        ("{webhook: {url: 'https://user:pass@example.com/x'}}", "without a password"),
        ("{webhook: {url: 'ftp://example.com'}}", "https:// address"),
        ("{webhook: {}}", "either url or url_variable"),
        ("{smtp: {host: mail, sender: 'nobody'}}", "tieout@example.com is expected"),
        ("{smtp: {host: mail, sender: a@b.example, password: secret}}", "unknown key password"),
        ("{smtp: {host: mail, sender: a@b.example, password_variable: P}}", "expected together"),
        (
            "{smtp: {host: mail, sender: a@b.example, security: none, username_variable: U, password_variable: P}}",
            "tls",
        ),
        ("{webhook: {url: 'https://example.com'}, finance: ['a@b.example\\nBcc: x@y.example']}", "finance@example.com"),
    ],
)
def test_settings_that_are_refused(tmp_path, text, told):
    file = tmp_path / "estate.yml"
    file.write_text(
        f"reporting_currency: USD\nsources: [{{id: a, kind: focus, location: ./a}}]\nnotifications: {text}\n"
    )
    with pytest.raises(ConfigurationError, match=r"estate\.yml:3: notifications") as refused:
        load_estate(file)
    assert told in str(refused.value)
