//! How an SVG picture looks, by day and by night.

/// The style sheet of every picture. Colours are written out: not every viewer of SVG knows variables.
pub(super) const STYLE: &str = "\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328;text-anchor:middle}
.title{font-weight:600}.dim{fill:#59636e;font-size:11px}.word,.proof{font-size:11px}.head{font-size:13px;font-weight:600;text-anchor:start}
.paper{fill:#fff}.part{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}
path{fill:none;stroke:#57606a;stroke-width:1.3}marker path{fill:#57606a;stroke:none}
.room .part{stroke-width:1.8}.group .part,path.sends{stroke-dasharray:2 3}.every .part,.gate .part{stroke-dasharray:5 4}path.need{stroke-dasharray:6 3}
.note .part{fill:none;stroke:none}.start .part{fill:#57606a;stroke:none}
.room .part,.away .part,path.sends{stroke:#0969da}.lock .part,.gate .part,path.need{stroke:#8250df}
.good .part,path.good{stroke:#1a7f37}.bad .part,path.bad{stroke:#cf222e}
.word.good,.proof,.good path{fill:#1a7f37}.word.bad,.bad path{fill:#cf222e}.word.need,.need path{fill:#8250df}.word.sends,.sends path{fill:#0969da}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.dim{fill:#9198a1}
.paper{fill:#0d1117}.part{fill:#161b22;stroke:#8b949e}
path{stroke:#8b949e}marker path,.start .part{fill:#8b949e}
.room .part,.away .part,path.sends{stroke:#58a6ff}.lock .part,.gate .part,path.need{stroke:#bc8cff}
.good .part,path.good{stroke:#3fb950}.bad .part,path.bad{stroke:#ff7b72}
.word.good,.proof,.good path{fill:#3fb950}.word.bad,.bad path{fill:#ff7b72}.word.need,.need path{fill:#bc8cff}.word.sends,.sends path{fill:#58a6ff}
}
";
