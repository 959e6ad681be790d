//! How an SVG picture looks, by day and by night.

/// The style sheet of every picture. Colours are variables, so that the dark ones stand in one place.
pub(super) const STYLE: &str = "\
svg{--paper:#fff;--ink:#1f2328;--dim:#59636e;--line:#57606a;--box:#f6f8fa;--good:#1a7f37;--bad:#cf222e;--need:#8250df;--sends:#0969da;background:var(--paper)}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--dim:#9198a1;--line:#8b949e;--box:#161b22;--good:#3fb950;--bad:#ff7b72;--need:#bc8cff;--sends:#58a6ff}}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:var(--ink);text-anchor:middle}
.title{font-weight:600}.dim{fill:var(--dim);font-size:11px}.proof{fill:var(--good);font-size:11px}.head{font-size:13px;font-weight:600;text-anchor:start}
.paper{fill:var(--paper)}.part{fill:var(--box);stroke:var(--line);stroke-width:1.2}
.room .part{stroke:var(--sends);stroke-width:1.6}.lock .part{stroke:var(--need)}.group .part{stroke:var(--line);stroke-dasharray:2 3}
.every .part{stroke-dasharray:5 4}.gate .part{stroke:var(--need);stroke-dasharray:5 4}.good .part{stroke:var(--good)}.bad .part{stroke:var(--bad)}
.away .part{stroke:var(--sends)}.note .part{fill:none;stroke:none}.start .part{fill:var(--ink);stroke:none}
.way{--tone:var(--line)}.good{--tone:var(--good)}.bad{--tone:var(--bad)}.need{--tone:var(--need)}.sends{--tone:var(--sends)}
path{fill:none;stroke:var(--tone,var(--line));stroke-width:1.3}path.sends{stroke-dasharray:2 3}path.need{stroke-dasharray:6 3}
marker path{fill:var(--tone,var(--line));stroke:none}
.word{font-size:11px}.word.good,.word.bad,.word.need,.word.sends{fill:var(--tone)}
";
