"""What came out, with ratios, and its tables in Markdown."""

import math
import statistics

from driver import spread
from report import duration, ratio_cells, table
from spectra_contests import COUNT, LARGEST, MEMORY, RESIDUAL, TASKS, TIME, TRUTH


def result(rounds, manifest, taken, problems):
    """Rows for every searcher, and ratios."""
    rows = []
    for who, answers in taken.items():
        if answers:
            first = answers[0]
            row = {"task": who.task, "tool": who.tool, "label": who.label, "rounds": [a["seconds"] for a in answers],
                   "rss_kib": max(a["rss_kib"] for a in answers), "before_kib": first["before_kib"],
                   "notes": first.get("notes", {}), "judged": first.get("judged")}
            if who.examples:
                row |= {"way": who.way, "examples": who.examples, "apart": first.get("apart")}
            else:
                products = spread([a["products"] for a in answers])
                row |= {"products": products, "values": first["values"], "bounds": first["bounds"]}
            rows.append(row)
    ratios = [ratio(ours, peers, at_most, taken, "time", lambda a: a["seconds"]) for ours, peers, at_most in TIME]
    ratios += [ratio(ours, peers, at_most, taken, "peak memory", lambda a: a["rss_kib"])
               for ours, peers, at_most in MEMORY]
    return {"rounds": rounds, "network": {key: manifest[key] for key in ("final loss", "accuracy")}, "rows": rows,
            "ratios": [row for row in ratios if row], "agreement": agreement(taken), "problems": problems}


def holds(found):
    """Whether all targets hold, all intervals contain what they should, and nothing failed."""
    judged = [row for row in found["ratios"] if row["target"]] + found["agreement"]
    return all(row["holds"] for row in judged) and not found["problems"]


def agreement(taken):
    """How many of our intervals contain what they should, in every round: the Rayleigh quotients in f64 of our own vectors,
    and for the ten largest the eigenvalues that SciPy finds with products in f64."""
    rows = []
    truth = taken.get(TRUTH)
    for who, answers in taken.items():
        if who.tool != "ours" or who.examples or not answers:
            continue
        wanted = [("Rayleigh quotients in f64", answers[0]["judged"]["values"])]
        if truth and who in LARGEST:
            wanted.append((TRUTH.label, truth[0]["values"][:COUNT]))
        for than, values in wanted:
            inside = [abs(v - t) <= b for a in answers
                      for v, b, t in zip(a["values"], a["bounds"], values)]
            rows.append({"task": who.task, "label": who.label, "than": than, "inside": sum(inside), "of": len(inside),
                         "holds": all(inside)})
    return rows


def reaches(answers):
    """Whether a search ended, and each of its vectors has the residual that `top` asks for."""
    first = answers[0]
    relative = first.get("judged", {}).get("relative", [])
    return "unfinished" not in first.get("notes", {}) and bool(relative) and max(relative) <= RESIDUAL


def ratio(ours, peers, at_most, taken, what, of):
    """Ours / the best peer, round by round. Of several, only those count that reach the residual."""
    present = [peer for peer in peers if taken.get(peer)]
    if not taken.get(ours) or not present:
        return None
    if len(peers) > 1:
        present = [peer for peer in present if reaches(taken[peer])]
        if not present:
            return None
    best = min(present, key=lambda peer: statistics.median(of(a) for a in taken[peer]))
    theirs = [of(a) for a in taken[best]]
    # A peer that is measured once stands against each of our rounds.
    theirs = theirs * len(taken[ours]) if len(theirs) == 1 else theirs
    found = spread([of(a) / b for a, b in zip(taken[ours], theirs)])
    open_end = "unfinished" in taken[best][0].get("notes", {})
    return {"task": ours.task, "what": what, "ours": ours.label, "peer": best.label + (" (given up)" if open_end else ""),
            "ratio": found, "target": at_most, "holds": None if at_most is None else found["median"] <= at_most}


def markdown(found):
    """The report on searches."""
    out = [f"Searches: medians of {found['rounds']} alternating rounds in fresh processes, in brackets the least and "
           f"the largest. The network: loss {found['network']['final loss']:.4f}, accuracy "
           f"{found['network']['accuracy']:.3f}.", ""]
    for task, title in TASKS.items():
        rows = [row for row in found["rows"] if row["task"] == task]
        if rows:
            judged = ["products", "largest true relative residual", "truth within the interval"]
            heads = ["tool", "time", "peak memory", "before", *(["deviation"] if task == "gram" else judged)]
            out += [f"### `{task}`: {title}", ""] + table(heads, [cells(row) for row in rows])
        if task == "gram":
            out += growth(rows)
    if found["ratios"]:
        out += table(["ours / peer", "of", "ours", "peer", "ratio", "spread", "target", "holds"],
                     [[r["task"], r["what"], r["ours"], r["peer"], *ratio_cells(r, "ratio", "≤")]
                      for r in found["ratios"]])
    if found["agreement"]:
        out += table(["intervals of", "by", "compared with", "inside", "holds"],
                     [[r["task"], r["label"], r["than"], f"{r['inside']} of {r['of']}", "yes" if r["holds"] else "**no**"]
                      for r in found["agreement"]])
    for row in found["rows"]:
        if row["judged"]:
            out += [f"<details><summary>{row['task']}: {row['label']}</summary>", ""] + table(
                ["number", "value", "half-width of the interval", "Rayleigh quotient in f64", "true relative residual"],
                [[str(i + 1), f"{value:.9g}", "-" if not row["bounds"] else f"{row['bounds'][i]:.1e}",
                  f"{row['judged']['values'][i]:.9g}", f"{row['judged']['relative'][i]:.1e}"]
                 for i, value in enumerate(row["values"])]) + ["</details>", ""]
        out += [f"{row['task']}, {row['label']}: " + "; ".join(
            f"{key} {value if isinstance(value, (str, bool)) else format(value, '.4g')}" for key, value in row["notes"].items()) + ".", ""] \
            if row["notes"] else []
    if found["problems"]:
        out += ["### Not measured", ""] + [f"- {text}" for text in found["problems"]] + [""]
    return "\n".join(out)


def growth(rows):
    """By which power of n each way's time grows, from one size to the next."""
    out = []
    for way in dict.fromkeys(row["way"] for row in rows):
        sizes = sorted((row["examples"], statistics.median(row["rounds"])) for row in rows if row["way"] == way)
        steps = [f"n^{math.log(t / s) / math.log(m / n):.2f} from {n} to {m}"
                 for (n, s), (m, t) in zip(sizes, sizes[1:])]
        out += [f"Growth of {way}: {', '.join(steps)}.", ""] if steps else []
    return out


def cells(row):
    """One line of a task's table."""
    s, judged = spread(row["rounds"]), row["judged"]
    time = f"{duration(s['median'])} [{duration(s['least'])}–{duration(s['largest'])}]"
    if "unfinished" in row["notes"]:
        time = "> " + time
    head = [row["label"], time, f"{row['rss_kib'] / 1024:.0f} MiB", f"{row['before_kib'] / 1024:.0f} MiB"]
    if row["task"] == "gram":
        return [*head, "-" if row["apart"] is None else f"{row['apart']:.1e}"]
    inside = "no interval"
    if row["bounds"] and judged:
        # The vector's Rayleigh quotient in f64 is off the eigenvalue by at most (residual)² / gap: nothing here.
        within = [abs(v - r) <= b for v, b, r in zip(row["values"], row["bounds"], judged["values"])]
        inside = f"{sum(within)} of {len(within)}"
    return [*head, f"{row['products']['median']:.0f}", f"{max(judged['relative']):.1e}" if judged else "-", inside]
