"""The report's style sheet and script. The page's policy allows these two texts by their hash."""

from __future__ import annotations

STYLE = """
:root { --ink: #1d2330; --soft: #5c6675; --paper: #ffffff; --line: #d9dee6; --tint: #f3f5f8;
  --one: #2867c7; --two: #c9601a; --good: #1a7f4b; --bad: #c0312b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --soft: #9aa5b5; --paper: #14181f; --line: #333b48; --tint: #1c222c;
    --one: #6ea3f2; --two: #ee9353; --good: #55c08a; --bad: #f0766f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui,
  "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei",
  "DejaVu Sans", sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 1.5em; margin: 0 0 .5em; overflow-wrap: anywhere; }
h2 { font-size: 1.15em; margin: 2em 0 .6em; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }
dt, small, i, figcaption, .none { color: var(--soft); }
dd { margin: 0; }
i { font-style: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 4px 10px; overflow-wrap: anywhere;
  border-bottom: 1px solid var(--line); }
thead th { background: var(--tint); white-space: nowrap; }
tbody th { font-weight: normal; white-space: nowrap; }
.numbers { width: auto; font-variant-numeric: tabular-nums; }
.numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
#questions { min-width: 900px; font-size: .93em; }
#questions td:first-child { white-space: nowrap; }
#questions td:nth-child(2), #questions td:nth-child(5) { width: 26%; }
#questions td:nth-child(3) { width: 14%; }
ol { margin: 0; padding-left: 1.3em; }
.hit { color: var(--good); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 20px; }
figure { margin: 0; padding: 12px; border: 1px solid var(--line); border-radius: 6px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--soft); }
.grid { stroke: var(--line); }
.mark { stroke: var(--bad); stroke-dasharray: 4 3; }
.line { fill: none; stroke-width: 2; }
.line.s1 { stroke: var(--one); } .line.s2 { stroke: var(--two); }
.fill.s1 { fill: var(--one); } .fill.s2 { fill: var(--two); }
.legend { margin: 6px 0 0; font-size: .87em; color: var(--soft); }
.key { margin-right: 16px; } .key::before { content: "■ "; }
.key.s1::before { color: var(--one); } .key.s2::before { color: var(--two); }
select, input { font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 6px; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; --tint: #eee;
    --one: #2867c7; --two: #c9601a; --good: #1a7f4b; --bad: #c0312b; }
  main { max-width: none; padding: 0; } .filter { display: none; } .wide { overflow: visible; }
  #questions { min-width: 0; font-size: 8.5pt; } tr, figure { break-inside: avoid; } }
"""

SCRIPT = """
(function () {
  var rows = Array.from(document.querySelectorAll("#questions tbody tr"));
  var verdict = document.getElementById("verdict");
  var words = document.getElementById("words");
  var count = document.getElementById("count");
  function filter() {
    var wanted = words.value.toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      var states = row.dataset.states.split(" ");
      var fits = (verdict.value === "" || states.includes(verdict.value))
        ? row.textContent.toLowerCase().includes(wanted) : false;
      row.hidden = fits === false;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length;
  }
  verdict.addEventListener("change", filter);
  words.addEventListener("input", filter);
  filter();
})();
"""
