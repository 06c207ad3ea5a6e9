"""The tables, in Markdown."""


def duration(seconds):
    """Seconds with a unit that leaves two to four digits before the point."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}" if seconds * factor < 1000 else f"{seconds * factor:.0f} {unit}"
    return f"{seconds * 1e6:.2g} us"


def table(head, rows):
    """A Markdown table: columns of names to the left, numbers to the right."""
    rules = ("---" if i == 0 or name in ("tool", "ours", "peer", "holds") else "---:" for i, name in enumerate(head))
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(rules) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def verdict(row):
    """Whether a target holds."""
    if row["target"] is None:
        return "-"
    return {True: "yes", False: "**no**", None: "not measured"}[row["holds"]]


def short(ratio):
    """Three digits after the point, or two that count."""
    return f"{ratio:.3f}" if ratio >= 0.02 else f"{ratio:.2g}"


def ratio_cells(row, key, sign):
    """Ratio, spread, target, verdict."""
    value = row[key]
    target = "-" if row["target"] is None else f"{sign} {row['target']:.2f}"
    if value is None:
        return ["-", "-", target, verdict(row)]
    return [short(value["median"]), f"{short(value['least'])}–{short(value['largest'])}", target, verdict(row)]


def header(result):
    """What everything was measured on."""
    m = result["machine"]
    return (f"{m['processor']}, {m['processors']} processors, {m['threads']} threads used, Linux {m['kernel']}; "
            f"load {m['load_before']} before the run; commit {m['commit'] or 'unknown'}; {result['date']}; "
            f"Python {m['python']}.\n")


def markdown(result):
    """The report on calls."""
    out = [f"{', '.join(result['versions'].values())}. "
           f"Calls: medians of {result['rounds']} alternating rounds{' (--quick)' if result['quick'] else ''}, "
           "in brackets the least and the largest.", ""]
    for key, title in result["workloads"].items():
        name, dtype = key.rsplit(" ", 1)
        out += section(result, name, dtype, title)
    if result["problems"]:
        out += ["### Not measured", ""] + [f"- {text}" for text in result["problems"]] + [""]
    return "\n".join(out)


def holds(result):
    """Whether every target was measured and holds, and nothing failed."""
    judged = [row for key in ("ratios", "shares", "memory_ratios") for row in result[key] if row["target"] is not None]
    return all(row["holds"] for row in judged) and not result["problems"]


def section(result, name, dtype, title):
    """One workload in one precision."""
    def mine(key):
        return [row for row in result[key] if (row["workload"], row["dtype"]) == (name, dtype)]

    out = [f"### `{name}` {dtype}: {title}", ""]
    timings = []
    for row in mine("timings"):
        s = row["seconds"]
        rate = f"{result['matmul_flops'] / s['median'] / 1e9:.0f} GF/s" if row["what"] == "matmul" else ""
        timings.append([row["what"], row["label"], f"{duration(s['median'])} [{duration(s['least'])}–"
                        f"{duration(s['largest'])}]", rate, duration(row["first_call_seconds"])])
    out += table(["what", "tool", "time of one call", "rate", "first call"], timings)
    if mine("ratios"):
        out += table(["ours / peer: time", "ours", "peer", "ratio", "spread", "target", "holds"],
                     [[r["what"], r["ours"], r["peer"], *ratio_cells(r, "ratio", "≤")] for r in mine("ratios")])
    if mine("shares"):
        out += table(["share of the products' rate", "share", "spread", "target", "holds"],
                     [[r["label"], *ratio_cells(r, "share", "≥")] for r in mine("shares")])
    if mine("memory"):
        out += table(["peak memory", "tool", "peak", "after start alone"],
                     [[r["what"], r["label"], f"{r['rss_kib'] / 1024:.0f} MiB", f"{r['started_kib'] / 1024:.0f} MiB"]
                      for r in mine("memory")])
    if mine("memory_ratios"):
        out += table(["ours / peer: peak memory", "ours", "peer", "ratio", "spread", "target", "holds"],
                     [[r["what"], r["ours"], r["peer"], *ratio_cells(r, "ratio", "≤")]
                      for r in mine("memory_ratios")])
    answers = [f"{r['what']} {r['deviation']:.1e}" for r in mine("answers")]
    if answers:
        out += [f"Largest deviation between the tools' answers (allowed {mine('answers')[0]['allowed']:.0e}): "
                f"{', '.join(answers)}.", ""]
    return out
