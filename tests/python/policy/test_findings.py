"""Each kind of bad policy is refused with its file, line, column, what was found and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from orchestration.errors import PolicyRefused
from orchestration.policy import load_policy
from orchestration.policy.checks import CHECKS
from tests.python.policy.conftest import ALWAYS, DOMAINS, DRIVERS, POOLS, RULE_COLUMNS, TAG_KEYS, Findings, Write


def rule(**cells: str) -> str:
    """Return one row of ownership_rules.csv: an override of the shop's account, but for the cells given."""
    row = {
        "rule_id": "r",
        "rule_version": "1",
        "precedence": "10",
        "kind": "override",
        "sub_account_id": "1111",
        "domain_id": "shop",
        "rationale": "agreed",
        "owner": "ann",
        "approved_by": "cfo",
        "valid_from": "2026-01-01",
        "valid_to": "9999-12-31",
        **cells,
    }
    return ",".join(row.get(column, "") for column in RULE_COLUMNS.strip().split(",")) + "\n"


def rules(*rows: str) -> dict[str, str]:
    return {"ownership_rules": RULE_COLUMNS + "".join(rows)}


class Case(NamedTuple):
    files: dict[str, str]
    table: str
    line: int
    column: str
    found: str
    cure: str


ACCOUNTS = "account_id,parent_account_id,account_name,domain_id,valid_from,valid_to\n"
CMDB = "ci_id,resource_id,resource_name,domain_id,valid_from,valid_to\n"
FX = "billing_period,from_currency,to_currency,rate\n"
TARGETS = "pool_id,domain_id,share,valid_from,valid_to\n"
THRESHOLDS = "threshold_id,chargeback_mode,value,severity,valid_from,valid_to\n"
VALUES = "tag_key,alias,tag_value,valid_from,valid_to\n"
FEEDS = (
    "pool_id,scope,domain_id,target_pool_id,business_unit,excluded,share,floor_share,cap_share,valid_from,valid_to\n"
)
FALLBACKS = "pool_id,attempt,method,driver_id,driver_window,rationale,approved_by,valid_from,valid_to\n"
RESOLUTION = f"resolution,rationale,owner,approved_by,valid_from,valid_to\nreciprocal,fair,fin,cfo,{ALWAYS}\n"
DNS = f"dns,1,DNS,equal_share,,,DNS_EQUAL,shared,net,cfo,{ALWAYS}\n"
HYBRID = POOLS.replace("proportional", "hybrid")
FIXED = POOLS.replace("proportional,spend,billing_month", "fixed_percentage,,")
DIRECT = POOLS.replace("proportional,spend,billing_month", "direct,,")
AI_MODELS = "pattern_id,precedence,reads,name_pattern,provider,model,token_class,valid_from,valid_to\n"
AI_PRICES = "provider,model,token_class,price_per_million,currency,source,approved_by,valid_from,valid_to\n"
AI_CONSUMERS = "kind,value,provider,domain_id,pool_id,rationale,owner,approved_by,valid_from,valid_to\n"
AI_CAPACITY = (
    "capacity_id,provider,model,tokens_per_unit_hour,idle_domain_id,committed_cost,currency,rationale,owner,"
    "approved_by,valid_from,valid_to\n"
)
TAG_RULE = {"kind": "tag", "domain_id": "", "sub_account_id": ""}

CLUSTERS = (
    "cluster,charge_base,cpu_weight,memory_weight,gpu_weight,idle_target,volume_orphan_days,owner,approved_by,"
    "valid_from,valid_to\n"
)
NAMESPACES = (
    "cluster,namespace,label_key,label_value,domain_id,pool_id,rationale,owner,approved_by,valid_from,valid_to\n"
)
GPU_IDLE = (
    "rule_id,precedence,resource_regex,utilisation_below,minimum_hours,"
    "rationale,owner,approved_by,valid_from,valid_to\n"
)
NODES = f"{POOLS}nodes,1,Nodes,proportional,kubernetes_node_compute,charge_day,POD_SHARE,shared,net,cfo,{ALWAYS}\n"
BY_PODS = {"drivers": f"{DRIVERS}kubernetes_node_compute,usage,{ALWAYS}\n", "pools": NODES}

BUDGETS = (
    "budget_id,kind,value,unit,currency,amount,period,at_cap,rationale,owner,approved_by,valid_from,valid_to\n"
    "b,{},{},{},{},{},month,refuse,agreed,ann,cfo," + ALWAYS + "\n"
)
LIMITS = (
    "limit_id,kind,value,unit,window_minutes,factor,baseline_days,minimum,new_consumer_allowance,action,"
    "throttle_per_minute,expires_after_minutes,rationale,owner,approved_by,valid_from,valid_to\n"
    "l,workflow,,tokens,{},{},{},1000,5000,{},{},60,loops,ann,cfo," + ALWAYS + "\n"
)
GATEWAY = "when_state_unreadable,output_tokens,attachment_tokens,hold_minutes,rationale,owner,approved_by,"
GATEWAY += f"valid_from,valid_to\n{{}},{{}},0,10,safe,ann,cfo,{ALWAYS}\n"

CASES = {
    # the AI gateway
    "half a token": Case(
        {"ai_budgets": BUDGETS.format("team", "search", "tokens", "", "1.5")}, "ai_budgets", 2, "amount", "1.5", "end"
    ),
    "no money": Case(
        {"ai_budgets": BUDGETS.format("team", "search", "money", "USD", "0")}, "ai_budgets", 2, "amount", "0", "used"
    ),
    "money without a currency": Case(
        {"ai_budgets": BUDGETS.format("team", "search", "money", "", "10")},
        "ai_budgets",
        2,
        "currency",
        "nothing",
        "Name the currency that the prices of its models are in.",
    ),
    "tokens in a currency": Case(
        {"ai_budgets": BUDGETS.format("team", "search", "tokens", "USD", "10")},
        "ai_budgets",
        2,
        "currency",
        "'USD'",
        "Blank it, or make the unit money.",
    ),
    "money of no country": Case(
        {"ai_budgets": BUDGETS.format("team", "search", "money", "usd", "10")},
        "ai_budgets",
        2,
        "currency",
        "'usd'",
        "Correct the code.",
    ),
    "budget of no product": Case(
        {"ai_budgets": BUDGETS.format("product", "shopp", "tokens", "", "10")},
        "ai_budgets",
        2,
        "value",
        "the product 'shopp'",
        "Did you mean 'shop'?",
    ),
    "baseline less than once": Case(
        {"ai_limits": LIMITS.format(60, "0.5", 14, "suspend", "")}, "ai_limits", 2, "factor", "0.5", "how many times"
    ),
    "window of two days": Case(
        {"ai_limits": LIMITS.format(2880, 10, 14, "suspend", "")},
        "ai_limits",
        2,
        "window_minutes",
        "2880",
        "there are budgets",
    ),
    "baseline of a year": Case(
        {"ai_limits": LIMITS.format(60, 10, 365, "suspend", "")}, "ai_limits", 2, "baseline_days", "365", "Shorten it"
    ),
    "throttle without a rate": Case(
        {"ai_limits": LIMITS.format(60, 10, 14, "throttle", "")},
        "ai_limits",
        2,
        "throttle_per_minute",
        "nothing",
        "Fill it in, or choose suspend.",
    ),
    "suspended at a rate": Case(
        {"ai_limits": LIMITS.format(60, 10, 14, "suspend", 5)}, "ai_limits", 2, "throttle_per_minute", "5", "Blank it."
    ),
    "gateway that fails ajar": Case(
        {"ai_gateway": GATEWAY.format("ajar", 1000)}, "ai_gateway", 2, "when_state_unreadable", "'ajar'", "Choose"
    ),
    "answers of no tokens": Case(
        {"ai_gateway": GATEWAY.format("open", 0)}, "ai_gateway", 2, "output_tokens", "'0'", "Write at least 1."
    ),
    # cells
    "unknown kind": Case(rules(rule(kind="tags")), "ownership_rules", 2, "kind", "'tags'", "Did you mean 'tag'?"),
    "control of no policy file": Case(
        {"change_control": "policy_file,required\npool,true\n"},
        "change_control",
        2,
        "policy_file",
        "'pool'",
        "Did you mean 'pools'?",
    ),
    "unknown method": Case(
        {"pools": POOLS.replace("proportional", "proportionl")}, "pools", 2, "method", "'proportionl'", "proportional"
    ),
    "unknown window": Case(
        {"pools": POOLS.replace("billing_month", "month")}, "pools", 2, "driver_window", "'month'", "Choose one"
    ),
    "unknown driver kind": Case(
        {"drivers": DRIVERS.replace("spend,spend", "spend,cost")}, "drivers", 2, "kind", "'cost'", "Choose one"
    ),
    "date of no calendar": Case(
        rules(rule(valid_from="2026-02-30")), "ownership_rules", 2, "valid_from", "'2026-02-30'", "9999-12-31"
    ),
    "blank valid_to": Case(rules(rule(valid_to="")), "ownership_rules", 2, "valid_to", "nothing", "9999-12-31"),
    "precedence is no number": Case(
        rules(rule(precedence="high")), "ownership_rules", 2, "precedence", "'high'", "digits"
    ),
    "missing approver": Case(
        rules(rule(approved_by="")), "ownership_rules", 2, "approved_by", "nothing", "name the approver"
    ),
    "missing approver of a pool": Case(
        {"pools": POOLS.replace("cfo", "")}, "pools", 2, "approved_by", "nothing", "name the approver"
    ),
    "required is neither true nor false": Case(
        {"tag_policy": f"tag_key,required,valid_from,valid_to\nproduct,yes,{ALWAYS}\n"},
        "tag_policy", 2, "required", "'yes'", "true or false",
    ),
    "share above 1": Case(
        {"pools": FIXED, "pool_targets": f"{TARGETS}nat,shop,25,{ALWAYS}\n"},
        "pool_targets", 2, "share", "'25'", "0.25",
    ),
    "share with a percent sign": Case(
        {"pools": FIXED, "pool_targets": f"{TARGETS}nat,shop,100%,{ALWAYS}\n"},
        "pool_targets", 2, "share", "'100%'", "percent signs",
    ),
    "rate of zero": Case(
        {"fx_rates": f"{FX}2026-05,EUR,USD,0\n"}, "fx_rates", 2, "rate", "'0'", "units of to_currency"
    ),
    "negative rate": Case(
        {"fx_rates": f"{FX}2026-05,EUR,USD,-1.1\n"}, "fx_rates", 2, "rate", "'-1.1'", "units of to_currency"
    ),
    "month 13": Case(
        {"fx_rates": f"{FX}2026-13,EUR,USD,1.1\n"}, "fx_rates", 2, "billing_period", "'2026-13'", "2026-05"
    ),
    "unknown threshold": Case(
        {"thresholds": f"{THRESHOLDS}aai_flor,,0.8,warning,{ALWAYS}\n"},
        "thresholds", 2, "threshold_id", "'aai_flor'", "Did you mean 'aai_floor'?",
    ),
    # form of the file
    "unknown column": Case(
        {"cost_domains": DOMAINS.replace("environment", "enviroment")},
        "cost_domains", 1, "enviroment", "unknown column", "Did you mean 'environment'?",
    ),
    "missing column": Case(
        {"tag_keys": "tag_key,valid_from,valid_to\n"}, "tag_keys", 1, "alias", "no column 'alias'", "Add the column"
    ),
    "column twice": Case(
        {"tag_keys": "tag_key,alias,alias,valid_from,valid_to\n"}, "tag_keys", 1, "alias", "twice", "Remove"
    ),
    "too few cells": Case({"tag_keys": f"{TAG_KEYS}owner,team\n"}, "tag_keys", 4, "", "2 cells", "commas"),
    "open quote": Case(
        {"tag_keys": f'{TAG_KEYS}owner,"team,{ALWAYS}\n'}, "tag_keys", 4, "", "cannot be read", "quotes"
    ),
    "no header": Case({"tag_keys": ""}, "tag_keys", 1, "", "an empty file", "Write the header"),
    # checks
    "validity ends before it begins": Case(
        rules(rule(valid_to="2025-01-01")), "ownership_rules", 2, "valid_to", "valid_to 2025-01-01", "day after"
    ),
    "overlapping rule": Case(
        rules(rule(valid_to="2026-07-01"), rule(rule_version="2", valid_from="2026-06-01")),
        "ownership_rules", 3, "", "rule_id 'r' in force together with line 2", "Close line 2 with valid_to 2026-06-01",
    ),
    "overlapping domain whatever its case": Case(
        {"cost_domains": DOMAINS + DOMAINS.splitlines()[1].replace("shop,Retail", "SHOP,Retail") + "\n"},
        "cost_domains", 4, "", "domain_id 'SHOP' in force together with line 2", "Close line 2",
    ),
    "two rates of a pair": Case(
        {"fx_rates": f"{FX}2026-05,EUR,USD,1.1\n2026-05,EUR,USD,1.2\n"},
        "fx_rates", 3, "", "together with line 2", "Remove",
    ),
    "version used twice": Case(
        rules(rule(valid_to="2026-06-01"), rule(valid_from="2026-06-01")),
        "ownership_rules", 3, "rule_version", "version 1 of 'r' again (first on line 2)", "next version",
    ),
    "rule names a missing domain": Case(
        rules(rule(domain_id="shopp")), "ownership_rules", 2, "domain_id", "'shopp'", "Did you mean 'shop'?"
    ),
    "rule names a missing pool": Case(
        rules(rule(domain_id="", pool_id="dns")), "ownership_rules", 2, "pool_id", "'dns'", "Add it to pools.csv"
    ),
    "rule outlives its domain": Case(
        {**rules(rule()), "cost_domains": DOMAINS.replace(f"showback,{ALWAYS}", "showback,2026-01-01,2026-09-17")},
        "ownership_rules", 2, "domain_id", "not in force from 2026-09-17 on", "Close this row",
    ),
    "rule begins before its pool": Case(
        rules(rule(domain_id="", pool_id="nat", valid_from="2025-01-01")),
        "ownership_rules", 2, "pool_id", "not in force from 2025-01-01 to before 2026-01-01", "extend the validity",
    ),
    "fallback to a missing domain": Case(
        {"pools": POOLS.replace("method_id", "fallback_domain_id,method_id").replace("NAT_BY", "lab,NAT_BY")},
        "pools", 2, "fallback_domain_id", "'lab'", "Add it to cost_domains.csv",
    ),
    "unknown driver": Case(
        {"pools": POOLS.replace("proportional,spend", "proportional,spent")},
        "pools", 2, "driver_id", "'spent'", "Did you mean 'spend'?",
    ),
    "target of a missing pool": Case(
        {"pool_targets": f"{TARGETS}nats,shop,,{ALWAYS}\n"}, "pool_targets", 2, "pool_id", "'nats'", "'nat'"
    ),
    "account of a missing domain": Case(
        {"accounts": f"{ACCOUNTS}1111,,,banc,{ALWAYS}\n"}, "accounts", 2, "domain_id", "'banc'", "'bank'"
    ),
    "CMDB row of a missing domain": Case(
        {"cmdb_resources": f"{CMDB}c1,i-1,,banc,{ALWAYS}\n"}, "cmdb_resources", 2, "domain_id", "'banc'", "'bank'"
    ),
    "value of an unknown tag key": Case(
        {"tag_values": f"{VALUES}products,a,b,{ALWAYS}\n"}, "tag_values", 2, "tag_key", "'products'", "'product'"
    ),
    "neither outcome": Case(
        rules(rule(domain_id="")), "ownership_rules", 2, "domain_id", "neither a domain nor a pool", "Name the domain"
    ),
    "both outcomes": Case(
        rules(rule(pool_id="nat")), "ownership_rules", 2, "pool_id", "both domain 'shop' and pool 'nat'", "Blank one"
    ),
    "outcome of a lookup": Case(
        rules(rule(kind="cmdb")), "ownership_rules", 2, "domain_id", "'shop'", "override or ring_fence"
    ),
    "unknown tag key in a rule": Case(
        rules(rule(**TAG_RULE, tag_keys="product+enviroment")),
        "ownership_rules", 2, "tag_keys", "unknown tag key 'enviroment'", "Did you mean 'environment'?",
    ),
    "tag rule without keys": Case(
        rules(rule(**TAG_RULE)), "ownership_rules", 2, "tag_keys", "nothing", "product+environment"
    ),
    "tag keys on another kind": Case(
        rules(rule(tag_keys="product")), "ownership_rules", 2, "tag_keys", "'product'", "kind tag"
    ),
    "tag value without outcome": Case(
        rules(rule(**TAG_RULE, tag_keys="product", tag_value="shop")),
        "ownership_rules", 2, "tag_value", "'shop'", "Name the domain or pool",
    ),
    "two keys with an outcome": Case(
        rules(rule(kind="tag", tag_keys="product+environment")), "ownership_rules", 2, "tag_keys", "2 keys", "one key"
    ),
    "key that no domain has": Case(
        {**rules(rule(**TAG_RULE, tag_keys="ticket")), "tag_keys": f"{TAG_KEYS}ticket,ticket,{ALWAYS}\n"},
        "ownership_rules", 2, "tag_keys", "by which no domain can be found", "tag_value",
    ),
    "pattern that does not compile": Case(
        rules(rule(kind="naming", name_regex="^(shop")), "ownership_rules", 2, "name_regex", "missing )", "Correct"
    ),
    "pattern with look-around": Case(
        rules(rule(kind="naming", name_regex="^shop(?=-)")), "ownership_rules", 2, "name_regex", "(?=", "Correct"
    ),
    "missing capture group": Case(
        rules(rule(kind="naming", name_regex="^([a-z]+)-(?:prod|dev)", domain_id="")),
        "ownership_rules", 2, "name_regex", "with 1 capture groups", "parentheses",
    ),
    "naming without pattern": Case(
        rules(rule(kind="naming")), "ownership_rules", 2, "name_regex", "nothing", "Write the pattern"
    ),
    "precedence shared by different outcomes": Case(
        rules(rule(), rule(rule_id="s", sub_account_id="", domain_id="bank")),
        "ownership_rules", 3, "precedence", "rule 'r' (line 2) has too", "higher number",
    ),
    "alias of two keys": Case(
        {"tag_keys": f"{TAG_KEYS}environment,APP,{ALWAYS}\n"},
        "tag_keys", 4, "alias", "while line 2 gives it to 'product'", "Remove one",
    ),
    "alias that is another canonical key": Case(
        {"tag_keys": f"{TAG_KEYS}environment,Pro-duct,{ALWAYS}\n"},
        "tag_keys", 4, "alias", "'product' is a canonical key itself", "Remove the alias",
    ),
    "alias without a letter": Case(
        {"tag_keys": f"{TAG_KEYS}environment,--,{ALWAYS}\n"}, "tag_keys", 4, "alias", "'--'", "Rename the tag"
    ),
    "chained values": Case(
        {"tag_values": f"{VALUES}product,a,b,{ALWAYS}\nproduct,b,c,{ALWAYS}\n"},
        "tag_values", 2, "tag_value", "'b', which line 3 replaces with 'c'", "stand for 'c' directly",
    ),
    "account cycle": Case(
        {"accounts": f"{ACCOUNTS}a,b,,,{ALWAYS}\nb,a,,,{ALWAYS}\n"},
        "accounts", 2, "parent_account_id", "a cycle: a > b > a", "Correct one",
    ),
    "too many levels": Case(
        {"accounts": ACCOUNTS + "".join(f"l{n},{f'l{n - 1}' if n else ''},,,{ALWAYS}\n" for n in range(8))},
        "accounts", 9, "parent_account_id", "7 levels above it", "Leave intermediate levels out",
    ),
    "resource with two owners": Case(
        {"cmdb_resources": f"{CMDB}c1,i-1,,shop,{ALWAYS}\nc2,I-1,,bank,{ALWAYS}\n"},
        "cmdb_resources", 3, "resource_id", "'shop' on line 2", "Close one",
    ),
    "configuration item without resource": Case(
        {"cmdb_resources": f"{CMDB}c1,,,shop,{ALWAYS}\n"}, "cmdb_resources", 2, "resource_id", "neither", "Fill in"
    ),
    "proportional without driver": Case(
        {"pools": POOLS.replace("proportional,spend", "proportional,")},
        "pools", 2, "driver_id", "nothing", "equal_share",
    ),
    "proportional without window": Case(
        {"pools": POOLS.replace("billing_month", "")}, "pools", 2, "driver_window", "nothing", "Say how long"
    ),
    "shares that do not sum to 1": Case(
        {"pools": FIXED, "pool_targets": f"{TARGETS}nat,shop,0.5,{ALWAYS}\nnat,bank,0.499999999999,{ALWAYS}\n"},
        "pools", 2, "method", "sum to 0.999999999999 from 2026-01-01 on (lines of pool_targets.csv: 2, 3)", "1 minus",
    ),
    "shares that sum to 1 until the 17th": Case(
        {
            "pools": FIXED,
            "pool_targets": f"{TARGETS}nat,shop,0.5,{ALWAYS}\nnat,bank,0.5,2026-01-01,2026-09-17\n",
        },
        "pools", 2, "method", "sum to 0.5 from 2026-09-17 on", "1 minus",
    ),
    "fixed percentage without share": Case(
        {"pools": FIXED, "pool_targets": f"{TARGETS}nat,shop,,{ALWAYS}\n"},
        "pool_targets", 2, "share", "nothing", "Write the share",
    ),
    "share that nothing reads": Case(
        {"pool_targets": f"{TARGETS}nat,shop,1,{ALWAYS}\n"}, "pool_targets", 2, "share", "the share 1", "Blank"
    ),
    "direct with two targets": Case(
        {"pools": DIRECT, "pool_targets": f"{TARGETS}nat,shop,,{ALWAYS}\nnat,bank,,{ALWAYS}\n"},
        "pools", 2, "method", "2 targets of pool 'nat'", "List the one domain",
    ),
    "direct without target": Case({"pools": DIRECT}, "pools", 2, "method", "0 targets of pool 'nat'", "List the one"),
    "window of no days": Case(
        {"pools": POOLS.replace("billing_month", "trailing_0_days")},
        "pools", 2, "driver_window", "'trailing_0_days'", "trailing_<n>_days with n from 1 to 366",
    ),
    "window of years": Case(
        {"pools": POOLS.replace("billing_month", "trailing_400_days")},
        "pools", 2, "driver_window", "'trailing_400_days'", "previous_month",
    ),
    "hybrid without a fixed part": Case(
        {"pools": HYBRID}, "pools", 2, "method", "sum to 0 from 2026-01-01 on", "Write the fixed parts"
    ),
    "hybrid that leaves nothing to use": Case(
        {"pools": HYBRID, "pool_targets": f"{TARGETS}nat,shop,0.5,{ALWAYS}\nnat,bank,0.5,{ALWAYS}\n"},
        "pools", 2, "method", "sum to 1 from 2026-01-01 on", "below 1",
    ),
    "shares of a scope that do not sum to 1": Case(
        {
            "pools": FIXED.replace("method_id", "scope_by,method_id").replace("NAT_BY", "region_id,NAT_BY"),
            "pool_targets": f"{FEEDS}nat,,shop,,,,1,,,{ALWAYS}\nnat,eu,bank,,,,0.5,,,{ALWAYS}\n",
        },
        "pools", 2, "method", "pool 'nat' in scope 'eu' that sum to 0.5", "1 minus",
    ),
    "scope of a pool that is divided as a whole": Case(
        {"pool_targets": f"{FEEDS}nat,eu,shop,,,,,,,{ALWAYS}\n"},
        "pool_targets", 2, "scope", "line 2 of pools.csv divides as a whole", "blank the scope",
    ),
    "target that is a pool and a domain": Case(
        {
            "pools": POOLS + DNS,
            "pool_targets": f"{FEEDS}nat,,shop,dns,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION,
        },
        "pool_targets", 2, "target_pool_id", "pool 'dns' and a domain", "two rows",
    ),
    "share for a whole business unit": Case(
        {"pools": HYBRID, "pool_targets": f"{FEEDS}nat,,,,Retail,,0.5,,,{ALWAYS}\n"},
        "pool_targets", 2, "share", "for several domains", "List the domains",
    ),
    "cap on what is excluded": Case(
        {"pool_targets": f"{FEEDS}nat,,shop,,,true,,,0.5,{ALWAYS}\n"},
        "pool_targets", 2, "excluded", "a limit on a row that excludes", "write false",
    ),
    "floor above the cap": Case(
        {"pool_targets": f"{FEEDS}nat,,shop,,,,,0.5,0.4,{ALWAYS}\n"},
        "pool_targets", 2, "floor_share", "a floor of 0.5 above the cap of 0.4", "raise the cap",
    ),
    "floors above the pool": Case(
        {"pool_targets": f"{FEEDS}nat,,shop,,,,,0.6,,{ALWAYS}\nnat,,bank,,,,,0.5,,{ALWAYS}\n"},
        "pools", 2, "pool_id", "floors of pool 'nat' that sum to 1.1", "Lower them",
    ),
    "fallback of a missing pool": Case(
        {"pool_fallbacks": f"{FALLBACKS}nats,1,equal_share,,,next best,cfo,{ALWAYS}\n"},
        "pool_fallbacks", 2, "pool_id", "'nats'", "'nat'",
    ),
    "fallback without its driver": Case(
        {"pool_fallbacks": f"{FALLBACKS}nat,1,proportional,,,next best,cfo,{ALWAYS}\n"},
        "pool_fallbacks", 2, "driver_id", "nothing", "equal_share",
    ),
    "fallback numbered 0": Case(
        {"pool_fallbacks": f"{FALLBACKS}nat,0,equal_share,,,next best,cfo,{ALWAYS}\n"},
        "pool_fallbacks", 2, "attempt", "'0'", "attempt 0",
    ),
    "fallback to shares that there are none of": Case(
        {"pool_fallbacks": f"{FALLBACKS}nat,1,fixed_percentage,,,next best,cfo,{ALWAYS}\n"},
        "pool_fallbacks", 2, "method", "sum to 0", "1 minus",
    ),
    "owner of an account for a pool of all accounts": Case(
        {"drivers": DRIVERS.replace("spend,spend", "spend,account")},
        "pools", 2, "scope_by", "nothing", "sub_account_id",
    ),
    "commitment status in another spelling": Case(
        {"drivers": f"driver_id,kind,commitment_status,valid_from,valid_to\nspend,spend,unused,{ALWAYS}\n"},
        "drivers", 2, "commitment_status", "'unused'", "'Unused'",
    ),
    "unknown resolution": Case(
        {"pool_resolution": RESOLUTION.replace("reciprocal", "reciproc")},
        "pool_resolution", 2, "resolution", "'reciproc'", "'reciprocal'",
    ),
    "two resolutions at a time": Case(
        {"pool_resolution": f"{RESOLUTION}direct,simple,fin,cfo,{ALWAYS}\n"},
        "pool_resolution", 3, "", "a row of pool_resolution.csv in force together with line 2", "Close line 2",
    ),
    "pool that feeds itself": Case(
        {
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,NAT,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION,
        },
        "pool_targets", 3, "target_pool_id", "which would feed itself", "Remove the row",
    ),
    "pool that feeds a missing pool": Case(
        {
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,dns,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION,
        },
        "pool_targets", 3, "target_pool_id", "'dns'", "Add it to pools.csv",
    ),
    "pool that is fed under the name of a domain": Case(
        {
            "pools": POOLS + DNS.replace("dns,1", "bank,1"),
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,bank,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION,
        },
        "pool_targets", 3, "target_pool_id", "the name of a domain too", "Rename",
    ),
    "pools that feed pools in no declared way": Case(
        {
            "pools": POOLS + DNS,
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,dns,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION.replace("9999-12-31", "2026-09-17"),
        },
        "pool_targets", 3, "target_pool_id", "no resolution in force from 2026-09-17 on", "Choose direct",
    ),
    "steps without an order": Case(
        {
            "pools": POOLS.replace("pool_name,", "pool_name,step,").replace("NAT,", "NAT,1,")
            + DNS.replace("DNS,equal", "DNS,,equal"),
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,dns,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION.replace("reciprocal", "step_down"),
        },
        "pools", 3, "step", "nothing, for pool 'dns' of a chain", "line 2 of pool_resolution.csv says step_down",
    ),
    "two pools at one step": Case(
        {
            "pools": POOLS.replace("pool_name,", "pool_name,step,").replace("NAT,", "NAT,1,")
            + DNS.replace("DNS,equal", "DNS,1,equal"),
            "pool_targets": f"{FEEDS}nat,,shop,,,,,,,{ALWAYS}\nnat,,,dns,,,,,,{ALWAYS}\n",
            "pool_resolution": RESOLUTION,
        },
        "pools", 3, "step", "pool 'nat' (line 2) has too", "Number them",
    ),
    "pools from which no domain is reached": Case(
        {
            "pools": POOLS + DNS,
            "pool_targets": f"{FEEDS}nat,,,dns,,,,,,{ALWAYS}\ndns,,,nat,,,,,,{ALWAYS}\n"
            "dns,,shop,,,,,,,2026-01-01,2026-09-17\n",
            "pool_resolution": RESOLUTION,
        },
        "pools", 2, "pool_id", "only pools are reached from 2026-09-17 on: 'dns', 'nat'", "spectral radius below 1",
    ),
    "unknown currency": Case(
        {"fx_rates": f"{FX}2026-05,EURO,USD,1.1\n"}, "fx_rates", 2, "from_currency", "'EURO'", "Did you mean 'EUR'?"
    ),
    "currency against itself": Case(
        {"fx_rates": f"{FX}2026-05,USD,USD,1.1\n"}, "fx_rates", 2, "rate", "from USD to itself", "Remove the row"
    ),
    "threshold above 1": Case(
        {"thresholds": f"{THRESHOLDS}aai_floor,,80,warning,{ALWAYS}\n"}, "thresholds", 2, "value", "80", "0.80"
    ),
    "switch that is neither 0 nor 1": Case(
        {"thresholds": f"{THRESHOLDS}aai_includes_tax,,0.5,warning,{ALWAYS}\n"},
        "thresholds", 2, "value", "0.5", "Write 1",
    ),
    "negative tolerance": Case(
        {"thresholds": f"{THRESHOLDS}invoice_tolerance_subunits,,-1,critical,{ALWAYS}\n"},
        "thresholds", 2, "value", "-1", "without a sign",
    ),
    "unknown charge base": Case(
        {"kubernetes_clusters": f"{CLUSTERS}prod,both,,,,,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "charge_base", "'both'", "max, request or usage",
    ),
    "negative weight": Case(
        {"kubernetes_clusters": f"{CLUSTERS}prod,max,-9,1,,,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "cpu_weight", "'-9'", "0 or more",
    ),
    "half of the weights": Case(
        {"kubernetes_clusters": f"{CLUSTERS}prod,max,9,,,,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "memory_weight", "nothing", "blank all three",
    ),
    "weights of nothing": Case(
        {"kubernetes_clusters": f"{CLUSTERS}prod,max,0,0,,,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "cpu_weight", "weights of 0", "such as 9 and 1",
    ),
    "idle part for nobody": Case(
        {"kubernetes_clusters": f"{CLUSTERS}prod,max,,,,shopp,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "idle_target", "'shopp'", "Did you mean 'shop'?",
    ),
    "idle part for a domain that ends": Case(
        {
            "cost_domains": DOMAINS.replace(f"shop,prod,ann,showback,{ALWAYS}",
                                            "shop,prod,ann,showback,2026-01-01,2026-05-01"),
            "kubernetes_clusters": f"{CLUSTERS}prod,max,,,,shop,,ann,cfo,{ALWAYS}\n",
        },
        "kubernetes_clusters", 2, "idle_target", "not in force from 2026-05-01 on", "Close the row",
    ),
    "idle part for a pool that nothing hands to": Case(
        {**BY_PODS, "kubernetes_clusters": f"{CLUSTERS}prod,max,,,,nat,,ann,cfo,{ALWAYS}\n"},
        "kubernetes_clusters", 2, "idle_target", "does not hand anything to", "target_pool_id",
    ),
    "GPUs that are used less than not at all": Case(
        {"gpu_idle": f"{GPU_IDLE}night,10,,0,3,why,ann,cfo,{ALWAYS}\n"},
        "gpu_idle", 2, "utilisation_below", "0", "Write 5 % as 0.05",
    ),
    "idle window without length": Case(
        {"gpu_idle": f"{GPU_IDLE}night,10,,0.05,0,why,ann,cfo,{ALWAYS}\n"},
        "gpu_idle", 2, "minimum_hours", "0", "how many hours",
    ),
    "pattern of machines that is none": Case(
        {"gpu_idle": f"{GPU_IDLE}night,10,i-(,0.05,3,why,ann,cfo,{ALWAYS}\n"},
        "gpu_idle", 2, "resource_regex", "'i-('", "Correct the pattern",
    ),
    "namespace of nobody": Case(
        {"kubernetes_namespaces": f"{NAMESPACES}prod,web,,,,,theirs,ann,cfo,{ALWAYS}\n"},
        "kubernetes_namespaces", 2, "domain_id", "neither", "Name who owns",
    ),
    "namespace of a domain and a pool": Case(
        {"kubernetes_namespaces": f"{NAMESPACES}prod,web,,,shop,nat,theirs,ann,cfo,{ALWAYS}\n"},
        "kubernetes_namespaces", 2, "domain_id", "both", "Name who owns",
    ),
    "namespace of an unknown domain": Case(
        {"kubernetes_namespaces": f"{NAMESPACES}prod,web,,,shp,,theirs,ann,cfo,{ALWAYS}\n"},
        "kubernetes_namespaces", 2, "domain_id", "'shp'", "Did you mean 'shop'?",
    ),
    "half a label": Case(
        {"kubernetes_namespaces": f"{NAMESPACES}prod,web,team,,shop,,theirs,ann,cfo,{ALWAYS}\n"},
        "kubernetes_namespaces", 2, "label_value", "nothing", "both or neither",
    ),
    "namespace twice": Case(
        {
            "kubernetes_namespaces": f"{NAMESPACES}prod,web,,,shop,,theirs,ann,cfo,{ALWAYS}\n"
            f"PROD,Web,,,bank,,theirs,ann,cfo,{ALWAYS}\n"
        },
        "kubernetes_namespaces", 3, "", "in force together with line 2", "Close line 2",
    ),
    "namespace in a pool that nothing hands to": Case(
        {**BY_PODS, "kubernetes_namespaces": f"{NAMESPACES}prod,kube-system,,,,nat,all,ann,cfo,{ALWAYS}\n"},
        "kubernetes_namespaces", 2, "pool_id", "pool 'nodes' (line 3 of pools.csv) does not hand", "target_pool_id",
    ),
    "unknown role in a cluster": Case(
        {
            "ownership_rules": RULE_COLUMNS.replace("name_regex", "kubernetes_role")
            + f"r,1,10,override,1111,nodes,,,shop,,agreed,ann,cfo,{ALWAYS}\n"
        },
        "ownership_rules", 2, "kubernetes_role", "'nodes'", "Did you mean 'node'?",
    ),
    # AI
    "pattern of models that does not compile": Case(
        {"ai_models": AI_MODELS + f"p,1,bill,gpt(,openai,gpt,input,{ALWAYS}\n"},
        "ai_models", 2, "name_pattern", "'gpt('", "RE2",
    ),
    "pattern in capitals": Case(
        {"ai_models": AI_MODELS + f"p,1,bill,GPT\\S,openai,gpt,input,{ALWAYS}\n"},
        "ai_models", 2, "name_pattern", "capital letters", "lower case",
    ),
    "model of a group that is not there": Case(
        {"ai_models": AI_MODELS + f"p,1,bill,gpt-(4o),openai,gpt-{{1}}-{{2}},input,{ALWAYS}\n"},
        "ai_models", 2, "model", "1 capture groups", "parentheses",
    ),
    "meter without a provider": Case(
        {"ai_models": AI_MODELS + f"p,1,bill,gpt,,gpt,input,{ALWAYS}\n"},
        "ai_models", 2, "provider", "nothing", "as the gateway's log names it",
    ),
    "model's name with a token class": Case(
        {"ai_models": AI_MODELS + f"p,1,model,gpt,,gpt,input,{ALWAYS}\n"},
        "ai_models", 2, "token_class", "a pattern that reads models", "read the bill",
    ),
    "negative token price": Case(
        {"ai_token_prices": AI_PRICES + f"openai,gpt,input,-1,USD,list,cfo,{ALWAYS}\n"},
        "ai_token_prices", 2, "price_per_million", "'-1'", "0 or more",
    ),
    "token price in no currency": Case(
        {"ai_token_prices": AI_PRICES + f"openai,gpt,input,1,DOLLAR,list,cfo,{ALWAYS}\n"},
        "ai_token_prices", 2, "currency", "'DOLLAR'", "ISO 4217",
    ),
    "consumer of nobody": Case(
        {"ai_consumers": AI_CONSUMERS + f"team,search,,,,why,me,cfo,{ALWAYS}\n"},
        "ai_consumers", 2, "domain_id", "nothing", "stays unallocated",
    ),
    "consumer without a name": Case(
        {"ai_consumers": AI_CONSUMERS + f"team,,,shop,,why,me,cfo,{ALWAYS}\n"},
        "ai_consumers", 2, "value", "nothing", "the team",
    ),
    "unseen use of a model of no provider": Case(
        {"ai_consumers": AI_CONSUMERS + f"not_seen_by_gateway,gpt,,shop,,why,me,cfo,{ALWAYS}\n"},
        "ai_consumers", 2, "provider", "nothing", "'gpt'",
    ),
    "consumer of an unknown domain": Case(
        {"ai_consumers": AI_CONSUMERS + f"team,search,,shp,,why,me,cfo,{ALWAYS}\n"},
        "ai_consumers", 2, "domain_id", "'shp'", "'shop'",
    ),
    "consumer in a pool that nothing feeds": Case(
        {"ai_consumers": AI_CONSUMERS + f"team,search,,,nat,why,me,cfo,{ALWAYS}\n"},
        "ai_consumers", 2, "pool_id", "'nat'", "target_pool_id nat",
    ),
    "pool of models divided as a whole": Case(
        {
            "pools": POOLS.replace("spend", "ai_priced_tokens"),
            "drivers": DRIVERS + f"ai_priced_tokens,usage,{ALWAYS}\n",
        },
        "pools", 2, "scope_by", "nothing", "ai_model",
    ),
    "capacity of no model": Case(
        {"ai_capacity": AI_CAPACITY + f"ptu,azure,,100,shop,,,why,me,cfo,{ALWAYS}\n"},
        "ai_capacity", 2, "model", "nothing", "as ai_models.csv names it",
    ),
    "capacity that takes nothing": Case(
        {"ai_capacity": AI_CAPACITY + f"ptu,azure,m,0,shop,,,why,me,cfo,{ALWAYS}\n"},
        "ai_capacity", 2, "tokens_per_unit_hour", "0", "vendor's figure",
    ),
    "capacity that says nothing": Case(
        {"ai_capacity": AI_CAPACITY + f"ptu,azure,m,,shop,,,why,me,cfo,{ALWAYS}\n"},
        "ai_capacity", 2, "tokens_per_unit_hour", "nothing", "committed_tokens or committed_cost",
    ),
    "commitment in no currency": Case(
        {"ai_capacity": AI_CAPACITY + f"deal,openai,,,,100,,why,me,cfo,{ALWAYS}\n"},
        "ai_capacity", 2, "currency", "nothing", "ISO 4217",
    ),
    "two capacities of a model": Case(
        {"ai_capacity": AI_CAPACITY + f"a,azure,m,9,,,,why,me,cfo,{ALWAYS}\nb,azure,M,9,,,,why,me,cfo,{ALWAYS}\n"},
        "ai_capacity", 3, "model", "'a' on line 2", "one capacity per model",
    ),
    "domain of a reserved name": Case(
        {"cost_domains": DOMAINS.replace("bank,Finance", "Unallocated,Finance")},
        "cost_domains", 3, "domain_id", "'Unallocated'", "Rename",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_policy_is_refused_where_it_is_bad(case: Case, write: Write, findings: Findings) -> None:
    folder = write(**case.files)
    (finding,) = findings(folder)
    assert (finding.file, finding.line, finding.column) == (
        str(folder / f"{case.table}.csv"),
        case.line,
        case.column,
    )
    assert case.found in finding.found
    assert case.cure in f"{finding.expected} {finding.cure}"
    assert f"line {case.line}" in str(finding)


def test_every_check_is_needed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [write(name=f"policy-{number}", **case.files) for number, case in enumerate(CASES.values())]
    needless = []
    for name in list(CHECKS):
        with monkeypatch.context() as without:
            without.delitem(CHECKS, name)
            if not any(_accepted(folder) for folder in folders):
                needless.append(name)
    assert needless == []


def _accepted(folder: Path) -> bool:
    try:
        load_policy(folder)
    except PolicyRefused:
        return False
    return True
