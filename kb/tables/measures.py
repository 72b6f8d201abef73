"""The measures of a plan as one expression of SQL: a column, or what several make in a row."""

from __future__ import annotations

from kb.tables.plan import Combined, Operation, Plan


def expression(plan: Plan) -> str:
    measures = plan.measures
    if len(measures) == 1:
        return f"c{measures[0]}"
    match plan.combined:
        case Combined.PRODUCT:
            return "(" + " * ".join(f"c{c}" for c in measures) + ")"
        case Combined.REST:
            due, paid = measures
            return f"(c{due} - coalesce(c{paid}, 0))"
        case Combined.ADDED:
            return "(" + " + ".join(f"coalesce(c{c}, 0)" for c in measures) + ")"


def one_sided(plan: Plan) -> str:
    """The condition of the rows of which one measure is known and the other is not, so that what
    they make together is not either; empty where one column is the measure, or a sum of them."""
    if len(plan.measures) < 2 or plan.combined is Combined.ADDED:
        return ""
    one, other = plan.measures
    if plan.combined is Combined.PRODUCT:
        return f"((c{one} IS NULL) != (c{other} IS NULL))"
    return (
        f"((c{one} IS NULL AND c{other} IS NOT NULL)"
        f" OR (c{other} IS NULL AND coalesce(x{other}, '') != ''))"
    )


def rounded(plan: Plan, value: float) -> float:
    """Without what binary numbers add: to the decimals of the column, more for an average."""
    each = [plan.columns[c].decimals for c in plan.measures]
    decimals = sum(each) if plan.combined is Combined.PRODUCT else max(each, default=0)
    means = {Operation.AVERAGE, Operation.MEDIAN} & {plan.operation, plan.aggregate}
    return round(value, max(2, decimals) if means else decimals)
