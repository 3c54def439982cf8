"""What AI cost by who used it sums to the bill, tokens stand once, and unit costs are sums over sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestration.versions import PROJECT
from tests.python.ai.engine import DAY, NAME, Engine
from tests.python.ai.oracle import NOT_SEEN, Call, Day, Meter

MILLION = 1_000_000
THIRD = Decimal("33.333333333333")


@pytest.fixture
def published(ai_engine: Engine) -> Engine:
    """A day billed at 100, a credit of 1 and a charge of no model: share 1 is of a (3 of 4) and unseen use, 2 of b."""
    ai_engine.shares(
        Day(
            (Meter("input", 4 * MILLION, Decimal(100)),),
            (
                Call("a", {"input": 2 * MILLION, "cached": MILLION}),
                Call("b", {"output": MILLION, "reasoning": 3 * MILLION}),
            ),
            {"input": Decimal(1), "cached": Decimal(1), "output": Decimal(0), "reasoning": Decimal(0)},
        )
    )
    con = ai_engine.con
    con.execute(
        "update ownership.dim_charge_identities set service_category = 'AI and Machine Learning', "
        "service_provider_name = 'OpenAI', service_name = 'OpenAI API', ai_model_class = 'frontier'"
    )
    for identity, model, category in ((7, NAME, "AI and Machine Learning"), (8, None, "AI and Machine Learning"),
                                      (9, None, "Compute")):  # fmt: skip
        con.execute(
            "insert into ownership.dim_charge_identities by name select ? as identity_id, ? as ai_model, "
            "? as service_category, 'OpenAI' as service_provider_name, 'OpenAI API' as service_name, "
            "case when ? = 7 then 'frontier' end as ai_model_class",
            [identity, model, category, identity],
        )
    for table in ("fct_allocated_costs", "fct_consumer_shares", "focus_contract_commitment"):
        con.execute(f"delete from finance.{table}")
    con.execute("delete from policy.ai_capacity")
    for identity, domain, share, cost in ((0, "a", 1, THIRD), (0, "b", 2, 100 - THIRD), (7, "a", 1, Decimal(-1)),
                                          (8, "a", None, Decimal(5)), (9, "a", None, Decimal(1000))):  # fmt: skip
        con.execute(
            "insert into finance.fct_allocated_costs values "
            "('2026-09', 'oa', ?, ?, ?, 'models', ?, 'proportional', null, 'USD', ?, ?, ?, ?)",
            [DAY, identity, domain, share, cost, cost, cost, cost],
        )
    for share, consumer, begin, end in ((1, "a", 0.0, 0.75), (1, NOT_SEEN, 0.75, 1.0), (2, "b", 0.0, 1.0)):
        con.execute(
            "insert into finance.fct_consumer_shares values ('2026-09', ?, null, ?, ?, ?)",
            [share, ai_engine.consumer(consumer), begin, end],
        )
    con.execute(
        "insert into policy.ai_capacity by name select 'deal' as capacity_id, 'OpenAI' as provider, "
        "200 as committed_cost, 'USD' as currency, 16e6 as committed_tokens, date '2026-09-01' as valid_from, "
        "date '2026-10-31' as valid_to"
    )
    ai_engine.publish()
    return ai_engine


def test_parts_of_the_bill_sum_to_it_to_the_last_digit(published: Engine) -> None:
    rows = published.con.execute(
        "select ai_model, sum(billed_cost), sum(effective_cost), sum(list_cost), sum(contracted_cost) "
        "from finance.fct_ai_costs group by all order by 1 nulls last"
    ).fetchall()
    assert rows == [(NAME, *[Decimal(99)] * 4), (None, *[Decimal(5)] * 4)]


def test_every_row_says_who_used_it_and_who_pays(published: Engine) -> None:
    rows = published.con.execute(
        "select coalesce(team, key_id), domain_id, reason, effective_cost, input_tokens, requests "
        "from finance.fct_ai_costs order by 1 nulls last"
    ).fetchall()
    seen = (THIRD * 3 / 4).quantize(Decimal("1e-12")) - Decimal("0.75")
    assert rows == [
        (NOT_SEEN, "a", None, THIRD - 1 - seen, None, None),
        ("a", "a", None, seen, 2 * MILLION, 1),
        ("b", "b", None, 100 - THIRD, 0, 1),
        (None, "a", "unknown_model", 5, None, None),
    ]


def test_unit_costs_divide_the_cost_of_who_was_logged(published: Engine) -> None:
    rows = published.con.execute(
        "select dimension, provider, name, effective_cost, logged_cost, cost_per_million_tokens, cost_per_request, "
        "reasoning_share_of_answers, cached_share_of_prompts, failed_share_of_requests, cost_per_million_billed_tokens "
        "from finance.kpi_ai_unit_costs where dimension in ('model_class', 'team', 'estate') order by 1, 3"
    ).fetchall()
    logged = float(rows[0][4])
    assert [row[:3] for row in rows] == [
        ("estate", None, "all models"),
        ("model_class", "openai", "frontier"),
        ("team", None, "a"),
        ("team", None, "b"),
    ]
    assert rows[0][3] == 104
    assert rows[1][5:10] == (pytest.approx(logged / 7), pytest.approx(logged / 2), 0.75, pytest.approx(1 / 3), 0)
    assert rows[1][10] == pytest.approx(99 / 4)
    assert (rows[2][7], rows[3][8]) == (None, None)


def test_coverage_shows_what_was_not_seen_in_measure_and_in_money(published: Engine) -> None:
    (row,) = published.con.execute(
        "select provider, model, coverage, not_seen, over_seen, measure_unit, billed_tokens, effective_cost "
        "from finance.kpi_ai_coverage"
    ).fetchall()
    assert row == ("openai", "gpt-4o", 0.75, 1, 0, "USD", 4 * MILLION, 99)


def test_a_commitment_is_drawn_by_the_month_at_the_pace_of_its_term(published: Engine) -> None:
    rows = published.con.execute(
        "select unit, committed, drawn_in_period, drawn_share_of_commitment, month_share_of_term, pace "
        "from finance.rpt_ai_commitments order by unit"
    ).fetchall()
    assert rows == [
        ("USD", 200, 99, 0.495, 0.5, 0.99),
        ("tokens", 16 * MILLION, 4 * MILLION, 0.25, 0.5, 0.5),
    ]


def test_what_other_months_have_drawn_changes_no_month(published: Engine) -> None:
    before = published.con.execute("from finance.rpt_ai_commitments order by all").fetchall()
    published.con.execute(
        "create or replace temp table another as select * replace ('2026-08' as billing_period) "
        "from finance.kpi_ai_coverage"
    )
    published.con.execute("insert into finance.kpi_ai_coverage from another")
    again = published.con.execute(f"{published.models['rpt_ai_commitments']}").fetchall()
    assert sorted(map(str, again)) == sorted(map(str, before))


def test_the_queries_of_the_guide_run_as_written_on_what_is_published(published: Engine) -> None:
    guide = (PROJECT / "docs" / "ai.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in guide.split("```sql\n")[1:]]
    queries = [query for block in blocks for query in block.split(";") if query.strip()]
    assert len(queries) == 3
    published.con.execute(
        "insert into finance.rpt_ai_commitments select * replace ('2026-10' as billing_period) "
        "from finance.rpt_ai_commitments"
    )
    with published.con.cursor() as reader:
        reader.execute("use tieout.finance")
        answers = [reader.execute(query).fetchall() for query in queries]
    assert [(row[0], row[1]) for row in answers[0]] == [("frontier", "openai")]
    assert [row[:3] for row in answers[1]] == [("b", None, "b"), ("a", None, "a"), (None, None, "a")]
    assert sum(row[3] for row in answers[1]) == 104
    tokens = [row[3:] for row in answers[2] if row[2] == "tokens"]
    assert tokens == [
        (16 * MILLION, 4 * MILLION, 4 * MILLION, 12 * MILLION, 0.5, "2026-09"),
        (16 * MILLION, 4 * MILLION, 8 * MILLION, 8 * MILLION, 1.0, "2026-09"),
    ]
